//! SQLite: one file in WAL mode, one transaction a batch.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::Row;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteRow, SqliteSynchronous,
};

use super::group::{Attempt, Groups, Line};
use super::{
    InstanceRow, Record, RunKey, SignalRow, StepRow, Store, StoreError, VersionRow, Write,
};

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

fn migration(error: sqlx::migrate::MigrateError) -> StoreError {
    match error {
        sqlx::migrate::MigrateError::Execute(error)
        | sqlx::migrate::MigrateError::ExecuteMigration(error, _) => fault(error),
        other => StoreError::Other(other.to_string()),
    }
}

/// SQLite's code for a shared-memory file that cannot grow.
const IOERR_SHMSIZE: u32 = 10 | (19 << 8);
/// A write failed for another reason than a full disk.
const IOERR_WRITE: u32 = 778;

/// Why a file cannot be opened, where SQLite only says that it cannot.
fn unusable(path: &Path, error: StoreError) -> StoreError {
    let StoreError::Unusable(..) = error else { return error };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let why = if path.is_dir() {
        "it is a directory"
    } else if folder.is_some_and(|folder| !folder.is_dir()) {
        "its directory does not exist"
    } else {
        "the file or its directory cannot be written"
    };
    StoreError::Unusable(path.display().to_string(), why)
}

/// What an error of SQLite means to a user.
fn fault(error: sqlx::Error) -> StoreError {
    let text = error.to_string();
    let Some(database) = error.as_database_error() else { return StoreError::Other(text) };
    let code = database.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or(0);
    match code & 0xff {
        // The file that several processes share is one of the first to find no room.
        10 if code == IOERR_SHMSIZE => StoreError::Full,
        10 if code == IOERR_WRITE => StoreError::Other(
            "the file can grow no more (a limit of the system?), or the disk is broken".to_owned(),
        ),
        5 | 6 => StoreError::Locked(database.message().to_owned()),
        13 => StoreError::Full,
        8 | 14 => StoreError::Unusable("?".to_owned(), "the file cannot be written"),
        11 | 26 => StoreError::Corrupt(database.message().to_owned()),
        19 => StoreError::Conflict(database.message().to_owned()),
        _ => StoreError::Other(text),
    }
}

fn document(error: impl std::fmt::Display) -> StoreError {
    StoreError::Document(error.to_string())
}

async fn write_all(db: &mut SqliteConnection, batch: &[Write]) -> Result<(), sqlx::Error> {
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
        Write::Properties(id, properties) => {
            sqlx::query("UPDATE workflow_version SET properties = ? WHERE workflow_id = ?")
                .bind(properties)
                .bind(id)
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

fn instance(row: &SqliteRow) -> Result<InstanceRow, StoreError> {
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

fn step(row: &SqliteRow) -> Result<StepRow, StoreError> {
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

fn record(row: &SqliteRow) -> Result<Record, StoreError> {
    Ok(Record {
        seq: row.try_get(0).map_err(document)?,
        time: row.try_get(1).map_err(document)?,
        kind: row.try_get(2).map_err(document)?,
        subject: row.try_get(3).map_err(document)?,
        text: row.try_get(4).map_err(document)?,
    })
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
