//! `/api/emergency-accesses`: break-glass, with a reason and for an hour.

use http::StatusCode;

use super::answer;
use super::request::Members;
use crate::body::{Json, Query};
use crate::context::Signed;
use crate::error::Answer;
use crate::routes::{Class, Routes};

/// Registers them.
pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/api/emergency-accesses", Class::Read, list).post("/api/emergency-accesses", Class::Write, open)
}

async fn open(signed: Signed, query: Query, body: Json) -> Answer {
    query.end()?;
    let mut members = Members::of(&body)?;
    let (patient, reason) = (members.text("patientId", 64), members.text("reason", 2000));
    members.end()?;
    let access = signed.desk.break_glass(&patient, &reason).await?;
    Ok(answer::json(StatusCode::CREATED, &access))
}

async fn list(signed: Signed, mut query: Query) -> Answer {
    let (limit, cursor) = (query.take_limit(), query.take("cursor"));
    query.end()?;
    let page = signed.desk.emergencies(limit, cursor.as_deref()).await?;
    Ok(answer::json(StatusCode::OK, &page))
}
