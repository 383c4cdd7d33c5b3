//! The JSON API. Every handler reads as a paragraph: extract, ask the desk, answer.

pub(crate) mod answer;
mod audit;
mod docs;
mod drafts;
mod emergency;
mod me;
mod patients;
mod records;
pub(crate) mod request;
mod sessions;
mod users;

use crate::routes::Routes;

/// Registers everything under `/api` but health.
pub(crate) fn routes(routes: Routes) -> Routes {
    let routes = patients::routes(records::routes(routes));
    let routes = me::routes(sessions::routes(users::routes(routes)));
    let routes = audit::routes(emergency::routes(drafts::routes(routes)));
    docs::routes(routes)
}
