//! Validation as FHIR's clients meet it: what is not valid is refused with all its problems, or kept and tagged; and
//! `$validate`.

use serde_json::{Value, json};

use crate::harness::{Answer, Who, World};

/// Expression, code and severity of every issue.
fn issues(answer: &Answer) -> Vec<(String, String, String)> {
    let outcome = answer.json();
    assert_eq!(outcome["resourceType"], "OperationOutcome", "{outcome}");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = outcome["issue"].as_array().unwrap().iter();
    all.map(|issue| (text(&issue["expression"][0]), text(&issue["code"]), text(&issue["severity"]))).collect()
}

fn errors(answer: &Answer) -> Vec<(String, String)> {
    let errors = issues(answer).into_iter().filter(|(.., severity)| severity == "error");
    errors.map(|(expression, code, _)| (expression, code)).collect()
}

fn told(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted.iter().map(|(expression, code)| ((*expression).to_owned(), (*code).to_owned())).collect()
}

const SECRET: &str = "zqxsegredo";

fn broken(patient: &str) -> Value {
    json!({
        "resourceType": "Observation", "status": SECRET, "category": { "text": SECRET },
        "code": { "coding": [{ "system": SECRET, "userSelected": SECRET }], "motivo": SECRET },
        "subject": { "reference": format!("Patient/{patient}") },
        "effectiveDateTime": SECRET,
        "valueString": SECRET, "valueInteger": 1,
        "performer": [{ "reference": "Medication/1" }],
        "component": [{ "valueQuantity": { "value": "7", "code": "kg" } }],
    })
}

const WRONG: &[(&str, &str)] = &[
    ("Observation.status", "code-invalid"),
    ("Observation.category", "structure"),
    ("Observation.code.coding[0].userSelected", "structure"),
    ("Observation.code.motivo", "structure"),
    ("Observation.effective", "value"),
    ("Observation.value", "structure"),
    ("Observation.performer[0].reference", "value"),
    ("Observation.component[0].value.value", "structure"),
    ("Observation.component[0].value", "invariant"),
    ("Observation.component[0]", "required"),
];

#[test]
fn what_is_not_valid_is_refused_with_every_problem_and_no_value() {
    let world = World::new();
    let doctor = world.doctor();
    let refused = doctor.request("POST", "/fhir/Observation").fhir(&broken(&world.patient)).send().is(422);
    assert_eq!(errors(&refused), told(WRONG), "{}", refused.text());
    assert!(!refused.text().contains(SECRET), "{}", refused.text());
    assert!(refused.text().contains("Falta este elemento obrigatório: code."), "{}", refused.text());
    let english =
        doctor.request("POST", "/fhir/Observation").header("Accept-Language", "en").fhir(&broken(&world.patient));
    assert!(english.send().is(422).text().contains("This required element is missing: code."));
    // An update and an entry of a transaction are looked at alike.
    let mut put = broken(&world.patient);
    put["id"] = "o1".into();
    assert_eq!(errors(&doctor.request("PUT", "/fhir/Observation/o1").fhir(&put).send().is(422)), told(WRONG));
    let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": [
        { "resource": { "resourceType": "Basic", "code": { "text": "x" } }, "request": { "method": "POST", "url": "Basic" } },
        { "resource": broken(&world.patient), "request": { "method": "POST", "url": "Observation" } },
    ]});
    let refused = doctor.request("POST", "/fhir").fhir(&bundle).send().is(422);
    let within: Vec<_> =
        WRONG.iter().map(|(path, code)| (path.replace("Observation", "Bundle.entry[1].resource"), *code)).collect();
    let within: Vec<_> = within.iter().map(|(path, code)| (path.as_str(), *code)).collect();
    assert_eq!(errors(&refused), told(&within));
    assert_eq!(doctor.get("/fhir/Observation?_summary=count").is(200).json()["total"], 0);
}

