//! Somebody with the key changes a clinic's file behind the program's back: the walk says what and where.

#[path = "../tests/store/house.rs"]
#[allow(dead_code, reason = "shared with the tests in tests/store")]
mod house;

use house::{House, SLUG, entry, patient, put, record, runtime, tombstone};
use rusqlite::Connection;

use crate::journal::chain;
use crate::sqlite::{Mode, open};
use crate::store::Place;
use crate::{Error, Event, Installation, Transaction};

/// A closed clinic with a few entries: 1-3 patients, 4 an update of p1, 5 a read, 6 a deletion of p3, 7 a read.
fn clinic() -> (House, Installation) {
    let house = House::new();
    let (installation, store) = house.clinic();
    runtime().block_on(async {
        for id in ["p1", "p2", "p3"] {
            house.tick(1000);
            put(&store, patient(id, "Araújo")).await.unwrap();
        }
        house.tick(1000);
        put(&store, patient("p1", "Araújo Lima")).await.unwrap();
        store.append(entry(Event::Read, "dra")).await.unwrap();
        let gone = tombstone(&store.look(|view| view.record("Patient", "p3")).unwrap().unwrap());
        let write = move |t: &mut Transaction<'_>| t.put(&gone);
        store.write::<_, Error>(Some(entry(Event::Delete, "dra")), write).await.unwrap();
        store.append(entry(Event::Read, "dra")).await.unwrap();
        store.index_journal().await.unwrap();
        store.close().await;
    });
    let verified = installation.verify(SLUG).unwrap();
    assert_eq!((verified.entries, verified.problem), (7, None));
    (house, installation)
}

fn raw(installation: &Installation) -> Connection {
    let (_, key) = installation.card(SLUG).unwrap();
    open(&Place::file(&installation.directory(SLUG)), &key, Mode::Write, 256).unwrap()
}

fn problem(installation: &Installation) -> String {
    installation.verify(SLUG).unwrap().problem.expect("the change is found")
}

/// Changes a fresh clinic with SQL and answers what the walk says.
fn after(sql: &str) -> String {
    let (_house, installation) = clinic();
    let connection = raw(&installation);
    connection.execute_batch(sql).unwrap();
    drop(connection);
    problem(&installation)
}

/// Gives every entry from `first` on the hash that fits it.
fn rehash(connection: &Connection, first: i64, last: i64) {
    for sequence in first..=last {
        let before: [u8; 32] = connection
            .query_row("SELECT hash FROM journal WHERE sequence = ?", [sequence - 1], |row| row.get(0))
            .unwrap_or([0; 32]);
        let entry: Vec<u8> =
            connection.query_row("SELECT entry FROM journal WHERE sequence = ?", [sequence], |row| row.get(0)).unwrap();
        connection
            .execute("UPDATE journal SET hash = ? WHERE sequence = ?", (chain(&before, &entry), sequence))
            .unwrap();
    }
}

#[test]
fn an_entry_that_was_changed() {
    let said = after(
        "UPDATE journal SET entry = CAST(replace(CAST(entry AS TEXT), '\"dra\"', '\"drb\"') AS BLOB)
                       WHERE sequence = 5",
    );
    assert_eq!(said, "hash: entry 5 is not the one that was written");
}

#[test]
fn an_entry_that_was_changed_with_its_own_hash() {
    let (_house, installation) = clinic();
    let connection = raw(&installation);
    let sql = "UPDATE journal SET entry = CAST(replace(CAST(entry AS TEXT), 'r-1', 'r-2') AS BLOB) WHERE sequence = 5";
    assert_eq!(connection.execute(sql, []).unwrap(), 1);
    rehash(&connection, 5, 5);
    assert_eq!(problem(&installation), "hash: entry 6 is not the one that was written");
    // With all that follow it: then only the head outside knows.
    rehash(&connection, 5, 7);
    assert_eq!(problem(&installation), "head: entry 7 is not the one whose hash is kept outside");
    drop(connection);
    assert!(matches!(installation.store(SLUG), Err(Error::Unavailable(_))));
}

#[test]
fn an_entry_that_was_taken_out() {
    assert_eq!(after("DELETE FROM journal WHERE sequence = 3"), "gap: entry 3 is missing");
    assert_eq!(after("DELETE FROM journal WHERE sequence = 1"), "gap: entry 1 is missing");
    let closed_up =
        "DELETE FROM journal WHERE sequence = 5; UPDATE journal SET sequence = sequence - 1 WHERE sequence > 5";
    assert_eq!(after(closed_up), "hash: entry 5 is not the one that was written");
}

