//! Writing a batch: its rows by table, many in one statement.

use sqlx::sqlite::SqliteConnection;

use super::super::group::{Attempt, Groups, Line};
use super::super::{RunKey, Write};
use super::Query;

pub(super) async fn write_all(
    db: &mut SqliteConnection,
    batch: &[Write],
) -> Result<(), sqlx::Error> {
    let groups = Groups::of(batch);
    for other in &groups.others {
        write(db, other).await?;
    }
    let instances: Vec<_> = groups.instances.values().collect();
    many(db, &INSERT_INSTANCE, &instances, |query, (row, change)| {
        let query = bind_key(query, &row.key).bind(&row.uuid).bind(change.status.as_str());
        let query = query.bind(change.queued).bind(row.unblocked).bind(row.parent.as_deref());
        let query = query.bind(&row.info).bind(&row.params).bind(change.state);
        query.bind(row.create_time).bind(change.start_time).bind(change.end_time)
    })
    .await?;
    for (key, change) in &groups.changes {
        let query = sqlx::query(
            "UPDATE workflow_instance SET status = ?, queued = ?, state = ?, start_time = ?, \
             end_time = ? WHERE workflow_id = ? AND instance_id = ? AND run_id = ?",
        );
        let query = query.bind(change.status.as_str()).bind(change.queued).bind(change.state);
        let query = query.bind(change.start_time).bind(change.end_time);
        bind_key(query, key).execute(&mut *db).await?;
    }
    for key in &groups.unblocked {
        let query = sqlx::query(
            "UPDATE workflow_instance SET unblocked = 1 \
             WHERE workflow_id = ? AND instance_id = ? AND run_id = ?",
        );
        bind_key(query, key).execute(&mut *db).await?;
    }
    let attempts: Vec<_> = groups.attempts.values().collect();
    let (with, without): (Vec<_>, Vec<_>) = attempts.into_iter().partition(|a| a.params.is_some());
    for (statement, attempts) in [(&UPSERT_STEP, with), (&UPSERT_STEP_KEEP, without)] {
        many(db, statement, &attempts, |query, Attempt { row, params }| {
            let query = bind_key(query, &row.run).bind(&row.step_id).bind(row.attempt);
            let query = query.bind(row.status.as_str()).bind(&row.state).bind(&row.data);
            query.bind(params.unwrap_or("{}"))
        })
        .await?;
    }
    many(db, &INSERT_EVENT, &groups.events, bind_line).await?;
    many(db, &INSERT_LOG, &groups.logs, bind_line).await?;
    sqlx::query("COMMIT").execute(db).await.map(|_| ())
}

/// An INSERT of any number of rows.
struct Insert {
    head: &'static str,
    columns: usize,
    tail: &'static str,
}

const INSERT_INSTANCE: Insert = Insert {
    head: "INSERT INTO workflow_instance (workflow_id, instance_id, run_id, uuid, status, queued, \
           unblocked, parent, info, params, state, create_time, start_time, end_time)",
    columns: 14,
    tail: "",
};

const UPSERT_STEP: Insert = Insert {
    head: "INSERT INTO step_instance (workflow_id, instance_id, run_id, step_id, attempt_id, \
           status, state, data, params)",
    columns: 9,
    tail: "ON CONFLICT (workflow_id, instance_id, run_id, step_id, attempt_id) DO UPDATE SET \
           status = excluded.status, state = excluded.state, data = excluded.data, \
           params = excluded.params",
};

/// Leaves the params as they are.
const UPSERT_STEP_KEEP: Insert = Insert {
    tail: "ON CONFLICT (workflow_id, instance_id, run_id, step_id, attempt_id) DO UPDATE SET \
           status = excluded.status, state = excluded.state, data = excluded.data",
    ..UPSERT_STEP
};

const INSERT_EVENT: Insert =
    Insert { head: "INSERT INTO outbox (time, kind, subject, payload)", columns: 4, tail: "" };

const INSERT_LOG: Insert =
    Insert { head: "INSERT INTO step_log (time, stream, subject, line)", columns: 4, tail: "" };

