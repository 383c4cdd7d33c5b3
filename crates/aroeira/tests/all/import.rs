//! The operator's import: fourteen charts of the real kind, all or nothing for each, and again without a change.

use crate::harness::{CLINIC, Home, done, failed, root};

/// The Synthea bundles, kept beside the repository; none, with the reason printed, where the folder is not there.
fn bundles() -> Vec<String> {
    let directory = root().join("../shared/data/synthea");
    let Ok(entries) = std::fs::read_dir(&directory) else {
        println!("skipped: no folder {}", directory.display());
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path().to_string_lossy().into_owned());
    let mut files: Vec<String> = paths.filter(|path| path.ends_with(".json.gz")).collect();
    files.sort();
    assert_eq!(files.len(), 14);
    files
}

fn words(files: &[String]) -> Vec<&str> {
    ["import", "--clinic", CLINIC].into_iter().chain(files.iter().map(String::as_str)).collect()
}

#[test]
fn fourteen_charts_are_taken_in_and_again_nothing_changes() {
    let home = Home::with_clinic();
    let files = bundles();
    if files.is_empty() {
        return;
    }
    let first = done(&home.run(&words(&files)));
    // 354 are practitioners and organisations that another chart brought already.
    assert!(
        first.contains("31436 entries in 14 files: 31082 created, 0 updated, 0 deleted, 354 unchanged."),
        "{first}"
    );
    assert!(home.verify().contains("ok, "));
    let again = done(&home.run(&words(&files)));
    assert!(again.contains("31436 entries in 14 files: 0 created, 0 updated, 0 deleted, 31436 unchanged."), "{again}");
    assert!(again.contains("nothing was changed"), "{again}");
    assert!(home.verify().contains("ok, "));
}

#[test]
fn a_chart_is_taken_in_beside_a_server_and_a_broken_one_leaves_nothing() {
    let home = Home::with_clinic();
    let server = home.serve(&[]);
    // The smallest of them is enough here.
    let mut files = bundles();
    files.sort_by_key(|file| std::fs::metadata(file).unwrap().len());
    if let Some(one) = files.get(..1) {
        let first = done(&home.run(&words(one)));
        assert!(first.contains("0 updated, 0 deleted, 0 unchanged."), "{first}");
        let again = done(&home.run(&words(one)));
        assert!(again.contains("nothing was changed"), "{again}");
    }

    let broken = home.directory.path().join("quebrado.json");
    // The second entry has a CPF whose digits do not agree: that is found while the first one is written.
    let text = r#"{"resourceType":"Bundle","type":"transaction","entry":[
        {"fullUrl":"urn:uuid:0b0f6f8e-0001-4000-8000-000000000001","resource":{"resourceType":"Patient","name":[{"text":"Rosa"}]},
         "request":{"method":"POST","url":"Patient"}},
        {"fullUrl":"urn:uuid:0b0f6f8e-0001-4000-8000-000000000002","resource":{"resourceType":"Patient",
         "identifier":[{"system":"http://rnds-fhir.saude.gov.br/NamingSystem/cpf","value":"52998224726"}]},
         "request":{"method":"POST","url":"Patient"}}]}"#;
    std::fs::write(&broken, text).unwrap();
    let broken = vec![broken.to_string_lossy().into_owned()];
    let told = failed(&home.run(&words(&broken)), 2);
    assert!(told.contains("quebrado.json") && told.contains("identifier"), "{told}");
    assert!(!told.contains("52998224726"), "{told}");
    // Mended, its first entry is new: nothing of it had been kept.
    std::fs::write(&broken[0], text.replace("52998224726", "52998224725")).unwrap();
    assert!(done(&home.run(&words(&broken))).contains("2 entries in 1 files: 2 created"));
    failed(&home.run(&words(&["nenhum.json".to_owned()])), 3);
    std::fs::write(&broken[0], [0x1f, 0x8b, 8, 0, 1, 2]).unwrap();
    assert!(crate::harness::err(&home.run(&words(&broken))).contains("help: "));
    assert!(home.verify().contains("ok, "));
    assert_eq!(server.terminate().0, Some(0));
    assert!(home.verify().contains("ok, "));
}
