//! Terraform and GitHub Actions: Terraform itself with its providers' schemas, checkov, the schema of workflows, zizmor, the shell.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::{Rendered, call, of, python, told, waivers};
use crate::{setup, steps};

/// `terraform fmt` and `terraform validate`, a stand-in of each provider answering for its schema.
pub(super) fn terraform(rendered: &[Rendered]) -> Result<(), String> {
    let mut directories = Vec::new();
    for one in of(rendered, "terraform") {
        let versions = one.files("versions.tf");
        if versions.is_empty() {
            return Err(format!("{}: no site is written", one.preset));
        }
        directories.extend(versions.iter().filter_map(|file| file.parent().map(PathBuf::from)));
    }
    told(python("terraform_check.py").arg(setup::terraform_schemas()).args(directories), 2)
}

/// checkov over all that is rented; what it finds stands in a list with its reason.
pub(super) fn checkov(rendered: &[Rendered]) -> Result<(), String> {
    if of(rendered, "terraform").next().is_none() {
        return Err("nothing was rendered for Terraform".to_owned());
    }
    scanned("terraform", "terraform", of(rendered, "terraform").map(|one| &one.directory))
}

/// Workflows against GitHub's schema, and in the hands of zizmor, of checkov and of the shell; roll-outs against stand-ins.
pub(super) fn workflows(rendered: &[Rendered]) -> Result<(), String> {
    let of = || of(rendered, "github-actions");
    let workflows: Vec<PathBuf> = of().flat_map(|one| one.files(".yml")).collect();
    let mut schema = Command::new(setup::fleet_tool("check-jsonschema"));
    call(schema.args(["--builtin-schema", "vendor.github-workflows"]).args(&workflows))?;
    let mut zizmor = Command::new(setup::fleet_tool("zizmor"));
    let quiet =
        ["--offline", "--no-progress", "--quiet", "--persona", "pedantic", "--min-severity", "low", "--no-config"];
    call(zizmor.args(quiet).args(of().map(|one| &one.directory)))?;
    let scripts: Vec<PathBuf> = of().flat_map(|one| one.files(".sh")).collect();
    call(Command::new("shellcheck").args(&scripts))?;
    let rolled: Vec<&PathBuf> = scripts.iter().filter(|path| path.ends_with("roll-out.sh")).collect();
    told(python("roll_out_check.py").args(rolled), 1)?;
    println!(
        "        {} workflows hold to GitHub's schema and zizmor, {} scripts to shellcheck",
        workflows.len(),
        scripts.len()
    );
    as_providers(rendered)?;
    scanned("github_actions", "actions", of().map(|one| &one.directory))
}

/// Of each cloud one, all targets in a repository as a provider has it: the rendered pipeline's own scan finds nothing.
fn as_providers(rendered: &[Rendered]) -> Result<(), String> {
    for name in ["aws", "aws-completo", "gcp", "azure"] {
        let above = steps::target().join("fleet").join(name);
        let repository = steps::target().join("fleet-repository").join(name);
        if repository.exists() {
            fs::remove_dir_all(&repository).map_err(|error| format!("{}: {error}", repository.display()))?;
        }
        fs::create_dir_all(repository.join("deploy")).map_err(|error| format!("{}: {error}", repository.display()))?;
        for one in rendered.iter().filter(|one| one.preset == name) {
            let to = if one.target == "github-actions" {
                repository.clone()
            } else {
                repository.join("deploy").join(one.target)
            };
            call(Command::new("cp").arg("-rT").arg(above.join(one.target)).arg(to))?;
        }
        let mut scan = Command::new(setup::fleet_tool("checkov"));
        scan.args(["--config-file", ".checkov.yaml", "--directory", "."]).current_dir(&repository);
        call(&mut scan).map_err(|why| format!("{name}: {why}"))?;
    }
    println!("        checkov passes repositories as providers have them, by the rendered .checkov.yaml");
    Ok(())
}

/// checkov with what is waived of it: the list that providers get as well.
fn scanned<'a>(framework: &str, list: &str, directories: impl Iterator<Item = &'a PathBuf>) -> Result<(), String> {
    let mut check = python("checkov_check.py");
    check.arg(framework).arg(waivers(list));
    told(check.args(directories), 1)
}
