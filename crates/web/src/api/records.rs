//! `/api/medical-records`: medical records, with every version kept.

use aroeira_clinic::RecordQuery;
use http::StatusCode;

use super::answer;
use super::request::{Id, IdempotencyKey, reason};
use crate::body::{Json, Query};
use crate::context::Signed;
use crate::error::Answer;
use crate::etag::{Have, Match};
use crate::routes::{Class, Routes};

const PLACE: &str = "/api/medical-records";

/// Registers them.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/api/medical-records", Class::Read, list)
        .post("/api/medical-records", Class::Write, create)
        .get("/api/medical-records/{id}", Class::Read, read)
        .put("/api/medical-records/{id}", Class::Write, amend)
        .delete("/api/medical-records/{id}", Class::Write, delete)
        .post("/api/medical-records/{id}/restore", Class::Write, restore)
        .get("/api/medical-records/{id}/history", Class::Read, history)
}

async fn list(signed: Signed, mut query: Query) -> Answer {
    let asked = RecordQuery {
        patient_id: query.take("patientId"),
        priority: query.take("priority"),
        kind: query.take("type"),
        status: query.take("status"),
        from: query.take("from"),
        to: query.take("to"),
        q: query.take("q"),
        sort: query.take("sort"),
        limit: query.take_limit(),
        cursor: query.take("cursor"),
    };
    query.end()?;
    let page = signed.desk.records(asked).await?;
    Ok(answer::page(&page, |item| &item.masked))
}

async fn create(signed: Signed, IdempotencyKey(key): IdempotencyKey, query: Query, body: Json) -> Answer {
    query.end()?;
    let seen = signed.desk.create_record(body.input(), key.as_deref()).await?;
    Ok(answer::created(PLACE, &seen.value.id, &seen))
}

async fn read(signed: Signed, Id(id): Id, have: Have, query: Query) -> Answer {
    query.end()?;
    let seen = signed.desk.record_text(&id).await?;
    Ok(answer::record(&have, &seen))
}

async fn amend(signed: Signed, Id(id): Id, Match(precondition): Match, query: Query, body: Json) -> Answer {
    query.end()?;
    let seen = signed.desk.amend_record(&id, precondition, body.input()).await?;
    Ok(answer::written(StatusCode::OK, &seen))
}

async fn delete(signed: Signed, Id(id): Id, Match(precondition): Match, query: Query, body: Json) -> Answer {
    let reason = reason(query, &body)?;
    signed.desk.delete_record(&id, precondition, reason.as_deref()).await?;
    Ok(answer::done())
}

async fn restore(signed: Signed, Id(id): Id, query: Query, body: Json) -> Answer {
    query.end()?;
    let seen = signed.desk.restore_record(&id, body.input()).await?;
    Ok(answer::written(StatusCode::OK, &seen))
}

async fn history(signed: Signed, Id(id): Id, query: Query) -> Answer {
    query.end()?;
    let seen = signed.desk.record_history(&id).await?;
    let mut response = answer::whole(seen.value);
    answer::masked(response.headers_mut(), &seen.masked);
    Ok(response)
}
