//! schemathesis on the whole API, as nobody and as each role: a few thousand cases made from `/api/openapi.json`, the same each time.

use std::process::Command;

use crate::server::Server;
use crate::setup;
use crate::steps::{self, Outcome};

/// Calls that may end the session that asks: they come last, or everything after them would be a 401.
const ENDING: &str = "^/api/(sessions/|me/(password|totp))";
/// Users of the demo, cases an operation for each, and which operations; the doctor reaches most.
const PASSES: [(&str, u32, &str); 6] = [
    // Nobody: without a token.
    ("", 4, "--exclude-path-regex"),
    ("medica", 20, "--exclude-path-regex"),
    ("recepcao", 8, "--exclude-path-regex"),
    ("auditoria", 8, "--exclude-path-regex"),
    ("enfermagem", 10, "--include-path-regex"),
    // Resets passwords and changes roles: nobody else signs in after it.
    ("admin", 10, "--exclude-path-regex"),
];
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// Runs it, `times` as many cases as usual.
pub(crate) fn run(times: u32) -> Outcome {
    let server = match Server::start() {
        Ok(server) => server,
        Err(why) => return Outcome::Failed(why),
    };
    for (user, cases, which) in PASSES {
        let token = match user {
            "" => String::new(),
            user => match server.sign_in(user) {
                Ok(token) => token,
                Err(why) => return Outcome::Failed(why),
            },
        };
        let user = if user.is_empty() { "nobody" } else { user };
        println!("-- as {user}");
        let mut command = Command::new(setup::schemathesis_bin());
        command
            .args(["run", &format!("{}/api/openapi.json", server.url)])
            .args(["--checks", CHECKS, "--seed", "2026", "--workers", "1", "--generation-database", "none"])
            .args(["--phases", "examples,coverage,fuzzing", "--max-examples", &(cases * times).to_string()])
            .args(["--request-timeout", "20", "--max-failures", "20", "--no-color"])
            .args([which, ENDING, "--warnings", "off"])
            .current_dir(steps::target());
        if !token.is_empty() {
            command.args(["--header", &format!("Authorization: Bearer {token}")]);
        }
        if let Outcome::Failed(_) = steps::run(&mut command) {
            // The command line holds a token: it is not repeated here.
            return Outcome::Failed(format!("as {user}; the cases are above"));
        }
    }
    Outcome::Done
}
