//! The same request once: keys, users, routes, a day, and two at the same time.

use aroeira_clinic::{Conflict, Error, RecordQuery};
use serde_json::json;

use crate::house::{Cast, HOUR, input, record};

#[tokio::test]
async fn a_key_makes_one_record_for_a_day() {
    let cast = Cast::new().await;
    let make = |desk: &aroeira_clinic::Desk, key: &'static str, title: &str| {
        let (desk, mut body) = (desk.clone(), record(&cast.ana));
        body["title"] = title.into();
        async move { desk.create_record(input(body), Some(key)).await }
    };
    let first = make(&cast.doctor, "k", "Um").await.unwrap();
    let again = make(&cast.doctor, "k", "Um").await.unwrap();
    assert_eq!((&again.value.id, again.version), (&first.value.id, 1));
    let other_body = make(&cast.doctor, "k", "Dois").await;
    assert!(matches!(other_body, Err(Error::Conflict(Conflict::IdempotencyKey))));
    let other_user = make(&cast.other_doctor, "k", "Um").await.unwrap();
    assert_ne!(other_user.value.id, first.value.id);
    // Another route has keys of its own.
    let patient = cast.doctor.create_patient(input(json!({"name": "Caio"})), Some("k")).await.unwrap();
    let same = cast.doctor.create_patient(input(json!({"name": "Caio"})), Some("k")).await.unwrap();
    assert_eq!(same.value.id, patient.value.id);
    // The first answer is told, whatever became of the record since.
    let amend = json!({"title": "Três", "reason": "correção", "version": 1});
    cast.doctor.amend_record(&first.value.id, aroeira_clinic::Precondition::None, input(amend)).await.unwrap();
    let told = make(&cast.doctor, "k", "Um").await.unwrap();
    assert_eq!((told.version, told.value.title.as_str()), (1, "Um"));
    cast.place.pass(24 * HOUR - 1);
    assert_eq!(make(&cast.doctor, "k", "Um").await.unwrap().value.id, first.value.id);
    cast.place.pass(1);
    assert_ne!(make(&cast.doctor, "k", "Um").await.unwrap().value.id, first.value.id);
}

#[tokio::test]
async fn a_refused_body_takes_no_key() {
    let cast = Cast::new().await;
    assert!(cast.doctor.create_record(input(record("nobody")), Some("k")).await.is_err());
    assert!(cast.doctor.create_record(input(record(&cast.ana)), Some("k")).await.is_ok());
}

#[tokio::test]
async fn requests_at_the_same_time_make_one_record() {
    let cast = Cast::new().await;
    let mut running = Vec::new();
    for _ in 0..16 {
        let (desk, body) = (cast.doctor.clone(), record(&cast.ana));
        running.push(tokio::spawn(async move { desk.create_record(input(body), Some("k")).await.unwrap().value.id }));
    }
    let mut ids = Vec::new();
    for one in running {
        ids.push(one.await.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(cast.doctor.records(RecordQuery::default()).await.unwrap().total, 1);
}

#[tokio::test]
async fn of_two_amendments_at_the_same_time_one_is_told() {
    let cast = Cast::new().await;
    let id = cast.draft().await;
    let amend = |title: &str| {
        let (desk, id, title) = (cast.doctor.clone(), id.clone(), title.to_owned());
        tokio::spawn(async move { desk.amend_record(&id, crate::house::V1, input(json!({"title": title}))).await })
    };
    let (one, two) = (amend("Um"), amend("Dois"));
    let results = [one.await.unwrap(), two.await.unwrap()];
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1, "{results:?}");
    let lost = results.into_iter().find_map(Result::err);
    assert!(matches!(lost, Some(Error::Conflict(Conflict::Stale { current: 2 }))));
}