#[test]
fn a_tail_that_was_cut() {
    for (cut, last) in [("sequence = 7", 6), ("sequence >= 6", 5), ("1", 0)] {
        let (_house, installation) = clinic();
        let connection = raw(&installation);
        connection.execute_batch(&format!("DELETE FROM journal WHERE {cut}")).unwrap();
        drop(connection);
        assert_eq!(problem(&installation), format!("tail: the journal ends at {last}, the head outside is at 7"));
        let refused = installation.store(SLUG).unwrap_err();
        assert!(matches!(&refused, Error::Unavailable(text) if text.contains("its tail was cut")), "{refused}");
        // Refusing changed nothing: it is found again.
        assert!(problem(&installation).starts_with("tail:"));
    }
}

#[test]
fn a_tail_that_was_cut_and_grown_again() {
    let (_house, installation) = clinic();
    let connection = raw(&installation);
    let copy = "INSERT INTO journal SELECT sequence + 1, at, event, actor,
                CAST(replace(CAST(entry AS TEXT), '\"seq\":5', '\"seq\":6') AS BLOB), hash FROM journal WHERE sequence = 5;
                INSERT INTO journal SELECT sequence + 1, at, event, actor, entry, hash FROM journal WHERE sequence = 6;";
    connection
        .execute_batch(&format!(
            "DELETE FROM version WHERE sequence >= 6; DELETE FROM resource WHERE sequence >= 6;
             DELETE FROM journal WHERE sequence >= 6; {copy}"
        ))
        .unwrap();
    rehash(&connection, 1, 7);
    drop(connection);
    let said = problem(&installation);
    assert!(said.starts_with("body: a record of entry 3 is missing") || said.starts_with("head: entry 7"), "{said}");
    assert!(matches!(installation.store(SLUG), Err(Error::Unavailable(_))));
}

#[test]
fn versions_that_were_changed_taken_out_or_put_in() {
    let changed =
        "UPDATE resource SET body = CAST(replace(CAST(body AS TEXT), 'Lima', 'Leme') AS BLOB) WHERE id = 'p1'";
    assert_eq!(after(changed), "body: a record of entry 4 is not the one that was written");
    let superseded =
        "UPDATE version SET body = CAST(replace(CAST(body AS TEXT), 'Ana', 'Eva') AS BLOB) WHERE sequence = 1";
    assert_eq!(after(superseded), "body: a record of entry 1 is not the one that was written");
    assert_eq!(after("DELETE FROM version WHERE sequence = 1"), "body: a record of entry 1 is missing");
    assert_eq!(after("DELETE FROM resource WHERE id = 'p2'"), "body: a record of entry 2 is missing");
    let stranger = "INSERT INTO version SELECT rid, 9, updated, sequence, deleted, body FROM resource WHERE id = 'p2'";
    assert_eq!(after(stranger), "strangers: 6 versions are stored, the journal knows 5");
    let later = "INSERT INTO resource (kind, id, version, updated, sequence, deleted, effective, label, sort, body)
                 SELECT kind, 'p9', 1, updated, 99, 0, effective, label, sort, body FROM resource WHERE id = 'p2'";
    assert_eq!(after(later), "order: a record's newest version is not the one in force");
}

#[test]
fn a_deletion_that_was_undone_and_a_record_that_was_hidden() {
    let undone = "UPDATE resource SET deleted = 0 WHERE id = 'p3'";
    assert_eq!(after(undone), "body: a record of entry 6 is not the one that was written");
    let hidden = "UPDATE resource SET deleted = 1 WHERE id = 'p2'";
    assert_eq!(after(hidden), "body: a record of entry 2 is not the one that was written");
    let moved = "UPDATE resource SET updated = updated + 1 WHERE id = 'p2'";
    assert_eq!(after(moved), "body: a record of entry 2 is not the one that was written");
}

#[test]
fn an_old_version_put_in_force() {
    let said = after(
        "CREATE TEMP TABLE two AS SELECT * FROM resource WHERE id = 'p1';
         UPDATE resource SET (version, updated, sequence, deleted, body) =
           (SELECT version, updated, sequence, deleted, body FROM version v WHERE v.rid = resource.rid) WHERE id = 'p1';
         UPDATE version SET (version, updated, sequence, deleted, body) =
           (SELECT version, updated, sequence, deleted, body FROM two) WHERE rid = (SELECT rid FROM two);",
    );
    assert_eq!(said, "order: a record's newest version is not the one in force");
}

#[test]
fn columns_beside_an_entry() {
    let said = "columns: entry 5 is filed under another time, event or user";
    assert_eq!(after("UPDATE journal SET at = at + 1 WHERE sequence = 5"), said);
    assert_eq!(after("UPDATE journal SET event = 14 WHERE sequence = 5"), said);
    let other =
        "INSERT INTO actor (id) VALUES ('drb'); UPDATE journal SET actor = last_insert_rowid() WHERE sequence = 5";
    assert_eq!(after(other), said);
    let renamed = "UPDATE actor SET id = 'drb'";
    assert_eq!(after(renamed), "columns: entry 1 is filed under another time, event or user");
}

