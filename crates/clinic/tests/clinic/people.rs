//! Accounts: who makes and changes them, and what nobody may do to themselves.

use aroeira_clinic::{Conflict, Error, Precondition, Refusal, Role, UserQuery};
use serde_json::{Value, json};

use crate::house::{Cast, PASSWORD, fields, input, json, new_user};

#[tokio::test]
async fn the_last_administrator_stays_and_nobody_grants_themselves() {
    let cast = Cast::new().await;
    let amend = |desk: &aroeira_clinic::Desk, id: &str, body| {
        let (desk, id) = (desk.clone(), id.to_owned());
        async move { desk.amend_user(&id, Precondition::Any, input(body)).await }
    };
    for body in [json!({"role": "DOCTOR", "version": 1}), json!({"active": false, "version": 1})] {
        let own = amend(&cast.admin, &cast.admin_id, body).await;
        assert!(matches!(own, Err(Error::Denied(Refusal::OwnAccount))), "{own:?}");
    }
    assert!(matches!(cast.admin.reset_password(&cast.admin_id, true).await, Err(Error::Denied(Refusal::OwnAccount))));
    let operator = cast.house.operator(crate::house::SLUG).await.unwrap();
    for body in [json!({"role": "DOCTOR", "version": 1}), json!({"active": false, "version": 1})] {
        let last = amend(&operator, &cast.admin_id, body).await;
        assert!(matches!(last, Err(Error::Denied(Refusal::LastAdministrator))), "{last:?}");
    }
    operator.add_user(new_user("b@x", Role::Admin, None)).await.unwrap();
    amend(&operator, &cast.admin_id, json!({"active": false, "version": 1})).await.unwrap();
    // Their own name they may change.
    let name = json!({"name": "Outro Nome", "version": 1});
    let second =
        operator.users(UserQuery { q: Some("b@x".into()), ..UserQuery::default() }).await.unwrap().items.remove(0);
    let desk = crate::house::desk(&cast.clinic, &second.id, Role::Admin, None);
    assert_eq!(amend(&desk, &second.id, name).await.unwrap().value.name, "Outro Nome");
}

#[tokio::test]
async fn an_account_is_checked_field_by_field() {
    let cast = Cast::new().await;
    let make = |body| cast.admin.create_user(input(body));
    let wrong = |error: Error| fields(&error).into_iter().map(|(path, _)| path).collect::<Vec<_>>();
    assert_eq!(wrong(make(json!({"email": "x", "name": "N", "role": "NURSE"})).await.unwrap_err()), ["email"]);
    assert_eq!(
        wrong(make(json!({"email": "\u{430}dmin@demo", "name": "N", "role": "NURSE"})).await.unwrap_err()),
        ["email"]
    );
    assert_eq!(wrong(make(json!({"email": "a@b", "name": "\u{200b}", "role": "NURSE"})).await.unwrap_err()), ["name"]);
    for role in ["SYSTEM", "admin", "ROOT"] {
        assert_eq!(wrong(make(json!({"email": "a@b", "name": "N", "role": role})).await.unwrap_err()), ["role"]);
    }
    let short = json!({"email": "a@b", "name": "N", "role": "NURSE", "password": "curta1"});
    assert_eq!(wrong(make(short).await.unwrap_err()), ["password"]);
    assert_eq!(wrong(make(json!({"email": "a@b", "name": "N", "role": "PATIENT"})).await.unwrap_err()), ["patientId"]);
    let nobody = json!({"email": "a@b", "name": "N", "role": "PATIENT", "patientId": "nobody"});
    assert_eq!(wrong(make(nobody).await.unwrap_err()), ["patientId"]);
    let staff = json!({"email": "a@b", "name": "N", "role": "DOCTOR", "patientId": cast.ana});
    assert_eq!(wrong(make(staff).await.unwrap_err()), ["patientId"]);
    let taken = make(json!({"email": " MEDICA@demo ", "name": "N", "role": "NURSE"})).await;
    assert!(matches!(taken, Err(Error::Conflict(Conflict::Duplicate { field: "email" }))));
    let system = cast.admin.add_user(new_user("s@x", Role::System, None)).await;
    assert_eq!(wrong(system.unwrap_err()), ["role"]);
    let promoted =
        cast.admin.amend_user(&cast.doctor_id, Precondition::Any, input(json!({"role": "PATIENT", "version": 1})));
    assert_eq!(wrong(promoted.await.unwrap_err()), ["role"]);
}

