//! One suite for every store.

use super::*;

fn key(run_id: i64) -> RunKey {
    RunKey { workflow_id: "wf".into(), instance_id: 1, run_id }
}

fn row(run_id: i64, status: InstanceStatus) -> Write {
    Write::Instance(Box::new(InstanceRow {
        key: key(run_id),
        uuid: format!("u{run_id}"),
        status,
        queued: false,
        unblocked: false,
        parent: None,
        info: "{}".into(),
        params: "{}".into(),
        state: "{}".into(),
        create_time: run_id,
        start_time: None,
        end_time: None,
    }))
}

fn step(attempt: u32, status: StepStatus, params: Option<&str>) -> Write {
    Write::Step(Box::new(StepRow {
        run: key(1),
        step_id: "s".into(),
        attempt,
        status,
        state: "{}".into(),
        data: "{}".into(),
        params: params.map(str::to_owned),
    }))
}

async fn suite(store: &dyn Store) {
    // Versions: the latest one by default, one active.
    for version in [1, 2] {
        let row = VersionRow {
            workflow_id: "wf".into(),
            version,
            definition: format!("{{\"v\":{version}}}"),
            properties: "{}".into(),
            create_time: version,
            active: false,
        };
        store.commit(&[Write::Version(row)]).await.unwrap();
    }
    assert_eq!(store.versions("wf").await.unwrap(), [(2, 2), (1, 1)]);
    // Snapshots of properties: the time is the id, so two of one moment get two.
    for (text, time) in [("{\"a\":1}", 5), ("{\"a\":2}", 5), ("{}", 9)] {
        let write = Write::Properties("wf".into(), text.into(), time);
        store.commit(&[write]).await.unwrap();
    }
    let snapshots = store.properties("wf").await.unwrap();
    let times: Vec<i64> = snapshots.iter().map(|(time, _)| *time).collect();
    assert_eq!((times.as_slice(), snapshots[1].1.as_str()), ([9, 6, 5].as_slice(), "{\"a\":2}"));
    store.commit(&[Write::Activate("wf".into(), Some(1), 9)]).await.unwrap();
    assert_eq!(store.version("wf", None).await.unwrap().unwrap().version, 2);
    assert!(store.version("wf", Some(1)).await.unwrap().unwrap().active);
    assert_eq!(store.workflow("wf").await.unwrap(), Some((Some(1), 2, 0)));
    assert_eq!(store.workflow("none").await.unwrap(), None);

    // Runs: live ones, the latest, blocked by a failure until a newer run or an unblock.
    store.commit(&[row(1, InstanceStatus::Failed)]).await.unwrap();
    assert!(store.is_blocked("wf").await.unwrap());
    store.commit(&[Write::Unblock(key(1))]).await.unwrap();
    assert!(!store.is_blocked("wf").await.unwrap());
    store.commit(&[row(2, InstanceStatus::InProgress)]).await.unwrap();
    assert_eq!(store.instance(&key(0)).await.unwrap().unwrap().key, key(2));
    assert_eq!(store.live(None).await.unwrap().len(), 1);
    assert!(store.instance_by_uuid("wf", "u2").await.unwrap().is_some());

    // A batch is stored as a whole or not at all.
    let batch =
        [Write::Event(1, "STEP", "wf:1:1:s".into(), "{}".into()), row(2, InstanceStatus::Created)];
    assert!(matches!(store.commit(&batch).await, Err(StoreError::Conflict(_))));
    assert_eq!(store.events(0, 10).await.unwrap(), []);

    // Attempts: written again they change; params stay unless given.
    store.commit(&[step(1, StepStatus::Running, Some("{\"a\":1}"))]).await.unwrap();
    store.commit(&[step(1, StepStatus::UserFailed, None)]).await.unwrap();
    store.commit(&[step(2, StepStatus::Created, None)]).await.unwrap();
    let all = store.steps(&key(1), true).await.unwrap();
    assert_eq!(all[0].params.as_deref(), Some("{\"a\":1}"));
    assert_eq!(all[0].status, StepStatus::UserFailed);
    let latest = store.steps(&key(1), false).await.unwrap();
    assert_eq!(latest.iter().map(|s| s.attempt).collect::<Vec<_>>(), [2]);

    // Small things come and go.
    store.commit(&[Write::Entry("k", "n".into(), Some("1".into()))]).await.unwrap();
    store.commit(&[Write::Entry("k", "n".into(), Some("2".into()))]).await.unwrap();
    assert_eq!(store.entries("k").await.unwrap(), [("n".to_owned(), "2".to_owned())]);
    store.commit(&[Write::Entry("k", "n".into(), None)]).await.unwrap();
    assert_eq!(store.entries("k").await.unwrap(), []);
    store.commit(&[Write::Log("wf:1:1:s:1".into(), 1, "stdout", "hi".into())]).await.unwrap();
    assert_eq!(store.logs("wf:1:1:s", 0).await.unwrap()[0].text, "hi");
}

#[tokio::test]
async fn sqlite_in_memory() {
    suite(&SqliteStore::memory().await.unwrap()).await;
}

#[tokio::test]
async fn sqlite_in_a_file() {
    let dir = tempfile::tempdir().unwrap();
    suite(&SqliteStore::open(&dir.path().join("db")).await.unwrap()).await;
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    std::fs::write(&path, [b'x'; 4096]).unwrap();
    let error = SqliteStore::open(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error}");
    let error = SqliteStore::open_existing(&dir.path().join("none")).await.unwrap_err();
    assert!(matches!(error, StoreError::Missing(_)), "{error}");
}

#[tokio::test]
async fn a_damaged_database_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    let store = SqliteStore::open(&path).await.unwrap();
    store.close().await;
    let mut bytes = std::fs::read(&path).unwrap();
    for byte in bytes.iter_mut().skip(100) {
        *byte = 0xA5;
    }
    std::fs::write(&path, bytes).unwrap();
    let error = SqliteStore::open(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error}");
}
