use std::process::Command;

use aroeira_store::{Error, Event};

use crate::house::{House, SLUG, change, entry, files, patient, put, record, runtime};

fn holds(bytes: &[u8], needle: &str) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
}

#[tokio::test]
async fn no_file_shows_anything_of_a_record() {
    let house = House::new();
    let (installation, store) = house.clinic();
    put(&store, patient("paciente-1", "Araújo")).await.unwrap();
    put(&store, record("consulta-1", "paciente-1", "Hipertensão", "2026-01-02")).await.unwrap();
    store.write::<_, Error>(None, |t| t.keep("session", "chave", "dra", b"segredo", t.now())).await.unwrap();
    let look = |state: &str| {
        let found = files(&house.data);
        assert!(found.len() >= 4, "{found:?}");
        for path in found {
            let bytes = std::fs::read(&path).unwrap();
            for needle in [
                "SQLite format 3",
                "Ara",
                "Hipertens",
                "hipertens",
                "paciente-1",
                "consulta-1",
                "segredo",
                "CREATE TABLE",
            ] {
                assert!(!holds(&bytes, needle), "{state}: {needle} in {}", path.display());
            }
        }
    };
    assert!(house.folder().join("clinic.db-wal").metadata().unwrap().len() > 0);
    look("open");
    store.close().await;
    drop((store, installation));
    look("closed");
}

#[tokio::test]
async fn only_the_owner_reads_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let house = House::new();
    let (_installation, store) = house.clinic();
    put(&store, patient("p1", "Araújo")).await.unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o077;
    assert_eq!(mode(&house.folder()), 0);
    assert_eq!(mode(&house.data.join("clinics")), 0);
    for name in ["clinic.json", "head"] {
        assert_eq!(mode(&house.folder().join(name)), 0, "{name}");
    }
}

/// The process may write files of a megabyte and no more: a disk that is full, as far as SQLite sees.
#[test]
fn a_commit_that_the_disk_refused_is_never_a_yes() {
    const ROLE: &str = "AROEIRA_STORE_TEST_SMALL_DISK";
    if let Some(data) = std::env::var_os(ROLE) {
        return runtime().block_on(on_a_small_disk(&House::at(data.into())));
    }
    let house = House::new();
    let ended = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -S -f 2048; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "disk::a_commit_that_the_disk_refused_is_never_a_yes", "--nocapture"])
        .env(ROLE, &house.data)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stdout).into_owned() + &String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success() && said.contains("1 passed"), "{said}");
}

async fn on_a_small_disk(house: &House) {
    let (installation, store) = house.clinic();
    let large = |i: usize| {
        let note = "palavra ".repeat(4000);
        change(&serde_json::json!({"resourceType": "Basic", "id": format!("b{i}"), "code": {"text": note}}), "b")
    };
    let mut confirmed = 0;
    let refused = loop {
        assert!(confirmed < 1000, "the disk is never full");
        match put(&store, large(confirmed)).await {
            Ok(_) => confirmed += 1,
            Err(error) => break error,
        }
    };
    assert!(confirmed > 3 && matches!(refused, Error::Unknown), "{confirmed} {refused}");
    // The log is moved into the file when that is opened again: there may be room for a while, and then there is none.
    let mut refusals = 0;
    while refusals < 3 {
        match put(&store, large(confirmed)).await {
            Ok(_) => confirmed += 1,
            Err(Error::Unknown | Error::Unavailable(_)) => refusals += 1,
            Err(other) => panic!("{other}"),
        }
        assert!(confirmed < 1000, "the disk is never full");
    }
    // What was confirmed can be read meanwhile.
    assert!(store.look(|view| view.record("Basic", "b0")).unwrap().is_some());

    let raised =
        Command::new("prlimit").args(["--fsize=unlimited", "--pid", &std::process::id().to_string()]).status().unwrap();
    assert!(raised.success());
    // The writer has opened the file again and goes on by itself.
    put(&store, large(5000)).await.unwrap();
    for i in 0..confirmed {
        assert!(store.look(|view| view.record("Basic", &format!("b{i}"))).unwrap().is_some(), "b{i}");
    }
    assert_eq!(store.verify().await.unwrap().problem, None);
    store.close().await;
    drop(store);
    assert_eq!(installation.verify(SLUG).unwrap().problem, None);
    let (store, _) = installation.store(SLUG).unwrap();
    store.append(entry(Event::Read, "dra")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_kept_long_by_a_reader_is_shortened_afterwards() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let store = std::sync::Arc::new(store);
    let log = || house.folder().join("clinic.db-wal").metadata().unwrap().len();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let (ready, readied) = tokio::sync::oneshot::channel();
    let own = std::sync::Arc::clone(&store);
    let reader = tokio::spawn(async move {
        own.search_journal(move |view| {
            view.all("Patient")?;
            ready.send(()).unwrap();
            Ok(wait.recv().is_err())
        })
        .await
    });
    readied.await.unwrap();
    let note = "palavra ".repeat(100_000);
    let large = change(&serde_json::json!({"resourceType": "Basic", "id": "b", "code": {"text": note}}), "b");
    for _ in 0..60 {
        put(&store, large.clone()).await.unwrap();
    }
    assert!(log() > 40 << 20, "{}", log());
    drop(go);
    assert!(reader.await.unwrap().unwrap());
    for i in 0..60 {
        put(&store, patient(&format!("p{i}"), "Araújo")).await.unwrap();
    }
    let grown = log();
    for _ in 0..60 {
        put(&store, large.clone()).await.unwrap();
        // And what is written while it is copied.
        assert!(log() <= grown.max(96 << 20), "{}", log());
    }
    assert_eq!(store.verify().await.unwrap().problem, None);
}
