//! Medical records: preconditions, amendments, deletions and histories, through both doors.

use aroeira_clinic::{Conflict, Error, Input, Precondition, RecordQuery, Refusal};
use serde_json::{Value, json};

use crate::house::{Cast, V1, fields, input, json, record, resource};

fn conflict<T: std::fmt::Debug>(result: Result<T, Error>) -> Conflict {
    match result {
        Err(Error::Conflict(conflict)) => conflict,
        other => panic!("no conflict: {other:?}"),
    }
}

#[tokio::test]
async fn preconditions_are_answered_before_the_body_is_read() {
    let cast = Cast::new().await;
    let id = cast.record().await;
    let broken = || Input::Bytes(b"{not json".to_vec());
    let amend = |precondition, body| cast.doctor.amend_record(&id, precondition, body);
    assert_eq!(conflict(amend(Precondition::Version(9), broken()).await), Conflict::Stale { current: 1 });
    assert_eq!(conflict(amend(Precondition::Impossible, broken()).await), Conflict::Stale { current: 1 });
    assert!(matches!(amend(V1, broken()).await, Err(Error::Malformed(_))));
    let none = Precondition::None;
    assert_eq!(conflict(amend(none, input(json!({"title": 7}))).await), Conflict::PreconditionRequired);
    let stale = json!({"version": 9, "title": 7});
    assert_eq!(conflict(amend(none, input(stale.clone())).await), Conflict::Version { current: 1 });
    assert_eq!(conflict(amend(V1, input(stale)).await), Conflict::Version { current: 1 });
    assert_eq!(fields(&amend(none, input(json!({"version": "1"}))).await.unwrap_err())[0].0, "version");
    let good = json!({"version": 1, "reason": "correção", "title": "Outra"});
    assert_eq!(amend(none, input(good)).await.unwrap().version, 2);
    assert_eq!(conflict(amend(V1, input(json!({}))).await), Conflict::Stale { current: 2 });
    let delete = |precondition, reason| cast.doctor.delete_record(&id, precondition, reason);
    assert_eq!(conflict(delete(Precondition::None, None).await), Conflict::PreconditionRequired);
    assert_eq!(conflict(delete(V1, None).await), Conflict::Stale { current: 2 });
    let mut unread = false;
    let stale = cast.doctor.fhir_update("Composition", &id, V1, || {
        unread = true;
        Err(Error::NotFound)
    });
    assert_eq!(conflict(stale.await), Conflict::Stale { current: 2 });
    assert!(!unread);
}

#[tokio::test]
async fn a_body_is_refused_with_every_wrong_field_named() {
    let cast = Cast::new().await;
    let body = json!({"patientId": "nobody", "title": "  ", "type": "visit", "date": "2026-02-30", "diagnosis": 7,
        "priority": "URGENT", "status": "amended?", "codes": [{"system": "x y", "code": ""}], "extra": 1});
    let error = cast.doctor.create_record(input(body), None).await.unwrap_err();
    let paths: Vec<_> = fields(&error).into_iter().map(|(path, _)| path).collect();
    for path in ["extra", "title", "type", "date", "diagnosis", "priority", "status", "codes[0].code"] {
        assert!(paths.iter().any(|p| p == path), "{path} in {paths:?}");
    }
    let error = cast.doctor.create_record(input(record("nobody")), None).await.unwrap_err();
    assert_eq!(fields(&error), [("patientId".to_owned(), "patient.unknown")]);
    for body in [json!([]), json!("x"), json!(null)] {
        assert!(matches!(cast.doctor.create_record(input(body), None).await, Err(Error::Invalid(_))));
    }
}

