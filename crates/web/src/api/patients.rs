//! `/api/patients`: patients with their contacts and allergies.

use aroeira_clinic::PatientQuery;
use http::StatusCode;

use super::answer;
use super::request::{Id, IdempotencyKey, reason};
use crate::body::{Json, Query};
use crate::context::Signed;
use crate::error::Answer;
use crate::etag::{Have, Match};
use crate::routes::{Class, Routes};

const PLACE: &str = "/api/patients";

/// Registers them.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/api/patients", Class::Read, list)
        .post("/api/patients", Class::Write, create)
        .get("/api/patients/{id}", Class::Read, read)
        .put("/api/patients/{id}", Class::Write, amend)
        .delete("/api/patients/{id}", Class::Write, delete)
        .post("/api/patients/{id}/restore", Class::Write, restore)
        .get("/api/patients/{id}/history", Class::Read, history)
}

async fn list(signed: Signed, mut query: Query) -> Answer {
    let asked = PatientQuery {
        q: query.take("q"),
        sort: query.take("sort"),
        limit: query.take_limit(),
        cursor: query.take("cursor"),
    };
    query.end()?;
    let page = signed.desk.patients(asked).await?;
    Ok(answer::page(&page, |item| &item.masked))
}

async fn create(signed: Signed, IdempotencyKey(key): IdempotencyKey, query: Query, body: Json) -> Answer {
    query.end()?;
    let seen = signed.desk.create_patient(body.input(), key.as_deref()).await?;
    Ok(answer::created(PLACE, &seen.value.id, &seen))
}

async fn read(signed: Signed, Id(id): Id, have: Have, query: Query) -> Answer {
    query.end()?;
    let seen = signed.desk.patient(&id).await?;
    Ok(answer::record(&have, &seen))
}

async fn amend(signed: Signed, Id(id): Id, Match(precondition): Match, query: Query, body: Json) -> Answer {
    query.end()?;
    let seen = signed.desk.amend_patient(&id, precondition, body.input()).await?;
    Ok(answer::written(StatusCode::OK, &seen))
}

async fn delete(signed: Signed, Id(id): Id, Match(precondition): Match, query: Query, body: Json) -> Answer {
    let reason = reason(query, &body)?;
    signed.desk.delete_patient(&id, precondition, reason.as_deref()).await?;
    Ok(answer::done())
}

async fn restore(signed: Signed, Id(id): Id, query: Query, body: Json) -> Answer {
    query.end()?;
    let seen = signed.desk.restore_patient(&id, body.input()).await?;
    Ok(answer::written(StatusCode::OK, &seen))
}

async fn history(signed: Signed, Id(id): Id, query: Query) -> Answer {
    query.end()?;
    let seen = signed.desk.patient_history(&id).await?;
    let mut response = answer::whole(seen.value);
    answer::masked(response.headers_mut(), &seen.masked);
    Ok(response)
}