#[test]
fn entries_taken_out_of_the_journals_index() {
    for (table, entry) in [("journal_by_event", 5), ("journal_by_actor", 5), ("journal_record", 4)] {
        let said = format!("index: entry {entry} would not be found by event, user or record");
        assert_eq!(after(&format!("DELETE FROM {table} WHERE sequence = {entry}")), said, "{table}");
    }
}

#[test]
fn the_head_outside_deleted_emptied_or_forged() {
    let (house, installation) = clinic();
    let path = house.folder().join("head");
    let good = std::fs::read(&path).unwrap();
    let refused = |words: &str| {
        let said = installation.store(SLUG).unwrap_err().to_string();
        assert!(said.contains(words), "{said}");
    };
    std::fs::remove_file(&path).unwrap();
    assert_eq!(problem(&installation), "head: the file outside the journal is gone");
    assert!(!path.exists(), "looking makes no file");
    refused("is gone");
    std::fs::write(&path, b"").unwrap();
    assert_eq!(problem(&installation), "head: the file outside the journal is gone");
    refused("is gone");
    let forged: Vec<u8> = good.iter().map(|b| if *b == b'7' { b'5' } else { *b }).collect();
    std::fs::write(&path, forged).unwrap();
    assert_eq!(problem(&installation), "head: the file outside the journal carries no good signature");
    refused("no good signature");
    std::fs::write(&path, &good).unwrap();
    assert_eq!(installation.verify(SLUG).unwrap().problem, None);
    installation.store(SLUG).unwrap();
}

#[test]
fn an_old_head_put_back() {
    let (house, installation) = clinic();
    let path = house.folder().join("head");
    let old = std::fs::read(&path).unwrap();
    runtime().block_on(async {
        let (store, _) = installation.store(SLUG).unwrap();
        for _ in 0..3 {
            house.tick(3_600_000);
            store.append(entry(Event::Read, "dra")).await.unwrap();
        }
        // While the clinic is open: another file of that name, so that the writer's own is out of sight.
        assert_eq!(store.verify().await.unwrap().problem, None);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, &old).unwrap();
        let said = store.verify().await.unwrap().problem.unwrap();
        assert_eq!(said, "head: the one outside is at 7, an old one was put in its place");
        store.close().await;
    });
    assert_eq!(problem(&installation), "head: the one outside is at 7, an old one was put in its place");
}

#[test]
fn a_head_one_group_behind_is_what_a_kill_leaves() {
    let (house, installation) = clinic();
    let path = house.folder().join("head");
    let old = std::fs::read(&path).unwrap();
    runtime().block_on(async {
        let (store, _) = installation.store(SLUG).unwrap();
        store.append(entry(Event::Read, "dra")).await.unwrap();
        store.close().await;
        std::fs::write(&path, &old).unwrap();
        assert_eq!(installation.verify(SLUG).unwrap().problem, None);
        let (store, _) = installation.store(SLUG).unwrap();
        store.append(entry(Event::Read, "dra")).await.unwrap();
        let verified = store.verify().await.unwrap();
        assert_eq!((verified.entries, verified.problem), (9, None));
        store.close().await;
    });
    // One torn slot leaves the other.
    let mut torn = std::fs::read(&path).unwrap();
    torn[..200].fill(0);
    std::fs::write(&path, &torn).unwrap();
    assert_eq!(installation.verify(SLUG).unwrap().problem, None);
    installation.store(SLUG).unwrap();
}

#[test]
fn folders_and_files_of_two_clinics_exchanged() {
    let (house, installation) = clinic();
    installation.create("ipe", "Clínica Ipê").unwrap();
    let other = house.data.join("clinics/ipe");
    let aside = house.data.join("aside");
    let swap = |name: &str| {
        std::fs::rename(house.folder().join(name), &aside).unwrap();
        std::fs::rename(other.join(name), house.folder().join(name)).unwrap();
        std::fs::rename(&aside, other.join(name)).unwrap();
    };
    for name in ["", "clinic.json", "clinic.db", "head"] {
        swap(name);
        for slug in [SLUG, "ipe"] {
            let refused = installation.store(slug).unwrap_err();
            assert!(matches!(refused, Error::Unavailable(_)), "{name}: {refused}");
            let verified = installation.verify(slug);
            assert!(!matches!(verified, Ok(crate::Verification { problem: None, .. })), "{name}");
        }
        swap(name);
    }
    assert_eq!(installation.verify(SLUG).unwrap().problem, None);
    assert_eq!(installation.verify("ipe").unwrap().problem, None);
}

