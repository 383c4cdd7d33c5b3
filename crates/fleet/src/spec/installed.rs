//! What the installation says of itself, against the rest of the spec.

use super::examine::{Wrong, shown};
use super::read::nearest;
use super::{RunBy, SiteKind, Spec};
use crate::language::text;

/// Addresses that administrators have.
const ADMINISTRATORS: usize = 250;

/// What is wrong with it.
pub(super) fn examine(spec: &Spec, wrong: &mut Wrong<'_>) {
    for (path, value, shape) in spec.installation.misshapen() {
        let (value, key) = (shown(value), path.rsplit('.').next().unwrap_or(&path));
        let problem = text(format!("`{value}` não serve para `{key}`"), format!("`{value}` does not serve as `{key}`"));
        let like = shape.example();
        let remedy = text(format!("Escreva-o assim: {like}"), format!("Write it like this: {like}"));
        wrong.say(&format!("installation.{path}"), problem, remedy);
    }
    let services: Vec<&str> = spec.services.iter().map(|one| one.id.as_str()).collect();
    for id in spec.installation.services.keys().filter(|id| !services.contains(&id.as_str())) {
        let written = shown(id);
        let problem = text(
            format!("não há em `service` nenhum item chamado `{written}`"),
            format!("there is no service called `{written}`"),
        );
        wrong.say(&format!("installation.services.{id}"), problem, nearest(id, services.iter().copied()));
    }
    // A plan calls machines by the node's id, with a number where there are several.
    let is_machine = |name: &str| {
        spec.nodes.iter().any(|node| {
            let number = name.strip_prefix(node.id.as_str()).and_then(|rest| rest.strip_prefix('-'));
            let number = number.and_then(|number| number.parse().ok()).filter(|_| node.count > 1);
            name == node.id && node.count == 1 || number.is_some_and(|at: u32| (1..=node.count).contains(&at))
        })
    };
    for name in spec.installation.machines.keys().filter(|name| !is_machine(name)) {
        let written = shown(name);
        let problem =
            text(format!("não há máquina chamada `{written}`"), format!("there is no machine called `{written}`"));
        let ids = spec.nodes.iter().map(|node| node.id.as_str());
        wrong.say(&format!("installation.machines.{name}"), problem, nearest(name, ids));
    }
    if spec.installation.administrators.len() > ADMINISTRATORS {
        let problem = text("são demais", "these are too many");
        let most =
            text(format!("Há endereços para {ADMINISTRATORS}"), format!("There are addresses for {ADMINISTRATORS}"));
        wrong.say("installation.administrators", problem, most);
    }
    runs(spec, wrong);
}

/// What is said to run the fleet can.
fn runs(spec: &Spec, wrong: &mut Wrong<'_>) {
    let cloud = spec.runs_at(SiteKind::CloudRegion);
    let can = match spec.installation.platform {
        None => true,
        Some(RunBy::Compose) => spec.machines() == 1 && !cloud,
        Some(RunBy::Systemd) => !cloud,
        Some(RunBy::Kubernetes) => spec.bears_cluster(),
    };
    if !can {
        let problem = text("não roda nas máquinas desta frota", "it does not run on the machines of this fleet");
        let remedy = text(
            "Compose é para uma máquina própria, systemd para máquinas próprias, Kubernetes para três ou mais, ou uma nuvem",
            "Compose is for one own machine, systemd for own machines, Kubernetes for three or more, or a cloud",
        );
        wrong.say("installation.platform", problem, remedy);
    }
}
