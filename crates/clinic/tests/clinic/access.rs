//! Role x action x type, through the desk.

use aroeira_clinic::{
    AuditQuery, Desk, Error, HistoryQuery, PatientQuery, Precondition, RecordQuery, Refusal, Role, UserQuery,
    access::Action, access::allows,
};
use serde_json::json;

use crate::house::{Cast, input, record, resource};

fn refused<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Denied(Refusal::Role)))
}

fn everybody(cast: &Cast) -> [(Role, &Desk); 6] {
    [
        (Role::Admin, &cast.admin),
        (Role::Doctor, &cast.doctor),
        (Role::Nurse, &cast.nurse),
        (Role::Reception, &cast.reception),
        (Role::Patient, &cast.patient),
        (Role::Auditor, &cast.auditor),
    ]
}

#[tokio::test]
async fn the_table_holds_at_the_desk_for_records_and_patients() {
    let cast = Cast::new().await;
    let id = cast.record().await;
    for (role, desk) in everybody(&cast) {
        let may = |action, kind| allows(role, action, kind);
        let said = |what: &str| format!("{role:?} {what}");
        let query = RecordQuery::default;
        assert_eq!(refused(&desk.record(&id).await), !may(Action::Read, "Composition"), "{}", said("read"));
        assert_eq!(refused(&desk.record_history(&id).await), !may(Action::Read, "Composition"), "{}", said("history"));
        assert_eq!(refused(&desk.records(query()).await), !may(Action::Search, "Composition"), "{}", said("list"));
        let chart = desk.chart(&cast.ana, query()).await;
        assert_eq!(
            refused(&chart),
            !may(Action::Read, "Patient") || !may(Action::Search, "Composition"),
            "{}",
            said("chart")
        );
        let made = desk.create_record(input(record(&cast.ana)), None).await;
        assert_eq!(refused(&made), !may(Action::Create, "Composition"), "{}", said("create"));
        let amended = desk.amend_record(&id, Precondition::Impossible, input(json!({}))).await;
        assert_eq!(refused(&amended), !may(Action::Update, "Composition"), "{}", said("amend"));
        let deleted = desk.delete_record(&id, Precondition::Impossible, None).await;
        assert_eq!(refused(&deleted), !may(Action::Delete, "Composition"), "{}", said("delete"));
        let restored = desk.restore_record(&id, input(json!({"reason": "engano"}))).await;
        assert_eq!(refused(&restored), !may(Action::Restore, "Composition"), "{}", said("restore"));

        assert_eq!(refused(&desk.patient(&cast.ana).await), !may(Action::Read, "Patient"), "{}", said("read patient"));
        let found = desk.patients(PatientQuery::default()).await;
        assert_eq!(refused(&found), !may(Action::Search, "Patient"), "{}", said("find patients"));
        let made = desk.create_patient(input(json!({"name": "Caio"})), None).await;
        assert_eq!(refused(&made), !may(Action::Create, "Patient"), "{}", said("new patient"));
        let amended = desk.amend_patient(&cast.ana, Precondition::Impossible, input(json!({}))).await;
        assert_eq!(refused(&amended), !may(Action::Update, "Patient"), "{}", said("amend patient"));
        let deleted = desk.delete_patient(&cast.ana, Precondition::Impossible, None).await;
        assert_eq!(refused(&deleted), !may(Action::Delete, "Patient"), "{}", said("delete patient"));
        let restored = desk.restore_patient(&cast.ana, input(json!({"reason": "engano"}))).await;
        assert_eq!(refused(&restored), !may(Action::Restore, "Patient"), "{}", said("restore patient"));
    }
}

#[tokio::test]
async fn the_table_holds_for_accounts_the_journal_and_drafts() {
    let cast = Cast::new().await;
    for (role, desk) in everybody(&cast) {
        let may = |action, kind| allows(role, action, kind);
        assert_eq!(refused(&desk.users(UserQuery::default()).await), !may(Action::Search, "User"), "{role:?}");
        assert_eq!(refused(&desk.user(&cast.doctor_id).await), !may(Action::Read, "User"), "{role:?}");
        let new = json!({"email": format!("{}@x", role.code()), "name": "X", "role": "NURSE"});
        assert_eq!(refused(&desk.create_user(input(new)).await), role != Role::Admin, "{role:?}");
        let amended = desk.amend_user(&cast.doctor_id, Precondition::Impossible, input(json!({}))).await;
        assert_eq!(refused(&amended), role != Role::Admin, "{role:?}");
        assert_eq!(refused(&desk.reset_password("nobody", true).await), role != Role::Admin, "{role:?}");
        assert_eq!(refused(&desk.audit(AuditQuery::default()).await), role != Role::Auditor, "{role:?}");
        assert_eq!(refused(&desk.verify().await), role != Role::Auditor, "{role:?}");
        let reads = matches!(role, Role::Admin | Role::Auditor);
        assert_eq!(refused(&desk.emergencies(None, None).await), !reads, "{role:?}");
        assert_eq!(refused(&desk.break_glass(&cast.ana, "parada cardíaca").await), !role.is_clinician(), "{role:?}");
        let writes = matches!(role, Role::Doctor | Role::Nurse);
        assert_eq!(refused(&desk.keep_draft("new-x", 0, json!({})).await), !writes, "{role:?}");
    }
}

