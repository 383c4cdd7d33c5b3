//! FHIR clients that others wrote, in `clients/`: those of Python and those of Node, against one demo server, as a doctor.

use std::process::Command;

use crate::server::Server;
use crate::setup;
use crate::steps::{self, Outcome};

/// Runs all of them. The token is told by the environment: a command line is seen by others.
pub(crate) fn run() -> Outcome {
    let started = Server::start().and_then(|server| server.sign_in("medica").map(|token| (server, token)));
    let (server, token) = match started {
        Ok(started) => started,
        Err(why) => return Outcome::Failed(why),
    };
    let mut python = Command::new(setup::clients_python());
    python.args(["-m", "unittest", "discover", "--pattern", "test_*.py"]).env("PYTHONDONTWRITEBYTECODE", "1");
    let mut node = Command::new("npm");
    node.arg("test");
    for mut command in [python, node] {
        command.current_dir(steps::root().join("clients"));
        command.env("FHIR_BASE", format!("{}/fhir", server.url)).env("FHIR_TOKEN", &token);
        match steps::run(&mut command) {
            Outcome::Done => {}
            other => return other,
        }
    }
    Outcome::Done
}