#[tokio::test]
async fn dates_and_texts_have_a_form() {
    let cast = Cast::new().await;
    let try_with = async |key: &str, value: Value| {
        let mut body = record(&cast.ana);
        body[key] = value;
        cast.doctor.create_record(input(body), None).await
    };
    for date in [
        "0000-00-00",
        "2025-02-29",
        "2026-13-01",
        "20261120",
        "2026-11",
        "2026-11-20T10:00:00",
        "NaN",
        "",
        "2026-11-20T25:00:00Z",
        "2026-11-20T10:00:00+99:00",
        "２０２６-11-20",
    ] {
        assert_eq!(fields(&try_with("date", date.into()).await.unwrap_err())[0].0, "date", "{date}");
    }
    for date in ["2024-02-29", "2026-11-20T10:00:00-03:00", "2026-11-20T10:00:00.123Z"] {
        assert_eq!(try_with("date", date.into()).await.unwrap().value.date, date);
    }
    assert_eq!(try_with("date", "2026-11-20T10:00Z".into()).await.unwrap().value.date, "2026-11-20T10:00:00Z");
    for title in ["", " \t", "\u{200b}\u{feff}", "a\u{0}b", "dose \u{202e}gm 01", &"x".repeat(201)] {
        assert_eq!(fields(&try_with("title", title.into()).await.unwrap_err())[0].0, "title", "{title:?}");
    }
    let long = "ã".repeat(65_537);
    assert_eq!(fields(&try_with("notes", long.into()).await.unwrap_err()), [("notes".into(), "too-long")]);
    let code = json!([{"system": "http://x", "code": "c".repeat(101)}]);
    assert_eq!(fields(&try_with("codes", code).await.unwrap_err()), [("codes[0].code".into(), "too-long")]);
    let many: Vec<Value> = (0..51).map(|_| json!({"system": "http://x", "code": "c"})).collect();
    assert_eq!(fields(&try_with("codes", many.into()).await.unwrap_err()), [("codes".into(), "too-many")]);
}

#[tokio::test]
async fn a_final_record_is_amended_by_its_author_with_a_reason() {
    let cast = Cast::new().await;
    let id = cast.record().await;
    let amend = json!({"title": "Outra", "reason": "correção"});
    for other in [&cast.other_doctor, &cast.nurse] {
        let refused =
            other.amend_record(&id, Precondition::Any, input(json!({"title": "X", "version": 1, "reason": "quero"})));
        assert!(matches!(refused.await, Err(Error::Denied(Refusal::NotAuthor))));
        assert!(matches!(other.delete_record(&id, V1, Some("quero")).await, Err(Error::Denied(Refusal::NotAuthor))));
    }
    let unexplained = cast.doctor.amend_record(&id, V1, input(json!({"title": "X"}))).await.unwrap_err();
    assert_eq!(fields(&unexplained), [("reason".to_owned(), "reason.required")]);
    let back = cast.doctor.amend_record(&id, V1, input(json!({"status": "draft", "reason": "voltar"}))).await;
    assert_eq!(fields(&back.unwrap_err())[0].0, "status");
    let moved = cast.doctor.amend_record(&id, V1, input(json!({"patientId": cast.bia, "reason": "mover"}))).await;
    assert_eq!(fields(&moved.unwrap_err())[0].0, "patientId");
    let seen = cast.doctor.amend_record(&id, V1, input(amend)).await.unwrap();
    assert_eq!((seen.value.status.as_str(), seen.version), ("amended", 2));
    assert_eq!(seen.value.diagnosis, "Hipertensão", "what is absent stays");
    let page =
        cast.doctor.records(RecordQuery { status: Some("final".into()), ..RecordQuery::default() }).await.unwrap();
    assert_eq!(page.total, 1, "an amended record is a final one");
}

