//! Every route x verb x role: one row for each route of the router, so that a new route without its row fails here.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{Client, PASSWORD, Request, Who, World, record};

/// How a request for a row is made, for one role. What it changes was made for it alone.
type Make = fn(&World, Who) -> Request;

/// What each role is answered: nobody, ADMIN, DOCTOR, NURSE, RECEPTION, PATIENT, AUDITOR.
struct Row(&'static str, [u16; 7], Make);

/// The table. A row whose route has words after a `#` is one more case of that route.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    //                                                 nobody ADMIN DOCT  NURS  RECE  PATI  AUDI
    Row("GET /api/medical-records",                    [401,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, "/api/medical-records")),
    Row("GET /api/medical-records # searched",         [401,  403,  200,  200,  403,  200,  403], |w, r| get(w, r, "/api/medical-records?q=hipertensao")),
    Row("GET /api/medical-records # by priority",      [401,  403,  200,  200,  403,  200,  403], |w, r| get(w, r, "/api/medical-records?priority=HIGH")),
    Row("GET /api/medical-records # sorted by title",  [401,  403,  200,  200,  403,  200,  403], |w, r| get(w, r, "/api/medical-records?sort=title")),
    Row("POST /api/medical-records",                   [401,  403,  201,  201,  403,  403,  403], |w, r| c(w, r).request("POST", "/api/medical-records").json(&record(&w.patient, "Consulta"))),
    Row("GET /api/medical-records/{id}",               [401,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, &format!("/api/medical-records/{}", w.record))),
    Row("GET /api/medical-records/{id} # another's",   [401,  200,  200,  200,  200,  404,  403], |w, r| get(w, r, &format!("/api/medical-records/{}", w.other_record))),
    Row("PUT /api/medical-records/{id}",               [401,  403,  200,  200,  403,  403,  403], |w, r| amend(w, r, &own_record(w, r))),
    Row("PUT /api/medical-records/{id} # a doctor's",  [401,  403,  200,  403,  403,  403,  403], |w, r| amend(w, r, &a_record(w))),
    Row("DELETE /api/medical-records/{id}",            [401,  403,  204,  204,  403,  403,  403], |w, r| delete(w, r, "medical-records", &own_record(w, r))),
    Row("DELETE /api/medical-records/{id} # a doctor's", [401, 403, 204,  403,  403,  403,  403], |w, r| delete(w, r, "medical-records", &a_record(w))),
    Row("POST /api/medical-records/{id}/restore",      [401,  200,  403,  403,  403,  403,  403], |w, r| c(w, r).request("POST", &format!("/api/medical-records/{}/restore", a_deleted_record(w))).json(&reason())),
    Row("GET /api/medical-records/{id}/history",       [401,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, &format!("/api/medical-records/{}/history", w.record))),
    Row("GET /api/medical-records/{id}/history # another's", [401, 200, 200, 200, 200, 404, 403], |w, r| get(w, r, &format!("/api/medical-records/{}/history", w.other_record))),

    Row("GET /api/patients",                           [401,  200,  200,  200,  200,  403,  403], |w, r| get(w, r, "/api/patients")),
    Row("POST /api/patients",                          [401,  403,  201,  201,  201,  403,  403], |w, r| c(w, r).request("POST", "/api/patients").json(&json!({ "name": "Nova Pessoa" }))),
    Row("GET /api/patients/{id}",                      [401,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, &format!("/api/patients/{}", w.patient))),
    Row("GET /api/patients/{id} # another's",          [401,  200,  200,  200,  200,  404,  403], |w, r| get(w, r, &format!("/api/patients/{}", w.other_patient))),
    Row("PUT /api/patients/{id}",                      [401,  200,  200,  200,  200,  403,  403], |w, r| c(w, r).request("PUT", &format!("/api/patients/{}", a_patient(w))).header("If-Match", "W/\"1\"").json(&json!({ "name": "Outro Nome" }))),
    Row("DELETE /api/patients/{id}",                   [401,  403,  204,  403,  204,  403,  403], |w, r| delete(w, r, "patients", &a_patient(w))),
    Row("POST /api/patients/{id}/restore",             [401,  200,  403,  403,  403,  403,  403], |w, r| c(w, r).request("POST", &format!("/api/patients/{}/restore", a_deleted_patient(w))).json(&reason())),
    Row("GET /api/patients/{id}/history",              [401,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, &format!("/api/patients/{}/history", w.patient))),

    Row("GET /api/users",                              [401,  200,  403,  403,  403,  403,  200], |w, r| get(w, r, "/api/users")),
    Row("POST /api/users",                             [401,  201,  403,  403,  403,  403,  403], |w, r| c(w, r).request("POST", "/api/users").json(&json!({ "email": "nova@example.org", "name": "Nova", "role": "NURSE", "password": PASSWORD }))),
    Row("GET /api/users/{id}",                         [401,  200,  403,  403,  403,  403,  200], |w, r| get(w, r, &format!("/api/users/{}", w.user(Who::Nurse)))),
    Row("PUT /api/users/{id}",                         [401,  200,  403,  403,  403,  403,  403], |w, r| c(w, r).request("PUT", &format!("/api/users/{}", a_user(w))).header("If-Match", "W/\"1\"").json(&json!({ "name": "Outro Nome" }))),
    Row("POST /api/users/{id}/reset-password",         [401,  200,  403,  403,  403,  403,  403], |w, r| c(w, r).request("POST", &format!("/api/users/{}/reset-password", a_user(w))).json(&json!({}))),

    Row("GET /api/audit",                              [401,  403,  403,  403,  403,  403,  200], |w, r| get(w, r, "/api/audit")),
    Row("GET /api/audit/verify",                       [401,  403,  403,  403,  403,  403,  200], |w, r| get(w, r, "/api/audit/verify")),
    Row("GET /api/emergency-accesses",                 [401,  200,  403,  403,  403,  403,  200], |w, r| get(w, r, "/api/emergency-accesses")),
    Row("POST /api/emergency-accesses",                [401,  403,  201,  201,  403,  403,  403], |w, r| c(w, r).request("POST", "/api/emergency-accesses").json(&json!({ "patientId": w.patient, "reason": "Parada no corredor" }))),
    Row("GET /api/drafts/{target}",                    [401,  403,  404,  404,  403,  403,  403], |w, r| get(w, r, "/api/drafts/ninguem")),
    Row("PUT /api/drafts/{target}",                    [401,  403,  200,  200,  403,  403,  403], |w, r| c(w, r).request("PUT", &format!("/api/drafts/new-{}", w.patient)).json(&json!({ "baseVersion": 0, "fields": { "title": ["x"] } }))),
    Row("DELETE /api/drafts/{target}",                 [401,  403,  204,  204,  403,  403,  403], |w, r| c(w, r).request("DELETE", &format!("/api/drafts/new-{}", w.patient))),

    // Anybody signed in, for themselves alone.
    Row("POST /api/sessions",                          [201,  201,  201,  201,  201,  201,  201], |w, r| c(w, r).request("POST", "/api/sessions").json(&sign_in(r))),
    Row("GET /api/sessions",                           [401,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/api/sessions")),
    Row("DELETE /api/sessions/current",                [401,  204,  204,  204,  204,  204,  204], |w, r| another_session(w, r).request("DELETE", "/api/sessions/current")),
    Row("DELETE /api/sessions/{id}",                   [401,  204,  204,  204,  204,  204,  204], |w, r| c(w, r).request("DELETE", &format!("/api/sessions/{}", session_id(&another_session(w, r))))),
    Row("DELETE /api/sessions/{id} # another's",       [401,  404,  404,  404,  404,  404,  404], |w, r| c(w, r).request("DELETE", &format!("/api/sessions/{}", session_id(&a_stranger(w))))),
    Row("GET /api/me",                                 [401,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/api/me")),
    Row("PUT /api/me/password",                        [401,  422,  422,  422,  422,  422,  422], |w, r| c(w, r).request("PUT", "/api/me/password").json(&json!({ "current": PASSWORD, "new": "curta" }))),
    Row("POST /api/me/totp",                           [401,  201,  201,  201,  201,  201,  201], |w, r| c(w, r).request("POST", "/api/me/totp").json(&json!({ "password": PASSWORD }))),
    Row("POST /api/me/totp/confirm # wrong code",      [401,  401,  401,  401,  401,  401,  401], |w, r| c(w, r).request("POST", "/api/me/totp/confirm").json(&json!({ "code": "x" }))),
    Row("DELETE /api/me/totp",                         [401,  204,  204,  204,  204,  204,  204], |w, r| c(w, r).request("DELETE", "/api/me/totp").json(&json!({ "password": PASSWORD }))),
    Row("POST /api/me/terms",                          [401,  204,  204,  204,  204,  204,  204], |w, r| c(w, r).request("POST", "/api/me/terms")),

    // Nobody has to sign in.
    Row("GET /api/openapi.json",                       [200,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/api/openapi.json")),
    Row("GET /api/docs",                               [200,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/api/docs")),
    Row("GET /api/health",                             [200,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/api/health")),
    Row("GET /api/health/live",                        [200,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/api/health/live")),
    Row("GET /api/health/ready",                       [200,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/api/health/ready")),
    Row("GET /metrics",                                [200,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/metrics")),
    Row("GET /assets/{name}",                          [200,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, &an_asset(w))),
    Row("GET /favicon.ico",                            [200,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/favicon.ico")),
    Row("GET /favicon.svg",                            [200,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/favicon.svg")),
    Row("GET /manifest.webmanifest",                   [200,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/manifest.webmanifest")),

    // FHIR: clinical types, administrative ones, and records, of which some know the existence alone.
    Row("POST /fhir",                                  [401,  403,  200,  200,  403,  403,  403], |w, r| c(w, r).request("POST", "/fhir").fhir(&bundle(&w.patient))),
    Row("POST /fhir/{type}",                           [401,  403,  201,  201,  403,  403,  403], |w, r| c(w, r).request("POST", "/fhir/Observation").fhir(&observation(None, &w.patient))),
    Row("GET /fhir",                                   [401,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, "/fhir?_count=1")),
    Row("GET /fhir # a clinical type",                 [401,  403,  200,  200,  403,  200,  403], |w, r| get(w, r, "/fhir?_type=Appointment,Observation")),
    Row("POST /fhir/_search",                          [401,  200,  200,  200,  200,  200,  403], |w, r| c(w, r).request("POST", "/fhir/_search").form(&[("_lastUpdated", "gt2000")])),
    Row("POST /fhir/{type} # Condition",               [401,  403,  201,  403,  403,  403,  403], |w, r| c(w, r).request("POST", "/fhir/Condition").fhir(&condition(None, &w.patient))),
    Row("POST /fhir/{type} # Location",                [401,  201,  201,  403,  403,  403,  403], |w, r| c(w, r).request("POST", "/fhir/Location").fhir(&json!({ "resourceType": "Location", "name": "Sala 2" }))),
    Row("POST /fhir/{type} # Appointment",             [401,  403,  201,  201,  201,  403,  403], |w, r| c(w, r).request("POST", "/fhir/Appointment").fhir(&appointment(&w.patient))),
    Row("GET /fhir/{type}",                            [401,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, "/fhir/Composition?_count=1")),
    Row("GET /fhir/{type} # a clinical parameter",     [401,  403,  200,  200,  403,  200,  403], |w, r| get(w, r, "/fhir/Composition?title=consulta")),
    Row("GET /fhir/{type} # Observation",              [401,  403,  200,  200,  403,  200,  403], |w, r| get(w, r, "/fhir/Observation")),
    Row("GET /fhir/{type} # through another type",     [401,  403,  200,  200,  403,  403,  403], |w, r| get(w, r, "/fhir/Patient?_has:Observation:patient:status=final")),
    Row("GET /fhir/{type} # a document",               [401,  403,  200,  200,  200,  403,  403], |w, r| get(w, r, "/fhir/Patient?identifier=12345678909")),
    Row("POST /fhir/{type}/_search",                   [401,  200,  200,  200,  200,  403,  403], |w, r| c(w, r).request("POST", "/fhir/Patient/_search").form(&[("_count", "1")])),
    Row("GET /fhir/{type}/{id}/{member}",              [401,  403,  200,  200,  403,  200,  403], |w, r| get(w, r, &format!("/fhir/Patient/{}/Observation?status=final", w.patient))),
    Row("GET /fhir/{type}/{id}/{member} # records",    [401,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, &format!("/fhir/Patient/{}/Composition?_count=1", w.patient))),
    Row("GET /fhir/{type}/{id}/{member} # all types",  [401,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, &format!("/fhir/Patient/{}/*", w.patient))),
    Row("GET /fhir/{type}/{id}/{member} # another's",  [401,  403,  200,  200,  403,  200,  403], |w, r| get(w, r, &format!("/fhir/Patient/{}/Observation", w.other_patient))),
    Row("POST /fhir/{type}/{id}/{member}/_search",     [401,  403,  200,  200,  403,  200,  403], |w, r| c(w, r).request("POST", &format!("/fhir/Patient/{}/Observation/_search", w.patient)).form(&[("status", "final")])),
    Row("GET /fhir/SearchParameter/{id}/$reindex",     [401,  404,  404,  404,  403,  404,  403], |w, r| get(w, r, "/fhir/SearchParameter/none/$reindex")),
    Row("POST /fhir/SearchParameter/{id}/$reindex",    [401,  404,  404,  403,  403,  403,  403], |w, r| c(w, r).request("POST", "/fhir/SearchParameter/none/$reindex")),
    Row("POST /fhir/{type}/$validate",                 [401,  403,  200,  200,  403,  200,  403], |w, r| c(w, r).request("POST", "/fhir/Observation/$validate").fhir(&observation(None, &w.patient))),
    Row("GET /fhir/{type}/{id}/$validate",             [401,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, &format!("/fhir/Composition/{}/$validate", w.record))),
    Row("GET /fhir/{type}/{id}/$validate # another's", [401,  200,  200,  200,  200,  404,  403], |w, r| get(w, r, &format!("/fhir/Composition/{}/$validate", w.other_record))),
    Row("POST /fhir/{type}/{id}/$validate",            [401,  403,  200,  200,  403,  200,  403], |w, r| { let id = an_observation(w); c(w, r).request("POST", &format!("/fhir/Observation/{id}/$validate")).fhir(&observation(Some(&id), &w.patient)) }),
    Row("GET /fhir/{type}/{id}",                       [401,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, &format!("/fhir/Composition/{}", w.record))),
    Row("GET /fhir/{type}/{id} # another's",           [401,  200,  200,  200,  200,  404,  403], |w, r| get(w, r, &format!("/fhir/Composition/{}", w.other_record))),
    Row("GET /fhir/{type}/{id} # Observation",         [401,  403,  200,  200,  403,  200,  403], |w, r| get(w, r, &format!("/fhir/Observation/{}", an_observation(w)))),
    Row("GET /fhir/{type}/{id} # Practitioner",        [401,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, &format!("/fhir/Practitioner/{}", w.user(Who::Doctor)))),
    Row("GET /fhir/{type}/{id} # Patient",             [401,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, &format!("/fhir/Patient/{}", w.patient))),
    Row("PUT /fhir/{type}/{id}",                       [401,  403,  200,  200,  403,  403,  403], |w, r| { let id = an_observation(w); c(w, r).request("PUT", &format!("/fhir/Observation/{id}")).fhir(&observation(Some(&id), &w.patient)) }),
    Row("PUT /fhir/{type}/{id} # a new id",            [401,  403,  201,  201,  403,  403,  403], |w, r| { let id = format!("novo-{}", r as u8); c(w, r).request("PUT", &format!("/fhir/Observation/{id}")).fhir(&observation(Some(&id), &w.patient)) }),
    Row("PUT /fhir/{type}/{id} # another's record",    [401,  403,  200,  403,  403,  403,  403], fhir_amendment),
    Row("DELETE /fhir/{type}/{id}",                    [401,  403,  204,  403,  403,  403,  403], |w, r| c(w, r).request("DELETE", &format!("/fhir/Observation/{}", an_observation(w)))),
    Row("GET /fhir/metadata",                          [200,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/fhir/metadata")),
    Row("POST /fhir # a batch",                        [401,  200,  200,  200,  200,  200,  200], |w, r| c(w, r).request("POST", "/fhir").fhir(&json!({ "resourceType": "Bundle", "type": "batch" }))),
    Row("GET /fhir/_history",                          [401,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/fhir/_history")),
    Row("GET /fhir/{type}/_history",                   [401,  403,  200,  200,  403,  200,  403], |w, r| get(w, r, "/fhir/Observation/_history")),
    Row("PUT /fhir/{type}",                            [401,  403,  201,  201,  403,  403,  403], |w, r| c(w, r).request("PUT", &format!("/fhir/Observation?identifier=put-{}", r as u8)).fhir(&observation(None, &w.patient))),
    Row("PATCH /fhir/{type}",                          [401,  403,  404,  404,  403,  403,  403], |w, r| patch(c(w, r), "/fhir/Observation?identifier=nenhum")),
    Row("DELETE /fhir/{type}",                         [401,  403,  204,  403,  403,  403,  403], |w, r| c(w, r).request("DELETE", "/fhir/Observation?identifier=nenhum")),
    Row("PATCH /fhir/{type}/{id}",                     [401,  403,  200,  200,  403,  403,  403], |w, r| patch(c(w, r), &format!("/fhir/Observation/{}", an_observation(w)))),
    Row("PATCH /fhir/{type}/{id} # Patient",           [401,  200,  200,  200,  200,  403,  403], |w, r| c(w, r).request("PATCH", &format!("/fhir/Patient/{}", a_patient(w))).body("application/json-patch+json", r#"[{"op":"add","path":"/gender","value":"female"}]"#)),
    Row("GET /fhir/{type}/$lastn",                     [401,  403,  200,  200,  403,  200,  403], |w, r| get(w, r, &format!("/fhir/Observation/$lastn?patient={}&code=x", w.patient))),
    Row("POST /fhir/{type}/$lastn",                    [401,  403,  200,  200,  403,  200,  403], |w, r| c(w, r).request("POST", &format!("/fhir/Observation/$lastn?patient={}&code=x", w.patient))),
    Row("GET /fhir/{type}/{id}/$everything",           [401,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, &format!("/fhir/Patient/{}/$everything", w.patient))),
    Row("GET /fhir/{type}/{id}/$everything # another's", [401, 200, 200, 200, 200, 404, 403], |w, r| get(w, r, &format!("/fhir/Patient/{}/$everything", w.other_patient))),
    Row("POST /fhir/{type}/{id}/$everything",          [401,  200,  200,  200,  200,  200,  403], |w, r| c(w, r).request("POST", &format!("/fhir/Patient/{}/$everything", w.patient))),
    Row("GET /fhir/{type}/{id}/$diff",                 [401,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, &format!("/fhir/Composition/{}/$diff", w.record))),
    Row("GET /fhir/{type}/{id}/$diff # another's",     [401,  200,  200,  200,  200,  404,  403], |w, r| get(w, r, &format!("/fhir/Composition/{}/$diff", w.other_record))),
    Row("GET /fhir/{type}/{id}/_history",              [401,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, &format!("/fhir/Composition/{}/_history", w.record))),
    Row("GET /fhir/{type}/{id}/_history/{vid}",        [401,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, &format!("/fhir/Composition/{}/_history/1", w.record))),
    Row("POST /fhir/{type}/$match",                    [401,  200,  200,  200,  200,  403,  403], |w, r| c(w, r).request("POST", "/fhir/Patient/$match").fhir(&json!({ "resourceType": "Patient", "name": [{ "text": "Ana Lima" }] }))),

    // Terminology of the specification: whoever is signed in. A value set by its id is a record of the clinic.
    Row("GET /fhir/ValueSet/$expand",                  [401,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/fhir/ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/administrative-gender")),
    Row("POST /fhir/ValueSet/$expand",                 [401,  200,  200,  200,  200,  200,  200], |w, r| ask(w, r, "ValueSet/$expand", &[("url", "valueUri", "http://hl7.org/fhir/ValueSet/administrative-gender")])),
    Row("GET /fhir/ValueSet/{id}/$expand",             [401,  403,  200,  200,  403,  404,  403], |w, r| get(w, r, &format!("/fhir/ValueSet/{}/$expand", a_value_set(w)))),
    Row("GET /fhir/ValueSet/$validate-code",           [401,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/fhir/ValueSet/$validate-code?url=http://hl7.org/fhir/ValueSet/administrative-gender&code=male")),
    Row("POST /fhir/ValueSet/$validate-code",          [401,  200,  200,  200,  200,  200,  200], |w, r| ask(w, r, "ValueSet/$validate-code", &[("url", "valueUri", "http://hl7.org/fhir/ValueSet/administrative-gender"), ("code", "valueCode", "male")])),
    Row("GET /fhir/CodeSystem/$validate-code",         [401,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/fhir/CodeSystem/$validate-code?url=http://hl7.org/fhir/administrative-gender&code=male")),
    Row("POST /fhir/CodeSystem/$validate-code",        [401,  200,  200,  200,  200,  200,  200], |w, r| ask(w, r, "CodeSystem/$validate-code", &[("url", "valueUri", "http://hl7.org/fhir/administrative-gender"), ("code", "valueCode", "male")])),
    Row("GET /fhir/CodeSystem/$lookup",                [401,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/fhir/CodeSystem/$lookup?system=http://hl7.org/fhir/administrative-gender&code=male")),
    Row("POST /fhir/CodeSystem/$lookup",               [401,  200,  200,  200,  200,  200,  200], |w, r| ask(w, r, "CodeSystem/$lookup", &[("system", "valueUri", "http://hl7.org/fhir/administrative-gender"), ("code", "valueCode", "male")])),
    Row("GET /fhir/CodeSystem/$subsumes",              [401,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/fhir/CodeSystem/$subsumes?system=http://hl7.org/fhir/administrative-gender&codeA=male&codeB=male")),
    Row("POST /fhir/CodeSystem/$subsumes",             [401,  200,  200,  200,  200,  200,  200], |w, r| ask(w, r, "CodeSystem/$subsumes", &[("system", "valueUri", "http://hl7.org/fhir/administrative-gender"), ("codeA", "valueCode", "male"), ("codeB", "valueCode", "male")])),

    // Pages: nobody is sent to sign in, but from where only somebody who began to can come.
    Row("GET /",                                       [303,  303,  303,  303,  303,  303,  303], |w, r| get(w, r, "/")),
    Row("GET /login",                                  [200,  303,  303,  303,  303,  303,  303], |w, r| get(w, r, "/login")),
    Row("POST /login",                                 [303,  303,  303,  303,  303,  303,  303], |w, r| form(w, r, "/login", &[("clinic", "saude-viva"), ("email", email(r)), ("password", PASSWORD)])),
    Row("POST /logout",                                [303,  303,  303,  303,  303,  303,  303], |w, r| another_session(w, r).request("POST", "/logout").form(&[])),
    Row("POST /lock",                                  [401,  303,  303,  303,  303,  303,  303], |w, r| another_session(w, r).request("POST", "/lock").form(&[])),
    Row("GET /locked",                                 [303,  303,  303,  303,  303,  303,  303], |w, r| get(w, r, "/locked")),
    Row("POST /locked",                                [401,  303,  303,  303,  303,  303,  303], |w, r| another_session(w, r).request("POST", "/locked").form(&[("password", PASSWORD)])),
    Row("GET /password",                               [303,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/password")),
    Row("POST /password",                              [401,  422,  422,  422,  422,  422,  422], |w, r| form(w, r, "/password", &[("current", PASSWORD), ("new", "curta"), ("again", "curta"), ("repeat", "curta")])),
    Row("GET /terms",                                  [200,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/terms")),
    Row("POST /terms",                                 [401,  303,  303,  303,  303,  303,  303], |w, r| form(w, r, "/terms", &[])),
    Row("POST /language",                              [303,  303,  303,  303,  303,  303,  303], |w, r| form(w, r, "/language", &[("language", "en"), ("next", "/login")])),
    Row("POST /theme",                                 [303,  303,  303,  303,  303,  303,  303], |w, r| form(w, r, "/theme", &[("theme", "dark"), ("next", "/login")])),
    Row("GET /sessions",                               [303,  200,  200,  200,  200,  200,  200], |w, r| get(w, r, "/sessions")),
    Row("POST /sessions/end",                          [303,  303,  303,  303,  303,  303,  303], |w, r| { let id = session_id(&another_session(w, r)); form(w, r, "/sessions/end", &[("id", id.as_str())]) }),
    Row("POST /sessions/totp",                         [303,  200,  200,  200,  200,  200,  200], |w, r| form(w, r, "/sessions/totp", &[("password", PASSWORD)])),
    Row("POST /sessions/totp/confirm",                 [303,  422,  422,  422,  422,  422,  422], |w, r| form(w, r, "/sessions/totp/confirm", &[("code", "x")])),
    Row("POST /sessions/totp/drop",                    [303,  303,  303,  303,  303,  303,  303], |w, r| form(w, r, "/sessions/totp/drop", &[("password", PASSWORD)])),
    Row("GET /patients",                               [303,  200,  200,  200,  200,  403,  403], |w, r| get(w, r, "/patients")),
    Row("POST /patients",                              [303,  200,  200,  200,  200,  403,  403], |w, r| form(w, r, "/patients", &[("q", "Rosa")])),
    Row("POST /patients/find",                         [303,  200,  200,  200,  200,  403,  403], |w, r| form(w, r, "/patients/find", &[("q", "Rosa")])),
    Row("GET /patients/new",                           [303,  403,  200,  200,  200,  403,  403], |w, r| get(w, r, "/patients/new")),
    Row("POST /patients/new",                          [303,  403,  303,  303,  303,  403,  403], |w, r| form(w, r, "/patients/new", &[("name", "Nova Pessoa"), ("sex", "unknown"), ("allergyStatus", "unknown")])),
    Row("GET /patients/{id}",                          [303,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, &format!("/patients/{}", w.patient))),
    Row("GET /patients/{id} # another's",              [303,  200,  200,  200,  200,  404,  403], |w, r| get(w, r, &format!("/patients/{}", w.other_patient))),
    Row("POST /patients/{id}",                         [303,  200,  200,  200,  200,  200,  403], |w, r| form(w, r, &format!("/patients/{}", w.patient), &[])),
    Row("GET /patients/{id}/edit",                     [303,  200,  200,  200,  200,  403,  403], |w, r| get(w, r, &format!("/patients/{}/edit", w.patient))),
    Row("POST /patients/{id}/edit",                    [303,  303,  303,  303,  303,  403,  403], |w, r| form(w, r, &format!("/patients/{}/edit", if r == Who::Patient { w.patient.clone() } else { a_patient(w) }), &[("name", "Outro Nome"), ("version", "1"), ("sex", "unknown")])),
    Row("POST /patients/{id}/delete",                  [303,  403,  303,  403,  303,  403,  403], |w, r| form(w, r, &format!("/patients/{}/delete", a_patient(w)), &[("version", "1"), ("reason", "cadastro em dobro")])),
    Row("GET /patients/{id}/restore",                  [303,  200,  403,  403,  403,  403,  403], |w, r| get(w, r, &format!("/patients/{}/restore", a_deleted_patient(w)))),
    Row("POST /patients/{id}/restore",                 [303,  303,  403,  403,  403,  403,  403], |w, r| form(w, r, &format!("/patients/{}/restore", a_deleted_patient(w)), &[("reason", "engano")])),
    Row("GET /records",                                [303,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, "/records")),
    Row("POST /records",                               [303,  200,  200,  200,  200,  200,  403], |w, r| form(w, r, "/records", &[("q", "hipertensao")])),
    Row("GET /records/new",                            [303,  403,  200,  200,  403,  403,  403], |w, r| get(w, r, &format!("/records/new?patient={}", w.patient))),
    Row("POST /records/new",                           [303,  403,  303,  303,  403,  403,  403], |w, r| { let mut pairs = written(); pairs.push(("patientId", &w.patient)); form(w, r, "/records/new", &pairs) }),
    Row("GET /records/{id}",                           [303,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, &format!("/records/{}", w.record))),
    Row("GET /records/{id} # another's",               [303,  200,  200,  200,  200,  404,  403], |w, r| get(w, r, &format!("/records/{}", w.other_record))),
    Row("GET /records/{id}/amend",                     [303,  403,  200,  200,  403,  403,  403], |w, r| get(w, r, &format!("/records/{}/amend", own_record(w, r)))),
    Row("POST /records/{id}/amend",                    [303,  403,  303,  303,  403,  403,  403], |w, r| { let mut pairs = written(); pairs.extend([("version", "1"), ("reason", "corrigido")]); form(w, r, &format!("/records/{}/amend", own_record(w, r)), &pairs) }),
    Row("POST /records/{id}/discard",                  [303,  403,  303,  303,  403,  403,  403], |w, r| form(w, r, &format!("/records/{}/discard", w.record), &[])),
    Row("GET /records/{id}/history",                   [303,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, &format!("/records/{}/history", w.record))),
    Row("GET /records/{id}/print",                     [303,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, &format!("/records/{}/print", w.record))),
    Row("GET /records/{id}/delete",                    [303,  403,  200,  200,  403,  403,  403], |w, r| get(w, r, &format!("/records/{}/delete", own_record(w, r)))),
    Row("POST /records/{id}/delete",                   [303,  403,  303,  303,  403,  403,  403], |w, r| form(w, r, &format!("/records/{}/delete", own_record(w, r)), &[("version", "1"), ("reason", "engano")])),
    Row("GET /records/{id}/restore",                   [303,  200,  403,  403,  403,  403,  403], |w, r| get(w, r, &format!("/records/{}/restore", a_deleted_record(w)))),
    Row("POST /records/{id}/restore",                  [303,  303,  403,  403,  403,  403,  403], |w, r| form(w, r, &format!("/records/{}/restore", a_deleted_record(w)), &[("reason", "engano")])),
    Row("GET /users",                                  [303,  200,  403,  403,  403,  403,  200], |w, r| get(w, r, "/users")),
    Row("POST /users",                                 [303,  200,  403,  403,  403,  403,  200], |w, r| form(w, r, "/users", &[("q", "rui")])),
    Row("GET /users/new",                              [303,  200,  403,  403,  403,  403,  403], |w, r| get(w, r, "/users/new")),
    Row("POST /users/new",                             [303,  200,  403,  403,  403,  403,  403], |w, r| form(w, r, "/users/new", &[("email", "outra@example.org"), ("name", "Outra"), ("role", "NURSE")])),
    Row("GET /users/{id}",                             [303,  200,  403,  403,  403,  403,  200], |w, r| get(w, r, &format!("/users/{}", w.user(Who::Nurse)))),
    Row("POST /users/{id}",                            [303,  303,  403,  403,  403,  403,  403], |w, r| form(w, r, &format!("/users/{}", a_user(w)), &[("name", "Outro Nome"), ("version", "1")])),
    Row("POST /users/{id}/password",                   [303,  200,  403,  403,  403,  403,  403], |w, r| form(w, r, &format!("/users/{}/password", a_user(w)), &[])),
    Row("POST /users/{id}/active",                     [303,  303,  403,  403,  403,  403,  403], |w, r| form(w, r, &format!("/users/{}/active", a_user(w)), &[("active", "no"), ("version", "1")])),
    Row("GET /audit",                                  [303,  403,  403,  403,  403,  403,  200], |w, r| get(w, r, "/audit")),
    Row("POST /audit",                                 [303,  403,  403,  403,  403,  403,  200], |w, r| form(w, r, "/audit", &[("event", "read")])),
    Row("POST /audit/verify",                          [303,  403,  403,  403,  403,  403,  200], |w, r| form(w, r, "/audit/verify", &[])),
    Row("GET /console",                                [303,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, "/console")),
    Row("POST /console",                               [303,  200,  200,  200,  200,  200,  403], |w, r| form(w, r, "/console", &[("call", "Composition?_count=1")])),
    Row("GET /console/capabilities",                   [303,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, "/console/capabilities")),
    Row("POST /console/capabilities",                  [303,  303,  303,  303,  303,  303,  403], |w, r| form(w, r, "/console/capabilities", &[("type", "Patient")])),
    Row("GET /console/capabilities/{type}",            [303,  200,  200,  200,  200,  200,  403], |w, r| get(w, r, "/console/capabilities/Observation")),
    Row("GET /console/capabilities/{type} # of none",  [303,  404,  404,  404,  404,  404,  403], |w, r| get(w, r, "/console/capabilities/Nada")),
    Row("GET /emergency",                              [303,  200,  403,  403,  403,  403,  200], |w, r| get(w, r, "/emergency")),
    Row("POST /emergency",                             [303,  200,  403,  403,  403,  403,  200], |w, r| form(w, r, "/emergency", &[])),
    Row("POST /emergency/open",                        [303,  403,  303,  303,  403,  403,  403], |w, r| form(w, r, "/emergency/open", &[("patient", w.patient.as_str()), ("reason", "Parada no corredor")])),
];

fn c(world: &World, who: Who) -> &Client {
    world.client(who)
}

fn get(world: &World, who: Who, path: &str) -> Request {
    c(world, who).request("GET", path)
}

fn form(world: &World, who: Who, path: &str, pairs: &[(&str, &str)]) -> Request {
    c(world, who).request("POST", path).form(pairs)
}

fn reason() -> Value {
    json!({ "reason": "excluído por engano" })
}

/// Of a form that writes a record.
fn written() -> Vec<(&'static str, &'static str)> {
    vec![
        ("title", "Consulta"),
        ("type", "consultation"),
        ("date", "04/03/2026"),
        ("time", "10:30"),
        ("priority", "NORMAL"),
        ("status", "final"),
        ("diagnosis", "Hipertensão."),
        ("treatment", ""),
        ("notes", ""),
    ]
}

fn a_patient(world: &World) -> String {
    world.new_patient("Alguém de Passagem", None)
}

fn a_deleted_patient(world: &World) -> String {
    let id = a_patient(world);
    world.doctor().delete(&format!("/api/patients/{id}"), "W/\"1\"", "engano").is(204);
    id
}

fn a_record(world: &World) -> String {
    world.new_record(&world.patient, "Do médico")
}

fn a_deleted_record(world: &World) -> String {
    let id = a_record(world);
    world.doctor().delete(&format!("/api/medical-records/{id}"), "W/\"1\"", "engano").is(204);
    id
}

/// By whoever asks, where their role writes records; else by a doctor.
fn own_record(world: &World, who: Who) -> String {
    let author = if who == Who::Nurse { Who::Nurse } else { Who::Doctor };
    c(world, author).post("/api/medical-records", &record(&world.patient, "Meu")).is(201).id()
}

fn amend(world: &World, who: Who, id: &str) -> Request {
    let body = json!({ "notes": "Outra nota.", "reason": "faltava uma nota" });
    c(world, who).request("PUT", &format!("/api/medical-records/{id}")).header("If-Match", "W/\"1\"").json(&body)
}

fn delete(world: &World, who: Who, kind: &str, id: &str) -> Request {
    c(world, who).request("DELETE", &format!("/api/{kind}/{id}")).header("If-Match", "W/\"1\"").json(&reason())
}

fn a_user(world: &World) -> String {
    let unique = world.client(Who::Admin).get("/api/users?limit=1").is(200).json()["total"].to_string();
    let body = json!({ "email": format!("u{unique}@example.org"), "name": "De Passagem", "role": "NURSE", "password": PASSWORD });
    world.client(Who::Admin).post("/api/users", &body).is(201).id()
}

fn a_stranger(world: &World) -> Client {
    let id = a_user(world);
    let user = world.client(Who::Admin).get(&format!("/api/users/{id}")).is(200).json();
    world.client(Who::Nobody).signed_in(user["email"].as_str().unwrap(), PASSWORD)
}

fn email(who: Who) -> &'static str {
    match who {
        Who::Admin => "ana@example.org",
        Who::Doctor | Who::Nobody => "doctor@example.org",
        Who::Nurse => "nurse@example.org",
        Who::Reception => "reception@example.org",
        Who::Patient => "patient@example.org",
        Who::Auditor => "auditor@example.org",
    }
}

fn sign_in(who: Who) -> Value {
    json!({ "clinic": "saude-viva", "email": email(who), "password": PASSWORD })
}

/// One that may end; nobody stays nobody.
fn another_session(world: &World, who: Who) -> Client {
    let nobody = world.client(Who::Nobody);
    if who == Who::Nobody { nobody.clone() } else { nobody.signed_in(email(who), PASSWORD) }
}

fn session_id(client: &Client) -> String {
    client.get("/api/me").json()["session"].as_str().unwrap_or("nenhuma").to_owned()
}

/// One that a page names.
fn an_asset(world: &World) -> String {
    let page = world.client(Who::Nobody).get("/login").is(200).text();
    let from = page.find("/assets/").unwrap();
    page[from..].split('"').next().unwrap().to_owned()
}

fn observation(id: Option<&str>, patient: &str) -> Value {
    let mut observation = json!({
        "resourceType": "Observation", "status": "final", "code": { "text": "peso" },
        "subject": { "reference": format!("Patient/{patient}") }, "valueQuantity": { "value": 71.50, "unit": "kg" },
    });
    if let Some(id) = id {
        observation["id"] = id.into();
    }
    observation
}

fn condition(id: Option<&str>, patient: &str) -> Value {
    let mut condition =
        json!({ "resourceType": "Condition", "subject": { "reference": format!("Patient/{patient}") } });
    if let Some(id) = id {
        condition["id"] = id.into();
    }
    condition
}

fn appointment(patient: &str) -> Value {
    json!({
        "resourceType": "Appointment", "status": "booked", "start": "2026-08-01T10:00:00-03:00",
        "end": "2026-08-01T10:30:00-03:00",
        "participant": [{ "actor": { "reference": format!("Patient/{patient}") }, "status": "accepted" }],
    })
}

fn an_observation(world: &World) -> String {
    let patient = world.patient.clone();
    world.doctor().request("POST", "/fhir/Observation").fhir(&observation(None, &patient)).send().is(201).id()
}

/// An operation with Parameters: name, `value[x]` and value.
fn ask(world: &World, who: Who, operation: &str, list: &[(&str, &str, &str)]) -> Request {
    let list: Vec<Value> = list.iter().map(|(name, key, value)| json!({ "name": name, (*key): value })).collect();
    let parameters = json!({ "resourceType": "Parameters", "parameter": list });
    c(world, who).request("POST", &format!("/fhir/{operation}")).fhir(&parameters)
}

fn a_value_set(world: &World) -> String {
    let include = json!([{ "system": "http://hl7.org/fhir/administrative-gender" }]);
    let set = json!({ "resourceType": "ValueSet", "status": "draft", "compose": { "include": include } });
    world.doctor().request("POST", "/fhir/ValueSet").fhir(&set).send().is(201).id()
}

fn bundle(patient: &str) -> Value {
    json!({ "resourceType": "Bundle", "type": "transaction", "entry": [{
        "resource": observation(None, patient), "request": { "method": "POST", "url": "Observation" },
    }] })
}

fn patch(client: &Client, path: &str) -> Request {
    let patch = json!([{ "op": "add", "path": "/identifier", "value": [{ "system": "http://example.org/numero", "value": "1" }] }]);
    client.request("PATCH", path).body("application/json-patch+json", patch.to_string())
}

/// The rules of records hold through FHIR as well: a final one is its author's.
fn fhir_amendment(world: &World, who: Who) -> Request {
    let id = a_record(world);
    let mut stored = world.doctor().get(&format!("/fhir/Composition/{id}")).is(200).json();
    stored["title"] = "Outro título".into();
    stored["meta"]["extension"] = json!([{ "url": aroeira_fhir::REASON_URL, "valueString": "título errado" }]);
    c(world, who).request("PUT", &format!("/fhir/Composition/{id}")).fhir(&stored)
}

#[test]
fn every_route_answers_every_role_as_the_table_says() {
    let routes: BTreeSet<String> =
        aroeira_web::table().iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    let named: BTreeSet<String> =
        ROWS.iter().map(|Row(name, ..)| name.split(" #").next().unwrap_or_default().to_owned()).collect();
    let missing: Vec<_> = routes.difference(&named).collect();
    let stale: Vec<_> = named.difference(&routes).collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "routes without a row: {missing:#?}\nrows without a route: {stale:#?}"
    );

    let world = World::new();
    let mut wrong = Vec::new();
    for Row(name, expected, make) in ROWS {
        for (who, expected) in Who::ALL.into_iter().zip(expected) {
            let answer = make(&world, who).send();
            if answer.status != *expected {
                let told: String = answer.text().chars().take(160).collect();
                wrong.push(format!("{name} as {who:?}: {} instead of {expected}: {told}", answer.status));
            }
            let sent_on = answer.header("location").unwrap_or_default();
            if who == Who::Nobody && answer.status == 303 && !sent_on.starts_with('/') {
                wrong.push(format!("{name}: nobody is sent to {sent_on:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} answers:\n{}", wrong.len(), ROWS.len() * 7, wrong.join("\n"));
    assert!(world.home.verify().contains("ok, "));
}
