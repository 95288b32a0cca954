-- The engine's tables. Plain types and names only, so that PostgreSQL serves the same trait:
-- INTEGER is BIGINT there, JSON texts are JSONB.

CREATE TABLE workflow (
    workflow_id        TEXT    NOT NULL PRIMARY KEY,
    active_version     INTEGER,
    latest_version     INTEGER NOT NULL,
    latest_instance_id INTEGER NOT NULL DEFAULT 0,
    modify_time        INTEGER NOT NULL
);

CREATE TABLE workflow_version (
    workflow_id TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    definition  TEXT    NOT NULL,
    properties  TEXT    NOT NULL,
    create_time INTEGER NOT NULL,
    PRIMARY KEY (workflow_id, version)
);

CREATE TABLE workflow_instance (
    workflow_id    TEXT    NOT NULL,
    instance_id    INTEGER NOT NULL,
    run_id         INTEGER NOT NULL,
    uuid           TEXT    NOT NULL,
    status         TEXT    NOT NULL,
    queued         INTEGER NOT NULL,
    unblocked      INTEGER NOT NULL DEFAULT 0,
    parent         TEXT,
    info           TEXT    NOT NULL,
    params         TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    create_time    INTEGER NOT NULL,
    start_time     INTEGER,
    end_time       INTEGER,
    PRIMARY KEY (workflow_id, instance_id, run_id),
    UNIQUE (workflow_id, uuid)
);
CREATE INDEX workflow_instance_live ON workflow_instance (status, workflow_id)
    WHERE status IN ('CREATED', 'IN_PROGRESS', 'PAUSED');
CREATE INDEX workflow_instance_failed ON workflow_instance (workflow_id)
    WHERE status = 'FAILED';
CREATE INDEX workflow_instance_parent ON workflow_instance (parent) WHERE parent IS NOT NULL;

CREATE TABLE step_instance (
    workflow_id TEXT    NOT NULL,
    instance_id INTEGER NOT NULL,
    run_id      INTEGER NOT NULL,
    step_id     TEXT    NOT NULL,
    attempt_id  INTEGER NOT NULL,
    status      TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    data        TEXT    NOT NULL,
    params      TEXT    NOT NULL,
    PRIMARY KEY (workflow_id, instance_id, run_id, step_id, attempt_id)
) WITHOUT ROWID;

CREATE TABLE outbox (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    time    INTEGER NOT NULL,
    kind    TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    payload TEXT    NOT NULL
);

CREATE TABLE step_log (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    subject TEXT    NOT NULL,
    time    INTEGER NOT NULL,
    stream  TEXT    NOT NULL,
    line    TEXT    NOT NULL
);
CREATE INDEX step_log_subject ON step_log (subject, seq);

-- Small things under a kind and a name: breakpoints, tag permits, triggers with their watermarks
-- and checkpoints, job templates, output data, commands of other processes.
CREATE TABLE entry (
    kind  TEXT NOT NULL,
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;

CREATE TABLE signal_instance (
    name        TEXT    NOT NULL,
    seq_id      INTEGER NOT NULL,
    instance_id TEXT    NOT NULL,
    params      TEXT    NOT NULL,
    create_time INTEGER NOT NULL,
    PRIMARY KEY (name, seq_id),
    UNIQUE (name, instance_id)
);