#[tokio::test]
async fn the_same_rules_hold_through_fhir() {
    let cast = Cast::new().await;
    let id = cast.record().await;
    let mut next = json(&cast.doctor.fhir_read("Composition", &id).await.unwrap().bytes);
    next["title"] = "Outra".into();
    let put = async |desk: &aroeira_clinic::Desk, body: &Value| {
        desk.fhir_update("Composition", &id, Precondition::None, || Ok(resource(body))).await
    };
    let unexplained = put(&cast.doctor, &next).await.unwrap_err();
    assert_eq!(fields(&unexplained), [("Composition.meta.extension".to_owned(), "reason.required")]);
    next["meta"]["extension"] = json!([{"url": "urn:aroeira:fhir:reason", "valueString": "correção"}]);
    assert!(matches!(put(&cast.other_doctor, &next).await, Err(Error::Denied(Refusal::NotAuthor))));
    let change = |key: &str, value: Value| {
        let mut body = next.clone();
        body[key] = value;
        body
    };
    for (key, value) in [
        ("status", json!("preliminary")),
        ("status", json!("whatever")),
        ("date", json!("0000-00-00")),
        ("date", json!(7)),
        ("subject", json!({"reference": format!("Patient/{}", cast.bia)})),
        ("subject", json!([{"reference": format!("Patient/{}", cast.bia)}])),
        ("author", json!([{"reference": format!("Practitioner/{}", cast.other_doctor_id)}])),
        ("author", json!({"reference": format!("Practitioner/{}", cast.doctor_id)})),
    ] {
        let refused = put(&cast.doctor, &change(key, value)).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{key}: {refused:?}");
    }
    let served = put(&cast.doctor, &next).await.unwrap();
    assert_eq!(json(&served.bytes)["status"], "amended");
    assert_eq!(cast.doctor.record(&id).await.unwrap().value.reason.as_deref(), Some("correção"));
    // Nobody signs for a colleague, in a new record either.
    let mut forged = change("title", "Falsa".into());
    forged.as_object_mut().unwrap().remove("id");
    forged["author"] = json!([{"reference": format!("Practitioner/{}", cast.other_doctor_id)}]);
    let made = cast.doctor.fhir_create("Composition", resource(&forged)).await;
    assert_eq!(fields(&made.unwrap_err()), [("Composition.author".to_owned(), "reference")]);
    // A name given to a colleague is not the one they sign with.
    let name = json!({"resourceType": "Practitioner", "id": cast.doctor_id, "name": [{"text": "Outra Pessoa"}]});
    let put =
        cast.other_doctor.fhir_update("Practitioner", &cast.doctor_id, Precondition::None, || Ok(resource(&name)));
    put.await.unwrap();
    assert_eq!(cast.doctor.record(&id).await.unwrap().value.author_name, "Pessoa medica@demo");
}

#[tokio::test]
async fn a_deleted_record_comes_back_by_the_administrator_alone() {
    let cast = Cast::new().await;
    let id = cast.record().await;
    let stored = json(&cast.doctor.fhir_read("Composition", &id).await.unwrap().bytes);
    for reason in [None, Some(""), Some("  "), Some("ab")] {
        assert_eq!(fields(&cast.doctor.delete_record(&id, V1, reason).await.unwrap_err())[0].0, "reason");
        let by_fhir = cast.doctor.fhir_delete("Composition", &id, V1, reason).await;
        assert_eq!(fields(&by_fhir.unwrap_err())[0].0, "reason");
    }
    let early = cast.admin.restore_record(&id, input(json!({"reason": "engano"}))).await;
    assert_eq!(conflict(early), Conflict::NotDeleted);
    cast.doctor.delete_record(&id, V1, Some("duplicado")).await.unwrap();
    let gone = |result: Result<(), Error>| assert!(matches!(result, Err(Error::Gone)), "{result:?}");
    gone(cast.doctor.record(&id).await.map(|_| ()));
    gone(cast.doctor.delete_record(&id, Precondition::Any, Some("de novo")).await);
    gone(cast.doctor.amend_record(&id, Precondition::Any, input(json!({"version": 2}))).await.map(|_| ()));
    gone(cast.doctor.fhir_read("Composition", &id).await.map(|_| ()));
    gone(cast.doctor.fhir_vread("Composition", &id, 2).await.map(|_| ()));
    let put = cast.doctor.fhir_update("Composition", &id, Precondition::None, || Ok(resource(&stored)));
    gone(put.await.map(|_| ()));
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"resource": stored, "request": {"method": "PUT", "url": format!("Composition/{id}")}}]});
    gone(cast.doctor.import(resource(&bundle), "").await.map(|_| ()));
    assert_eq!(cast.doctor.records(RecordQuery::default()).await.unwrap().total, 0);
    let blank = cast.admin.restore_record(&id, input(json!({}))).await.unwrap_err();
    assert_eq!(fields(&blank)[0].0, "reason");
    for other in [&cast.doctor, &cast.reception, &cast.patient] {
        let refused = other.restore_record(&id, input(json!({"reason": "quero"}))).await;
        assert!(matches!(refused, Err(Error::Denied(Refusal::Role))));
    }
    assert_eq!(cast.admin.restore_record(&id, input(json!({"reason": "engano"}))).await.unwrap().version, 3);
    assert_eq!(cast.doctor.record(&id).await.unwrap().value.diagnosis, "Hipertensão");
}

