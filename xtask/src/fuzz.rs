//! schemathesis on the whole API, as each role: a few thousand cases made from `/api/openapi.json`, the same each time.

use std::process::Command;

use crate::server::Server;
use crate::setup;
use crate::steps::{self, Outcome};

/// Users of the demo, and cases an operation for each: the doctor reaches most.
const USERS: [(&str, u32); 4] = [("medica", 30), ("admin", 15), ("recepcao", 10), ("auditoria", 10)];
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// Runs it, `times` as many cases as usual.
pub(crate) fn run(times: u32) -> Outcome {
    let server = match Server::start() {
        Ok(server) => server,
        Err(why) => return Outcome::Failed(why),
    };
    for (user, cases) in USERS {
        // Fuzzing may end the user's own session: each run begins with a new one.
        let token = match server.sign_in(user) {
            Ok(token) => token,
            Err(why) => return Outcome::Failed(why),
        };
        println!("-- as {user}");
        let mut command = Command::new(setup::schemathesis_bin());
        command
            .args(["run", &format!("{}/api/openapi.json", server.url)])
            .args(["--checks", CHECKS, "--seed", "2026", "--workers", "2", "--generation-database", "none"])
            .args(["--phases", "examples,coverage,fuzzing", "--max-examples", &(cases * times).to_string()])
            .args(["--request-timeout", "20", "--max-failures", "20", "--no-color"])
            .args(["--header", &format!("Authorization: Bearer {token}")])
            .current_dir(steps::target());
        if let Outcome::Failed(_) = steps::run(&mut command) {
            // The command line holds a token: it is not repeated here.
            return Outcome::Failed(format!("as {user}; the cases are above"));
        }
    }
    Outcome::Done
}