impl Insert {
    fn sql(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns].join(", "));
        format!("{} VALUES {} {}", self.head, vec![row.as_str(); rows].join(", "), self.tail)
    }
}

/// So many rows go into one statement; a few sizes, so that the prepared statements are few.
const SIZES: [usize; 4] = [64, 16, 4, 1];

async fn many<'q, T>(
    db: &mut SqliteConnection,
    insert: &Insert,
    mut rows: &'q [T],
    bind: impl Fn(Query<'q>, &'q T) -> Query<'q>,
) -> Result<(), sqlx::Error> {
    for size in SIZES {
        while let Some((now, later)) = rows.split_at_checked(size) {
            let mut query = sqlx::query(sqlx::AssertSqlSafe(insert.sql(size)));
            for row in now {
                query = bind(query, row);
            }
            query.execute(&mut *db).await?;
            rows = later;
        }
    }
    Ok(())
}

fn bind_key<'q>(query: Query<'q>, key: &'q RunKey) -> Query<'q> {
    query.bind(&key.workflow_id).bind(key.instance_id).bind(key.run_id)
}

fn bind_line<'q>(query: Query<'q>, (time, kind, subject, text): &'q Line<'q>) -> Query<'q> {
    query.bind(*time).bind(*kind).bind(*subject).bind(*text)
}

async fn write(db: &mut SqliteConnection, write: &Write) -> Result<(), sqlx::Error> {
    let query = match write {
        Write::Version(row) => {
            sqlx::query(
                "INSERT INTO workflow (workflow_id, latest_version, modify_time) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (workflow_id) DO UPDATE SET latest_version = ?2, modify_time = ?3",
            )
            .bind(&row.workflow_id)
            .bind(row.version)
            .bind(row.create_time)
            .execute(&mut *db)
            .await?;
            sqlx::query(
                "INSERT INTO workflow_version \
                 (workflow_id, version, definition, properties, create_time) VALUES (?, ?, ?, ?, ?)",
            )
            .bind(&row.workflow_id)
            .bind(row.version)
            .bind(&row.definition)
            .bind(&row.properties)
            .bind(row.create_time)
        }
        Write::Properties(id, properties, time) => {
            sqlx::query("UPDATE workflow_version SET properties = ? WHERE workflow_id = ?")
                .bind(properties)
                .bind(id)
                .execute(&mut *db)
                .await?;
            // The time is the snapshot's id.
            sqlx::query(
                "INSERT INTO workflow_properties (workflow_id, create_time, properties) \
                 SELECT ?1, max(?2, coalesce(max(create_time) + 1, ?2)), ?3 \
                 FROM workflow_properties WHERE workflow_id = ?1",
            )
            .bind(id)
            .bind(*time)
            .bind(properties)
        }
        Write::Activate(id, version, time) => sqlx::query(
            "UPDATE workflow SET active_version = ?, modify_time = ? WHERE workflow_id = ?",
        )
        .bind(*version)
        .bind(*time)
        .bind(id),
        Write::LatestInstance(id, instance) => sqlx::query(
            "UPDATE workflow SET latest_instance_id = max(latest_instance_id, ?) \
                 WHERE workflow_id = ?",
        )
        .bind(*instance)
        .bind(id),
        Write::Signal(row) => sqlx::query(
            "INSERT INTO signal_instance (name, seq_id, instance_id, params, create_time) \
             VALUES (?, ?, ?, ?, ?)",
        )
        .bind(&row.name)
        .bind(row.seq_id)
        .bind(&row.instance_id)
        .bind(&row.params)
        .bind(row.create_time),
        Write::Entry(kind, name, Some(value)) => sqlx::query(
            "INSERT INTO entry (kind, name, value) VALUES (?1, ?2, ?3) \
             ON CONFLICT (kind, name) DO UPDATE SET value = ?3",
        )
        .bind(*kind)
        .bind(name)
        .bind(value),
        Write::Entry(kind, name, None) => {
            sqlx::query("DELETE FROM entry WHERE kind = ? AND name = ?").bind(*kind).bind(name)
        }
        // The others are written by the row.
        _ => return Ok(()),
    };
    query.execute(db).await.map(|_| ())
}