#[tokio::test]
async fn the_history_says_who_when_why_and_what() {
    let cast = Cast::new().await;
    let id = cast.record().await;
    cast.place.pass(1000);
    let amend = json!({"title": "Outra", "reason": "título errado"});
    cast.doctor.amend_record(&id, V1, input(amend)).await.unwrap();
    cast.doctor.delete_record(&id, Precondition::Version(2), Some("duplicado")).await.unwrap();
    cast.admin.restore_record(&id, input(json!({"reason": "engano"}))).await.unwrap();
    let history = cast.doctor.record_history(&id).await.unwrap().value;
    let told: Vec<_> = history.iter().map(|r| (r.version, r.event.as_str(), r.reason.as_deref())).collect();
    assert_eq!(
        told,
        [
            (4, "restore", Some("engano")),
            (3, "delete", Some("duplicado")),
            (2, "update", Some("título errado")),
            (1, "create", None)
        ]
    );
    let amended = &history[2];
    assert_eq!((amended.author_id.as_str(), amended.author_name.as_str()), (&*cast.doctor_id, "Pessoa medica@demo"));
    assert_eq!(amended.at.0 - history[3].at.0, 1000);
    let changed: Vec<_> =
        amended.changes.iter().map(|c| (c.field.as_str(), c.before.clone(), c.after.clone())).collect();
    assert_eq!(changed, [("title", json!("Consulta"), json!("Outra")), ("status", json!("final"), json!("amended"))]);
    assert_eq!(history[0].author_id, cast.admin_id);
}

#[tokio::test]
async fn what_comes_back_as_it_was_read_keeps_its_markup() {
    let cast = Cast::new().await;
    let body = json!({"resourceType": "Composition", "status": "preliminary", "date": "2026", "title": "Rica",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11503-0"}]},
        "subject": {"reference": format!("Patient/{}", cast.ana)},
        "author": [{"reference": format!("Practitioner/{}", cast.doctor_id)}],
        "event": [{"code": [{"coding": [{"system": "http://x", "code": "a"}]}]},
                  {"code": [{"coding": [{"system": "http://x", "code": "b"}]}], "period": {"start": "2026"}}],
        "section": [{"code": {"coding": [{"system": "http://loinc.org", "code": "29308-4"}]},
            "text": {"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><b>Grave</b> mas estável</div>"}}]});
    let id = cast.doctor.fhir_create("Composition", resource(&body)).await.unwrap().id;
    let mut seen = serde_json::to_value(cast.doctor.record(&id).await.unwrap().value).unwrap();
    seen["title"] = "Nova".into();
    cast.doctor.amend_record(&id, V1, input(seen)).await.unwrap();
    let kept = json(&cast.doctor.fhir_read("Composition", &id).await.unwrap().bytes);
    assert_eq!(kept["title"], "Nova");
    for key in ["event", "section", "type", "date", "status"] {
        assert_eq!(kept[key], body[key], "{key}");
    }
    let codes = json!([{"system": "http://x", "code": "c"}]);
    let seen =
        cast.doctor.amend_record(&id, Precondition::Any, input(json!({"codes": codes, "version": 2}))).await.unwrap();
    assert_eq!(seen.value.codes.unwrap().len(), 1, "the codes of every event are replaced");
}

#[tokio::test]
async fn half_written_text_is_its_writers_alone() {
    let cast = Cast::new().await;
    cast.doctor.keep_draft("new-x", 0, json!({"title": "Meu"})).await.unwrap();
    assert_eq!(cast.doctor.draft("new-x").await.unwrap().fields["title"], "Meu");
    assert!(matches!(cast.other_doctor.draft("new-x").await, Err(Error::NotFound)));
    cast.other_doctor.drop_draft("new-x").await.unwrap();
    assert!(cast.doctor.draft("new-x").await.is_ok());
    assert!(matches!(cast.patient.draft("new-x").await, Err(Error::Denied(_))));
    assert!(cast.doctor.keep_draft("a/../b", 0, json!({})).await.is_err());
    assert!(cast.doctor.keep_draft("x", 0, json!({"t": "x".repeat(300_000)})).await.is_err());
    cast.place.pass(31 * 24 * crate::house::HOUR);
    assert!(matches!(cast.doctor.draft("new-x").await, Err(Error::NotFound)));
}
