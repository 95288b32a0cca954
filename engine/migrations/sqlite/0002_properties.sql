-- The properties of workflows as they were from a time on: a snapshot for each change.

CREATE TABLE workflow_properties (
    workflow_id TEXT    NOT NULL,
    create_time INTEGER NOT NULL,
    properties  TEXT    NOT NULL,
    PRIMARY KEY (workflow_id, create_time)
) WITHOUT ROWID;

INSERT INTO workflow_properties (workflow_id, create_time, properties)
    SELECT w.workflow_id, w.modify_time, v.properties FROM workflow w JOIN workflow_version v
    ON v.workflow_id = w.workflow_id AND v.version = w.latest_version;