#[tokio::test]
async fn no_secret_of_an_account_is_ever_answered() {
    let cast = Cast::new().await;
    let page = cast.admin.users(UserQuery { limit: Some(100), ..UserQuery::default() }).await.unwrap();
    assert_eq!(page.total, 7);
    let text = serde_json::to_string(&page).unwrap();
    assert!(!text.contains("argon2") && !text.contains(PASSWORD), "{text}");
    let one = cast.auditor.user(&cast.doctor_id).await.unwrap();
    assert!(!serde_json::to_string(&one.value).unwrap().contains("argon2"));
}

#[tokio::test]
async fn an_amended_account_keeps_what_its_practitioner_says_besides() {
    let cast = Cast::new().await;
    let id = &cast.doctor_id;
    let mut body = json(&cast.doctor.fhir_read("Practitioner", id).await.unwrap().bytes);
    body["identifier"] =
        json!([{"system": "http://rnds-fhir.saude.gov.br/NamingSystem/cns", "value": "700000000000005"}]);
    cast.doctor
        .fhir_update("Practitioner", id, Precondition::None, || Ok(crate::house::resource(&body)))
        .await
        .unwrap();
    let council = async |council: &str, version: u32| {
        let body = json!({"council": council, "version": version});
        cast.admin.amend_user(id, Precondition::None, input(body)).await.unwrap();
        json(&cast.doctor.fhir_read("Practitioner", id).await.unwrap().bytes)["identifier"].clone()
    };
    let with = council("CRM-SP 123456", 1).await;
    assert_eq!(with.as_array().unwrap().len(), 2);
    assert_eq!(council("", 2).await, body["identifier"]);
}

#[tokio::test]
async fn a_print_names_the_authors_council_whoever_prints() {
    let cast = Cast::new().await;
    let id = cast.record().await;
    let council = json!({"council": "CRM-SP 123456"});
    cast.admin.amend_user(&cast.doctor_id, Precondition::Any, input(council)).await.unwrap();
    for reader in [&cast.doctor, &cast.nurse, &cast.reception, &cast.admin, &cast.patient] {
        let paper = reader.print_record(&id).await.unwrap();
        assert_eq!((&paper.record.value.author_id, &paper.patient.value.id), (&cast.doctor_id, &cast.ana));
        assert_eq!(paper.council.as_deref(), Some("CRM-SP 123456"));
    }

    // A colleague's word counts for nobody who has an account, whether it names a council or not.
    let own = &cast.doctor_id;
    let system = "urn:aroeira:fhir:professional-council";
    let mut said = json(&cast.doctor.fhir_read("Practitioner", own).await.unwrap().bytes);
    said["identifier"] = json!([{"system": system, "value": "CRM-RJ 1"}]);
    let put = async |body: Value| {
        let id = body["id"].as_str().unwrap().to_owned();
        let made = || Ok(crate::house::resource(&body));
        cast.other_doctor.fhir_update("Practitioner", &id, Precondition::None, made).await.unwrap();
    };
    put(said.clone()).await;
    assert_eq!(cast.nurse.print_record(&id).await.unwrap().council.as_deref(), Some("CRM-SP 123456"));
    cast.admin.amend_user(own, Precondition::Any, input(json!({"council": ""}))).await.unwrap();
    put(said).await;
    assert_eq!(cast.nurse.print_record(&id).await.unwrap().council, None);

    // Who has none here, as the author of an imported record, signs as their resource says.
    let old = json!({"system": system, "use": "old", "value": "CRM-SP 7"});
    let other = json!({"system": "http://rnds-fhir.saude.gov.br/NamingSystem/cns", "value": "700000000000005"});
    let now = json!({"system": system, "value": "CRM-MG 54321"});
    put(json!({"resourceType": "Practitioner", "id": "elsewhere", "identifier": [other, old, now]})).await;
    let mut composition = json(&cast.doctor.fhir_read("Composition", &id).await.unwrap().bytes);
    composition["id"] = "imported".into();
    composition["author"] = json!([{"reference": "Practitioner/elsewhere"}]);
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"resource": composition, "request": {"method": "PUT", "url": "Composition/imported"}}]});
    let operator = cast.house.operator(crate::house::SLUG).await.unwrap();
    operator.import(crate::house::resource(&bundle), "").await.unwrap();
    assert_eq!(cast.nurse.print_record("imported").await.unwrap().council.as_deref(), Some("CRM-MG 54321"));
}
