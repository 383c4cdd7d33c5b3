//! `/api/drafts`: half-written text of the caller's own.

use http::StatusCode;

use super::answer;
use super::request::{Members, Target};
use crate::body::{Json, Query};
use crate::context::Signed;
use crate::error::Answer;
use crate::routes::{Class, Routes};

/// Registers them.
pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/api/drafts/{target}", Class::Read, read).put("/api/drafts/{target}", Class::Write, keep).delete(
        "/api/drafts/{target}",
        Class::Write,
        discard,
    )
}

async fn read(signed: Signed, Target(target): Target, query: Query) -> Answer {
    query.end()?;
    let draft = signed.desk.draft(&target).await?;
    Ok(answer::json(StatusCode::OK, &draft))
}

async fn keep(signed: Signed, Target(target): Target, query: Query, body: Json) -> Answer {
    query.end()?;
    let mut members = Members::of(&body)?;
    let (base_version, fields) = (members.number("baseVersion"), members.object("fields"));
    members.end()?;
    let draft = signed.desk.keep_draft(&target, base_version, fields).await?;
    Ok(answer::json(StatusCode::OK, &draft))
}

async fn discard(signed: Signed, Target(target): Target, query: Query) -> Answer {
    query.end()?;
    signed.desk.drop_draft(&target).await?;
    Ok(answer::done())
}
