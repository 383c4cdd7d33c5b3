//! What `aroeira fleet evidence` writes, in the hands of compliance-trestle: OSCAL of every framework for three presets.

use std::process::Command;

use super::{Rendered, aroeira, call};
use crate::{setup, steps};

/// A single machine, a cloud, and a place of one's own with a copy in a cloud.
const PRESETS: [&str; 3] = ["garage", "aws-professional", "hospital"];
const FRAMEWORKS: [&str; 4] = ["lgpd", "iso27001", "soc2", "pci-dss"];

/// # Errors
/// What trestle said, or a file that is not the same when it is written again.
pub(super) fn run(_: &[Rendered]) -> Result<(), String> {
    let mut trestle = Command::new(setup::fleet_tool("python"));
    trestle.arg(steps::root().join("xtask/fleet/oscal_check.py"));
    let mut written = 0;
    for preset in PRESETS {
        let folder = steps::target().join("fleet").join(preset);
        for framework in FRAMEWORKS {
            let out = folder.join("evidence").join(framework);
            let write = || {
                let mut evidence = aroeira();
                evidence.args(["fleet", "evidence", "--framework", framework, "--date", "2026-11-22"]);
                call(evidence.arg(folder.join("fleet.toml")).arg("--out").arg(&out))?;
                let file = out.join("assessment-results.json");
                std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))
            };
            if write()? != write()? {
                return Err(format!("{preset}, {framework}: the same spec gives other bytes"));
            }
            trestle.arg(&out);
            written += 1;
        }
    }
    call(&mut trestle)?;
    println!("{written} sets of OSCAL are read by trestle");
    Ok(())
}
