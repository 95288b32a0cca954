//! Rows as they are read.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::super::{InstanceRow, Record, RunKey, StepRow};
use super::StoreError;
use super::fault::document;

pub(super) fn instance(row: &SqliteRow) -> Result<InstanceRow, StoreError> {
    Ok(InstanceRow {
        key: run_key(row)?,
        uuid: row.try_get(3).map_err(document)?,
        status: row.try_get::<String, _>(4).map_err(document)?.parse().map_err(document)?,
        queued: row.try_get(5).map_err(document)?,
        unblocked: row.try_get(6).map_err(document)?,
        parent: row.try_get(7).map_err(document)?,
        info: row.try_get(8).map_err(document)?,
        params: row.try_get(9).map_err(document)?,
        state: row.try_get(10).map_err(document)?,
        create_time: row.try_get(11).map_err(document)?,
        start_time: row.try_get(12).map_err(document)?,
        end_time: row.try_get(13).map_err(document)?,
    })
}

fn run_key(row: &SqliteRow) -> Result<RunKey, StoreError> {
    Ok(RunKey {
        workflow_id: row.try_get(0).map_err(document)?,
        instance_id: row.try_get(1).map_err(document)?,
        run_id: row.try_get(2).map_err(document)?,
    })
}

pub(super) fn step(row: &SqliteRow) -> Result<StepRow, StoreError> {
    Ok(StepRow {
        run: run_key(row)?,
        step_id: row.try_get(3).map_err(document)?,
        attempt: row.try_get(4).map_err(document)?,
        status: row.try_get::<String, _>(5).map_err(document)?.parse().map_err(document)?,
        state: row.try_get(6).map_err(document)?,
        data: row.try_get(7).map_err(document)?,
        params: Some(row.try_get(8).map_err(document)?),
    })
}

pub(super) fn record(row: &SqliteRow) -> Result<Record, StoreError> {
    Ok(Record {
        seq: row.try_get(0).map_err(document)?,
        time: row.try_get(1).map_err(document)?,
        kind: row.try_get(2).map_err(document)?,
        subject: row.try_get(3).map_err(document)?,
        text: row.try_get(4).map_err(document)?,
    })
}