#[test]
fn what_is_not_valid_is_kept_and_tagged_where_that_is_asked_for() {
    let world = World::new();
    let doctor = world.doctor();
    let lenient = |method: &str, place: &str| {
        doctor.request(method, place).header("Prefer", "return=representation, validation=lenient")
    };
    let made = lenient("POST", "/fhir/Observation").fhir(&broken(&world.patient)).send().is(201);
    let tag = json!([{ "system": "urn:aroeira:fhir:validation", "code": "lenient" }]);
    assert_eq!(made.json()["meta"]["tag"], tag);
    assert_eq!(made.json()["valueString"], SECRET);
    let found = doctor.get("/fhir/Observation?_tag=urn:aroeira:fhir:validation|lenient&_summary=count").is(200);
    assert_eq!(found.json()["total"], 1);
    // What is valid has no tag, whatever was preferred; and loses it when it becomes valid.
    let valid = json!({ "resourceType": "Observation", "status": "final", "code": { "text": "peso" } });
    assert_eq!(lenient("POST", "/fhir/Observation").fhir(&valid).send().is(201).json()["meta"].get("tag"), None);
    let (id, mut mended) = (made.id(), valid);
    mended["id"] = id.clone().into();
    mended["meta"] = json!({ "tag": tag });
    let place = format!("/fhir/Observation/{id}");
    assert_eq!(lenient("PUT", &place).fhir(&mended).send().is(200).json()["meta"].get("tag"), None);
    // What is no resource at all is refused all the same.
    for text in [
        "{",
        "[]",
        "{}",
        r#"{"resourceType":"Nothing"}"#,
        r#"{"resourceType":"Observation","status":"a","status":"b"}"#,
    ] {
        let status = lenient("POST", "/fhir/Observation").body("application/fhir+json", text).send().status;
        assert!(matches!(status, 400 | 422), "{text}: {status}");
    }
    // And the clinic's own rules hold.
    let cpf = json!({ "resourceType": "Patient", "identifier": [{ "system": "http://rnds-fhir.saude.gov.br/NamingSystem/cpf", "value": "52998224726" }] });
    lenient("POST", "/fhir/Patient").fhir(&cpf).send().is(422);
}

#[test]
fn what_we_build_ourselves_is_valid() {
    let world = World::new();
    let doctor = world.doctor();
    for kind in ["Patient", "Composition", "Practitioner", "AllergyIntolerance", "Encounter", "Organization"] {
        let all = doctor.get(&format!("/fhir/{kind}?_count=100")).is(200).json();
        for entry in all["entry"].as_array().into_iter().flatten() {
            let place = format!("/fhir/{kind}/{}/$validate", entry["resource"]["id"].as_str().unwrap());
            let answer = doctor.get(&place).is(200);
            assert_eq!(errors(&answer), [], "{}: {}", answer.text(), entry["resource"]);
        }
        assert!(matches!(kind, "Encounter" | "AllergyIntolerance" | "Organization") || all["total"] != 0, "{kind}");
    }
}

#[test]
fn a_resource_is_validated_and_not_stored() {
    let world = World::new();
    let doctor = world.doctor();
    let post = |place: &str, body: &Value| doctor.request("POST", place).fhir(body).send();
    let answer = post("/fhir/Observation/$validate", &broken(&world.patient)).is(200);
    assert_eq!(errors(&answer), told(WRONG));
    assert!(!answer.text().contains(SECRET));
    let narrated = json!({ "resourceType": "Basic", "code": { "text": "x" },
        "text": { "status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>" } });
    let fine = post("/fhir/Basic/$validate", &narrated).is(200);
    assert_eq!(issues(&fine), [(String::new(), "informational".into(), "information".into())]);
    // What is no error is told here, and only here.
    let bare = json!({ "resourceType": "Basic", "code": { "text": "x" } });
    let answer = post("/fhir/Basic/$validate", &bare).is(200);
    assert_eq!(issues(&answer), [("Basic".into(), "invariant".into(), "warning".into())]);
    let wrapped = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "mode", "valueCode": "create" }, { "name": "resource", "resource": broken(&world.patient) },
    ]});
    assert_eq!(errors(&post("/fhir/Observation/$validate", &wrapped).is(200)), told(WRONG));
    // Parameters are a resource as well.
    let odd = json!({ "resourceType": "Parameters", "parameter": [{ "valueCode": "x" }] });
    assert_eq!(
        errors(&post("/fhir/Parameters/$validate", &odd).is(200)),
        told(&[("Parameters.parameter[0]", "required")])
    );
    post("/fhir/Observation/$validate?mode=none", &bare).is(422);
    let unknown = json!({ "resourceType": "Parameters", "parameter": [{ "name": "resource", "resource": bare }, { "name": "outro", "valueCode": "x" }] });
    post("/fhir/Observation/$validate", &unknown).is(400);
    post("/fhir/Observation/$validate", &bare).is(422);
    post("/fhir/Observation/$validate?mode=profile", &broken(&world.patient)).is(422);
    doctor.request("POST", "/fhir/Observation/$validate").send().is(422);
    assert_eq!(doctor.get("/fhir/Observation?_summary=count").is(200).json()["total"], 0);
}

