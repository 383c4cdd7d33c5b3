//! `/api/audit`: the journal as an auditor reads it, and the walk of its chain.

use aroeira_clinic::AuditQuery;
use http::StatusCode;

use super::answer;
use crate::body::Query;
use crate::context::Signed;
use crate::error::Answer;
use crate::routes::{Class, Routes};

/// Registers them.
pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/api/audit", Class::Read, list).get("/api/audit/verify", Class::Import, verify)
}

async fn list(signed: Signed, mut query: Query) -> Answer {
    let asked = AuditQuery {
        from: query.take("from"),
        to: query.take("to"),
        event: query.take("event"),
        user: query.take("user"),
        record: query.take("record"),
        limit: query.take_limit(),
        cursor: query.take("cursor"),
    };
    query.end()?;
    let page = signed.desk.audit(asked).await?;
    Ok(answer::json(StatusCode::OK, &page))
}

async fn verify(signed: Signed, query: Query) -> Answer {
    query.end()?;
    let found = signed.desk.verify().await?;
    Ok(answer::json(StatusCode::OK, &found))
}
