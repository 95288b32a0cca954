//! SQLite: one file in WAL mode, one transaction a batch.

mod fault;
mod row;
mod write;

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::Row;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};

use super::{
    InstanceRow, Record, RunKey, SignalRow, StepRow, Store, StoreError, VersionRow, Write,
};

use fault::{document, fault, migration, unusable};
use row::{instance, record, step};
use write::write_all;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

/// The bytes of a page of a new file.
const PAGE: u64 = 4096;

const INSTANCE: &str = "workflow_id, instance_id, run_id, uuid, status, queued, unblocked, parent, \
                        info, params, state, create_time, start_time, end_time";

/// The store in a file, or in memory for tests and throw-away runs.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    writer: SqlitePool,
    reader: SqlitePool,
}

impl SqliteStore {
    /// Opens the file, creating it when it is not there, and brings its tables up to date.
    ///
    /// # Errors
    /// When the file cannot be opened or is no database.
    pub async fn open(path: &Path) -> Result<SqliteStore, StoreError> {
        SqliteStore::open_sized(path, None).await
    }

    /// As [`SqliteStore::open`], for a file of at most so many bytes: what does not fit is refused
    /// as on a full disk.
    ///
    /// # Errors
    /// When the file cannot be opened or is no database.
    pub async fn open_sized(path: &Path, most: Option<u64>) -> Result<SqliteStore, StoreError> {
        let mut options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(false)
            .pragma("cache_size", "-8000")
            .pragma("wal_autocheckpoint", "4000")
            .busy_timeout(Duration::from_secs(5));
        if let Some(most) = most {
            options = options.pragma("max_page_count", (most / PAGE).to_string());
        }
        let unusable = |error| unusable(path, error);
        let writer =
            pool(1).connect_with(options.clone()).await.map_err(fault).map_err(unusable)?;
        MIGRATIONS.run(&writer).await.map_err(migration).map_err(unusable)?;
        let reader = pool(3).connect_lazy_with(options.pragma("query_only", "on"));
        Ok(SqliteStore { writer, reader })
    }

    /// Opens a file that must be there. One that cannot be written can be read.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when it is not there.
    pub async fn open_existing(path: &Path) -> Result<SqliteStore, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing(path.display().to_string()));
        }
        match SqliteStore::open(path).await {
            Err(StoreError::Unusable(..)) if path.is_file() => {
                // Beside a file on a read-only disk there is no place for the files of a lock.
                let options =
                    SqliteConnectOptions::new().filename(path).read_only(true).immutable(true);
                let writer = pool(1).connect_with(options).await.map_err(fault)?;
                Ok(SqliteStore { reader: writer.clone(), writer })
            }
            other => other,
        }
    }

    /// A store that lives as long as this value.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn memory() -> Result<SqliteStore, StoreError> {
        let options = SqliteConnectOptions::from_str("sqlite::memory:").map_err(fault)?;
        let writer = pool(1).connect_with(options).await.map_err(fault)?;
        MIGRATIONS.run(&writer).await.map_err(migration)?;
        Ok(SqliteStore { reader: writer.clone(), writer })
    }

    /// Closes the connections.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

fn pool(size: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(size)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(10))
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

impl SqliteStore {
    async fn all<T>(
        &self,
        query: Query<'_>,
        read: fn(&SqliteRow) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = query.fetch_all(&self.reader).await.map_err(fault)?;
        rows.iter().map(read).collect()
    }

    async fn one<T>(
        &self,
        query: Query<'_>,
        read: fn(&SqliteRow) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let row = query.fetch_optional(&self.reader).await.map_err(fault)?;
        row.as_ref().map(read).transpose()
    }
}

fn select_instance(rest: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("SELECT {INSTANCE} FROM workflow_instance {rest}"))
}

const STEP: &str = "SELECT workflow_id, instance_id, run_id, step_id, attempt_id, status, state, \
                    data, params FROM step_instance s WHERE workflow_id = ?1 AND ";