#[test]
fn what_is_stored_is_validated_as_its_reader_sees_it() {
    let world = World::new();
    let (doctor, reception) = (world.doctor(), world.client(Who::Reception));
    let place = format!("/fhir/Patient/{}", world.patient);
    let mut next = doctor.get(&place).is(200).json();
    for client in [&doctor, &reception] {
        assert_eq!(errors(&client.get(&format!("{place}/$validate")).is(200)), []);
        assert_eq!(errors(&client.request("POST", &format!("{place}/$validate")).send().is(200)), []);
    }
    next["birthDate"] = SECRET.into();
    next["photo"] = json!({});
    let instance = format!("{place}/$validate");
    let seen = told(&[("Patient.birthDate", "value"), ("Patient.photo", "structure")]);
    let mut found = errors(&doctor.request("POST", &instance).fhir(&next).send().is(200));
    found.sort();
    assert_eq!(found, seen);
    // Of what a role does not see nothing is told to it.
    assert_eq!(errors(&reception.request("POST", &instance).fhir(&next).send().is(200)), seen[..1]);
    let stored = doctor.get(&place).is(200).json();
    assert_ne!(stored["birthDate"], SECRET);
    next["id"] = "outro".into();
    doctor.request("POST", &instance).fhir(&next).send().is(422);
    doctor.get("/fhir/Patient/nenhum/$validate").is(404);
}

fn profile(elements: &Value) -> Value {
    json!({ "resourceType": "StructureDefinition", "url": "http://x.y/adulto", "name": "Adulto", "status": "active",
        "kind": "resource", "abstract": false, "type": "Patient", "derivation": "constraint",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient", "differential": { "element": elements } })
}

#[test]
fn a_profile_that_the_clinic_has_loaded_is_followed() {
    let world = World::new();
    let doctor = world.doctor();
    let post = |kind: &str, body: &Value| doctor.request("POST", &format!("/fhir/{kind}")).fhir(body).send();
    let claims =
        json!({ "resourceType": "Patient", "meta": { "profile": ["http://x.y/adulto"] }, "name": [{ "text": "Ivo" }] });
    // A profile that nobody has loaded is a warning, which a write does not tell.
    post("Patient", &claims).is(201);
    let told = issues(&doctor.request("POST", "/fhir/Patient/$validate").fhir(&claims).send().is(200));
    assert!(told.contains(&("Patient.meta.profile[0]".into(), "not-found".into(), "warning".into())), "{told:?}");

    let born = json!([{ "id": "Patient.birthDate", "path": "Patient.birthDate", "min": 1 }]);
    let loaded = post("StructureDefinition", &profile(&born)).is(201);
    let missing = vec![("Patient".to_owned(), "required".to_owned())];
    assert_eq!(errors(&post("Patient", &claims).is(422)), missing);
    let mut whole = claims.clone();
    whole["birthDate"] = "1980-02-03".into();
    post("Patient", &whole).is(201);
    let bare = json!({ "resourceType": "Patient", "name": [{ "text": "Ivo" }] });
    post("Patient", &bare).is(201);
    let asked = |profile: &str| {
        let place = format!("/fhir/Patient/$validate?mode=profile&profile={profile}");
        errors(&doctor.request("POST", &place).fhir(&bare).send().is(200))
    };
    assert_eq!(asked("http://x.y/adulto"), missing);
    assert_eq!(asked("http://x.y/outro"), [("Patient".to_owned(), "not-found".to_owned())]);
    let parameters = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "profile", "valueCanonical": "http://x.y/adulto" }, { "name": "resource", "resource": bare } ]});
    let answer = doctor.request("POST", "/fhir/Patient/$validate").fhir(&parameters).send().is(200);
    assert_eq!(errors(&answer), missing);

    // The version in force counts, and none when it is deleted.
    let named = json!([{ "id": "Patient.name.family", "path": "Patient.name.family", "min": 1 }]);
    let mut next = profile(&named);
    next["id"] = loaded.id().into();
    let place = format!("/fhir/StructureDefinition/{}", loaded.id());
    doctor.request("PUT", &place).fhir(&next).send().is(200);
    assert_eq!(errors(&post("Patient", &whole).is(422)), [("Patient.name[0]".to_owned(), "required".to_owned())]);
    doctor.request("DELETE", &place).send().is(204);
    post("Patient", &claims).is(201);

    // A limit that moves with the clock is refused where it is posted.
    let adult = json!([{ "id": "Patient.birthDate", "path": "Patient.birthDate",
        "maxValueQuantity": { "value": 18, "unit": "anos", "system": "http://unitsofmeasure.org", "code": "a" } }]);
    let place = "StructureDefinition.differential.element[0].maxValueQuantity".to_owned();
    assert_eq!(errors(&post("StructureDefinition", &profile(&adult)).is(422)), [(place, "not-supported".to_owned())]);

    // Profiles that build on each other in a circle are none.
    for (own, base) in [("a", "b"), ("b", "a")] {
        let mut circle = profile(&born);
        circle["url"] = format!("http://x.y/{own}").into();
        circle["baseDefinition"] = format!("http://x.y/{base}").into();
        post("StructureDefinition", &circle).is(201);
    }
    assert_eq!(asked("http://x.y/a"), [("Patient".to_owned(), "not-found".to_owned())]);
}