#[test]
fn a_key_wrapped_for_another_clinic_is_refused() {
    let (house, _installation) = clinic();
    let options = house.options();
    let key = crate::keys::Key::from_bytes([3; 32]);
    let wrapped = options.master_key.wrap("one", &key, &options.ids).unwrap();
    assert_eq!(options.master_key.unwrap("one", &wrapped).unwrap().hex(), key.hex());
    assert!(matches!(options.master_key.unwrap("two", &wrapped), Err(Error::Unavailable(_))));
    for text in ["", "AAAA", "no base64 at all", &wrapped[4..]] {
        assert!(matches!(options.master_key.unwrap("one", text), Err(Error::Unavailable(_))), "{text}");
    }
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let (_house, installation) = clinic();
    raw(&installation).pragma_update(None, "user_version", 99).unwrap();
    for refused in [installation.store(SLUG).map(|_| ()), installation.verify(SLUG).map(|_| ())] {
        assert!(matches!(&refused, Err(Error::Unavailable(text)) if text.contains("newer")), "{refused:?}");
    }
    raw(&installation).pragma_update(None, "user_version", 3).unwrap();
    assert_eq!(installation.verify(SLUG).unwrap().problem, None);
}

#[test]
fn an_index_of_an_older_program_is_made_anew() {
    let (_house, installation) = clinic();
    runtime().block_on(async {
        let (store, _) = installation.store(SLUG).unwrap();
        put(&store, record("c1", "p1", "Hipertensão", "2026-01-02")).await.unwrap();
        store.close().await;
    });
    let dump = |connection: &Connection| -> Vec<(String, i64)> {
        let mut all = Vec::new();
        for table in ["index_string", "index_token", "index_date", "index_reference", "index_uri", "compartment"] {
            let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let width = statement.column_count();
            let rows = statement.query_map([], |row| {
                (0..width)
                    .map(|i| Ok(format!("{:?}", row.get::<_, rusqlite::types::Value>(i)?)))
                    .collect::<rusqlite::Result<Vec<_>>>()
            });
            all.extend(rows.unwrap().map(|row| (format!("{table} {:?}", row.unwrap()), 0)));
        }
        all.sort();
        let words = "SELECT rowid FROM narrative WHERE narrative MATCH '\"hipertensao\"'";
        all.push(("narrative".into(), connection.query_row(words, [], |row| row.get(0)).unwrap_or(0)));
        all
    };
    let connection = raw(&installation);
    // A record of our own kind keeps its rows: they cannot be made from its body.
    let own = "INSERT INTO resource (kind, id, version, updated, sequence, deleted, effective, label, sort, body)
               VALUES ('User', 'u', 1, 0, 1, 0, 0, '', '', CAST('{}' AS BLOB));
               INSERT INTO index_token SELECT 1, 'own', '', rid FROM resource WHERE kind = 'User';";
    connection.execute_batch(own).unwrap();
    let before = dump(&connection);
    assert!(before.iter().any(|(row, _)| row.contains("own")) && before.last().unwrap().1 > 0);
    connection
        .execute_batch(
            "DELETE FROM index_token WHERE code <> 'own'; DELETE FROM index_string; DELETE FROM index_date;
             DELETE FROM index_reference; DELETE FROM narrative;
             DELETE FROM compartment WHERE rid NOT IN (SELECT rid FROM resource WHERE deleted);
             INSERT INTO index_uri VALUES (1, 'stale', (SELECT rid FROM resource WHERE id = 'c1'));
             UPDATE meta SET value = CAST('0' AS BLOB) WHERE key = 'index_version'",
        )
        .unwrap();
    assert_ne!(dump(&connection), before);
    drop(connection);
    let (store, _) = installation.store(SLUG).unwrap();
    runtime().block_on(store.close());
    drop(store);
    assert_eq!(dump(&raw(&installation)), before);
}

#[test]
fn a_flipped_byte_in_any_page() {
    let (house, installation) = clinic();
    let path = house.folder().join("clinic.db");
    let good = std::fs::read(&path).unwrap();
    let page = 4096;
    assert_eq!(good.len() % page, 0);
    let (_, key) = installation.card(SLUG).unwrap();
    let whole = || -> crate::Result<bool> {
        let connection = open(&path, &key, Mode::Read, 256)?;
        Ok(connection.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))? == "ok")
    };
    assert!(whole().unwrap());
    for number in 0..good.len() / page {
        let mut bad = good.clone();
        bad[number * page + 1000 + number % 3000] ^= 1;
        std::fs::write(&path, &bad).unwrap();
        assert!(!matches!(whole(), Ok(true)), "page {number}");
    }
    std::fs::write(&path, &good).unwrap();
    assert_eq!(installation.verify(SLUG).unwrap().problem, None);
}