const LATEST_ATTEMPT: &str = " AND attempt_id = (SELECT max(attempt_id) FROM step_instance t WHERE \
     t.workflow_id = s.workflow_id AND t.instance_id = s.instance_id AND t.run_id = s.run_id AND \
     t.step_id = s.step_id)";

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, batch: &[Write]) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut db = self.writer.acquire().await.map_err(fault)?;
        // Not a transaction of sqlx: SQLite ends one by itself when the disk is full.
        sqlx::query("BEGIN IMMEDIATE").execute(&mut *db).await.map_err(fault)?;
        let result = write_all(&mut db, batch).await;
        if result.is_err() {
            // It may be rolled back already, which is what is wanted.
            let _ = sqlx::query("ROLLBACK").execute(&mut *db).await;
        }
        result.map_err(fault)
    }

    async fn version(
        &self,
        id: &str,
        version: Option<i64>,
    ) -> Result<Option<VersionRow>, StoreError> {
        let query = sqlx::query(
            "SELECT v.workflow_id, v.version, v.definition, v.properties, v.create_time, \
             v.version = coalesce(w.active_version, 0) FROM workflow_version v \
             JOIN workflow w ON w.workflow_id = v.workflow_id \
             WHERE v.workflow_id = ? AND v.version = coalesce(?, w.latest_version)",
        );
        self.one(query.bind(id).bind(version), |row| {
            Ok(VersionRow {
                workflow_id: row.try_get(0).map_err(document)?,
                version: row.try_get(1).map_err(document)?,
                definition: row.try_get(2).map_err(document)?,
                properties: row.try_get(3).map_err(document)?,
                create_time: row.try_get(4).map_err(document)?,
                active: row.try_get(5).map_err(document)?,
            })
        })
        .await
    }

    async fn workflow(&self, id: &str) -> Result<Option<(Option<i64>, i64, i64)>, StoreError> {
        let query = sqlx::query(
            "SELECT active_version, latest_version, latest_instance_id FROM workflow \
             WHERE workflow_id = ?",
        );
        self.one(query.bind(id), |row| {
            Ok((
                row.try_get(0).map_err(document)?,
                row.try_get(1).map_err(document)?,
                row.try_get(2).map_err(document)?,
            ))
        })
        .await
    }

    async fn workflows(&self) -> Result<Vec<String>, StoreError> {
        let query = sqlx::query("SELECT workflow_id FROM workflow ORDER BY workflow_id");
        self.all(query, |row| row.try_get(0).map_err(document)).await
    }

    async fn versions(&self, id: &str) -> Result<Vec<(i64, i64)>, StoreError> {
        let query = sqlx::query(
            "SELECT version, create_time FROM workflow_version WHERE workflow_id = ? \
             ORDER BY version DESC",
        );
        self.all(query.bind(id), |row| {
            Ok((row.try_get(0).map_err(document)?, row.try_get(1).map_err(document)?))
        })
        .await
    }

    async fn properties(&self, id: &str) -> Result<Vec<(i64, String)>, StoreError> {
        let query = sqlx::query(
            "SELECT create_time, properties FROM workflow_properties WHERE workflow_id = ? \
             ORDER BY create_time DESC",
        );
        self.all(query.bind(id), |row| {
            Ok((row.try_get(0).map_err(document)?, row.try_get(1).map_err(document)?))
        })
        .await
    }

    async fn instance(&self, key: &RunKey) -> Result<Option<InstanceRow>, StoreError> {
        let sql = select_instance(
            "WHERE workflow_id = ?1 AND instance_id = ?2 AND (run_id = ?3 OR ?3 = 0) \
             ORDER BY run_id DESC LIMIT 1",
        );
        let query = sqlx::query(sql).bind(&key.workflow_id).bind(key.instance_id).bind(key.run_id);
        self.one(query, instance).await
    }

    async fn instance_by_uuid(
        &self,
        workflow_id: &str,
        uuid: &str,
    ) -> Result<Option<InstanceRow>, StoreError> {
        let sql = select_instance("WHERE workflow_id = ? AND uuid = ?");
        self.one(sqlx::query(sql).bind(workflow_id).bind(uuid), instance).await
    }

    async fn live(&self, workflow_id: Option<&str>) -> Result<Vec<InstanceRow>, StoreError> {
        let sql = select_instance(
            "WHERE status IN ('CREATED', 'IN_PROGRESS', 'PAUSED') \
             AND workflow_id = coalesce(?, workflow_id) ORDER BY workflow_id, instance_id, run_id",
        );
        self.all(sqlx::query(sql).bind(workflow_id), instance).await
    }

    async fn is_blocked(&self, workflow_id: &str) -> Result<bool, StoreError> {
        let query = sqlx::query(
            "SELECT EXISTS (SELECT 1 FROM workflow_instance i WHERE workflow_id = ? \
             AND status = 'FAILED' AND unblocked = 0 AND run_id = (SELECT max(run_id) FROM \
             workflow_instance j WHERE j.workflow_id = i.workflow_id \
             AND j.instance_id = i.instance_id))",
        );
        let found = self.one(query.bind(workflow_id), |row| row.try_get(0).map_err(document));
        Ok(found.await?.unwrap_or(false))
    }

    async fn instances(
        &self,
        workflow_id: Option<&str>,
        roots: bool,
        limit: i64,
    ) -> Result<Vec<InstanceRow>, StoreError> {
        let sql = select_instance(
            "WHERE workflow_id = coalesce(?1, workflow_id) AND (?2 = 0 OR parent IS NULL) \
             ORDER BY create_time DESC, instance_id DESC, run_id DESC LIMIT ?3",
        );
        let query = sqlx::query(sql).bind(workflow_id).bind(roots).bind(limit);
        self.all(query, instance).await
    }

    async fn children(&self, parent: &str) -> Result<Vec<InstanceRow>, StoreError> {
        let sql = select_instance("WHERE parent = ? ORDER BY instance_id, run_id");
        self.all(sqlx::query(sql).bind(parent), instance).await
    }

    async fn steps(&self, run: &RunKey, all: bool) -> Result<Vec<StepRow>, StoreError> {
        let latest = if all { "" } else { LATEST_ATTEMPT };
        let sql =
            format!("{STEP} instance_id = ?2 AND run_id = ?3{latest} ORDER BY step_id, attempt_id");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(&run.workflow_id)
            .bind(run.instance_id)
            .bind(run.run_id);
        self.all(query, step).await
    }

    async fn step_over_instances(
        &self,
        workflow_id: &str,
        step_id: &str,
    ) -> Result<Vec<StepRow>, StoreError> {
        let sql = format!(
            "{STEP} step_id = ?2{LATEST_ATTEMPT} AND run_id = (SELECT max(run_id) FROM \
             step_instance t WHERE t.workflow_id = s.workflow_id AND t.instance_id = s.instance_id \
             AND t.step_id = s.step_id) ORDER BY instance_id"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workflow_id).bind(step_id);
        self.all(query, step).await
    }

    async fn events(&self, after: i64, limit: i64) -> Result<Vec<Record>, StoreError> {
        let query = sqlx::query(
            "SELECT seq, time, kind, subject, payload FROM outbox WHERE seq > ? \
             ORDER BY seq LIMIT ?",
        );
        self.all(query.bind(after).bind(limit), record).await
    }

    async fn logs(&self, subject: &str, after: i64) -> Result<Vec<Record>, StoreError> {
        let query = sqlx::query(
            "SELECT seq, time, stream, subject, line FROM step_log \
             WHERE (subject = ?1 OR subject LIKE ?1 || ':%') AND seq > ?2 ORDER BY seq",
        );
        self.all(query.bind(subject).bind(after), record).await
    }

    async fn signals(&self, name: &str, limit: i64) -> Result<Vec<SignalRow>, StoreError> {
        let query = sqlx::query(
            "SELECT name, seq_id, instance_id, params, create_time FROM signal_instance \
             WHERE name = ? ORDER BY seq_id DESC LIMIT ?",
        );
        self.all(query.bind(name).bind(limit), |row| {
            Ok(SignalRow {
                name: row.try_get(0).map_err(document)?,
                seq_id: row.try_get(1).map_err(document)?,
                instance_id: row.try_get(2).map_err(document)?,
                params: row.try_get(3).map_err(document)?,
                create_time: row.try_get(4).map_err(document)?,
            })
        })
        .await
    }

    async fn entries(&self, kind: &str) -> Result<Vec<(String, String)>, StoreError> {
        let query = sqlx::query("SELECT name, value FROM entry WHERE kind = ? ORDER BY name");
        self.all(query.bind(kind), |row| {
            Ok((row.try_get(0).map_err(document)?, row.try_get(1).map_err(document)?))
        })
        .await
    }
}
