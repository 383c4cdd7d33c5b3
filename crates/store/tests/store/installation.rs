use aroeira_store::{Error, Event, Ids, Installation, MasterKey};

use crate::house::{House, SLUG, entry, files, patient, put};

fn advice(error: &Error) -> String {
    match error {
        Error::Unavailable(text) => text.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let house = House::new();
    let (installation, store) = house.clinic();
    put(&store, patient("p1", "Araújo")).await.unwrap();
    store.write::<_, Error>(None, |t| t.keep("session", "k", "dra", b"v", t.now())).await.unwrap();
    let head = store.verify().await.unwrap().head;
    store.close().await;
    drop((store, installation));

    let installation = house.installation();
    assert_eq!(installation.clinics().unwrap(), [SLUG]);
    let (store, _) = installation.store(SLUG).unwrap();
    let found = store.look(|view| view.record("Patient", "p1")).unwrap().unwrap();
    assert_eq!((found.version, found.label.as_str(), found.sequence), (1, "Araújo", 1));
    assert_eq!(store.verify().await.unwrap().head, head);
    store.append(entry(Event::Read, "dra")).await.unwrap();
    let verified = store.verify().await.unwrap();
    assert_eq!((verified.entries, verified.problem), (2, None));
}

#[tokio::test]
async fn another_master_key_is_refused_with_advice() {
    let house = House::new();
    let (installation, store) = house.clinic();
    store.close().await;
    drop((store, installation));
    let mut options = house.options();
    options.master_key = MasterKey::parse("CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=").unwrap();
    let installation = Installation::open(options).unwrap();
    let said = advice(&installation.store(SLUG).unwrap_err());
    assert!(said.contains("master key") && said.contains("backup-key"), "{said}");
}

#[test]
fn a_master_key_is_made_once_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let house = House::new();
    let path = house.data.join("master.key");
    let ids = Ids::system();
    let said = advice(&MasterKey::load(&path, false, &ids).unwrap_err());
    assert!(said.contains("backup-key"), "{said}");
    let key = MasterKey::load(&path, true, &ids).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(MasterKey::load(&path, true, &ids).unwrap().text(), key.text());
    assert_eq!(files(&house.data), [path]);
    assert_eq!(format!("{key:?}"), "MasterKey");
    for text in ["", "AAAA", "###", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH"] {
        advice(&MasterKey::parse(text).unwrap_err());
    }
}

#[test]
fn a_second_owner_is_refused_until_the_first_is_gone() {
    let house = House::new();
    let first = house.installation();
    let said = advice(&Installation::open(house.options()).unwrap_err());
    assert!(said.contains("in use by another"), "{said}");
    drop(first);
    Installation::open(house.options()).unwrap();
}

#[tokio::test]
async fn a_clinic_has_one_open_store_at_a_time() {
    let house = House::new();
    let (installation, store) = house.clinic();
    assert!(matches!(installation.store(SLUG), Err(Error::Busy)));
    put(&store, patient("p1", "Araújo")).await.unwrap();
    store.close().await;
    // The old one still reads, and says why it does not write.
    assert!(store.look(|view| view.record("Patient", "p1")).unwrap().is_some());
    advice(&store.append(entry(Event::Read, "dra")).await.unwrap_err());
    let (again, _) = installation.store(SLUG).unwrap();
    put(&again, patient("p2", "Brito")).await.unwrap();
    assert_eq!(again.verify().await.unwrap().problem, None);
}

#[test]
fn a_clinic_is_made_once_and_whole() {
    let house = House::new();
    let installation = house.installation();
    // What a crash in the middle leaves is no clinic and is in nobody's way.
    let unfinished = house.data.join("clinics").join(format!(".new-{SLUG}"));
    std::fs::create_dir_all(&unfinished).unwrap();
    std::fs::write(unfinished.join("clinic.db"), b"half").unwrap();
    std::fs::write(unfinished.join("clinic.json"), b"{").unwrap();
    assert!(installation.clinics().unwrap().is_empty());
    assert!(matches!(installation.store(SLUG), Err(Error::NotFound)));
    assert!(matches!(installation.verify(SLUG), Err(Error::NotFound)));
    installation.create(SLUG, "Um").unwrap();
    assert!(!unfinished.exists());
    assert!(matches!(installation.create(SLUG, "Outro"), Err(Error::Exists)));
    assert_eq!(installation.store(SLUG).unwrap().1, "Um");
}

#[test]
fn of_many_who_make_the_same_clinic_one_does() {
    let house = House::new();
    let installation = house.installation();
    let made = std::thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(|| installation.create(SLUG, "Um"))).collect();
        all.into_iter().map(|one| one.join().unwrap()).filter(std::result::Result::is_ok).count()
    });
    assert_eq!(made, 1);
    assert_eq!(installation.verify(SLUG).unwrap().problem, None);
}

#[tokio::test]
async fn lost_files_are_never_replaced_by_empty_ones() {
    let house = House::new();
    let (installation, store) = house.clinic();
    store.close().await;
    drop(store);
    let aside = house.data.join("aside");
    for name in ["clinic.db", "head", "clinic.json"] {
        let path = house.folder().join(name);
        std::fs::rename(&path, &aside).unwrap();
        let refused = installation.store(SLUG).unwrap_err();
        assert!(matches!(refused, Error::Unavailable(_) | Error::NotFound), "{refused:?}");
        if name == "clinic.json" {
            advice(&installation.create(SLUG, "Outro").unwrap_err());
        }
        assert!(!path.exists(), "{name}");
        std::fs::rename(&aside, &path).unwrap();
    }
    installation.store(SLUG).unwrap();
}