#[tokio::test]
async fn the_table_holds_for_every_type_of_r4() {
    let cast = Cast::new().await;
    for kind in aroeira_fhir::types::RESOURCE_TYPES {
        for (role, desk) in everybody(&cast) {
            let may = |action| allows(role, action, kind);
            assert_eq!(refused(&desk.fhir_read(kind, "none").await), !may(Action::Read), "{role:?} {kind}");
            if !may(Action::Create) {
                let body = resource(&json!({"resourceType": kind}));
                assert!(refused(&desk.fhir_create(kind, body.clone()).await), "{role:?} {kind}");
                let put = desk.fhir_update(kind, "none", Precondition::None, || Ok(body)).await;
                assert!(refused(&put), "{role:?} {kind}");
            }
            assert_eq!(
                refused(&desk.fhir_delete(kind, "none", Precondition::None, None).await),
                !may(Action::Delete),
                "{role:?} {kind}"
            );
        }
    }
}

#[tokio::test]
async fn accounts_are_no_fhir_resources_for_anybody() {
    let cast = Cast::new().await;
    let operator = cast.house.operator(crate::house::SLUG).await.unwrap();
    for kind in ["User", "EmergencyAccess", "Journal", "Nonsense", ""] {
        for desk in [&cast.admin, &cast.doctor, &cast.auditor, &operator] {
            let id = &cast.doctor_id;
            assert!(refused(&desk.fhir_read(kind, id).await), "{kind}");
            assert!(refused(&desk.fhir_vread(kind, id, 1).await), "{kind}");
            assert!(refused(&desk.fhir_history(kind, id, &HistoryQuery::default()).await), "{kind}");
            assert!(refused(&desk.fhir_delete(kind, id, Precondition::None, Some("porque sim")).await), "{kind}");
            let body = || Ok(resource(&json!({"resourceType": "Basic"})));
            assert!(refused(&desk.fhir_update(kind, id, Precondition::None, body).await), "{kind}");
            assert!(refused(&desk.fhir_create(kind, body().unwrap()).await), "{kind}");
        }
    }
}

#[tokio::test]
async fn every_call_leaves_one_entry_and_refusals_too() {
    let cast = Cast::new().await;
    let id = cast.record().await;
    macro_rules! one {
        ($event:literal, $call:expr) => {{
            let before = cast.entries().await;
            let _answer = $call.await;
            let (event, _) = cast.last_entry().await;
            assert_eq!(event, $event, "{}", stringify!($call));
            // The look before is an entry as well, and so is the one that named the event.
            assert_eq!(cast.entries().await, before + 3, "{}", stringify!($call));
        }};
    }
    one!("create", cast.doctor.create_record(input(record(&cast.ana)), None));
    one!("read", cast.doctor.record(&id));
    one!("read", cast.doctor.chart(&cast.ana, RecordQuery::default()));
    one!("print", cast.doctor.print_record(&id));
    one!("history", cast.doctor.record_history(&id));
    one!("search", cast.doctor.records(RecordQuery::default()));
    one!("search", cast.doctor.patients(PatientQuery::default()));
    one!("read", cast.doctor.patient(&cast.ana));
    one!("history", cast.doctor.patient_history(&cast.ana));
    one!("read", cast.doctor.fhir_read("Composition", &id));
    one!("read", cast.doctor.fhir_vread("Composition", &id, 1));
    one!("history", cast.doctor.fhir_history("Composition", &id, &HistoryQuery::default()));
    one!("search", cast.admin.users(UserQuery::default()));
    one!("read", cast.admin.user(&cast.doctor_id));
    one!("user-management", cast.admin.create_user(input(json!({"email": "n@x", "name": "N", "role": "NURSE"}))));
    one!("verify", cast.auditor.verify());
    one!("emergency", cast.doctor.break_glass(&cast.ana, "parada cardíaca"));
    one!("denied", cast.auditor.record(&id));
    one!("denied", cast.reception.fhir_read("Condition", "x"));
    one!("denied", cast.reception.records(RecordQuery { q: Some("x".into()), ..RecordQuery::default() }));
    one!("denied", cast.patient.patient(&cast.bia));
    one!("denied", cast.other_doctor.delete_record(&id, Precondition::Any, Some("não é meu")));
    one!("delete", cast.doctor.delete_record(&id, Precondition::Any, Some("duplicado")));
    one!("restore", cast.admin.restore_record(&id, input(json!({"reason": "engano"}))));
    one!("terms", cast.doctor.accept_terms());
    let found = cast.auditor.verify().await.unwrap();
    assert!(found.ok, "{:?}", found.problem);
}
