//! AWS: VPC, EKS, RDS, ElastiCache, S3, ALB with WAF, CloudFront, KMS, Secrets Manager, a budget.

use askama::Template;

use super::rented::{Bought, Rented};
use super::{Files, Problem};
use crate::render::filters;

super::files! {
    Versions "terraform/aws/versions.tf",
    Variables "terraform/aws/variables.tf",
    Backend "terraform/aws/backend.hcl.example",
    Keys "terraform/aws/keys.tf",
    Secrets "terraform/aws/secrets.tf",
    Network "terraform/aws/network.tf",
    Cluster "terraform/aws/cluster.tf",
    Storage "terraform/aws/storage.tf",
    Logs "terraform/aws/logs.tf",
    Edge "terraform/aws/edge.tf",
    Cdn "terraform/aws/cdn.tf",
    Budget "terraform/aws/budget.tf",
    Registry "terraform/aws/registry.tf",
    SharedFiles "terraform/aws/files.tf",
    Tables "terraform/aws/tables.tf",
    Outputs "terraform/aws/outputs.tf",
}

#[derive(Template)]
#[template(path = "terraform/aws/database.tf", escape = "none")]
struct Database<'a> {
    r: &'a Rented<'a>,
    database: &'a Bought<'a>,
}

#[derive(Template)]
#[template(path = "terraform/aws/cache.tf", escape = "none")]
struct Cache<'a> {
    r: &'a Rented<'a>,
    cache: &'a Bought<'a>,
}

pub(super) fn render(r: &Rented<'_>, files: &mut Files) -> Result<(), Problem> {
    let mut put = |wanted: bool, name: &str, text: askama::Result<String>| -> Result<(), Problem> {
        if wanted {
            files.put(format!("{}/{name}", r.site.id), text?.trim_start().to_owned());
        }
        Ok(())
    };
    let cluster = !r.groups.is_empty();
    put(true, "versions.tf", Versions { r }.render())?;
    put(true, "variables.tf", Variables { r }.render())?;
    put(true, "backend.hcl.example", Backend { r }.render())?;
    put(true, "keys.tf", Keys { r }.render())?;
    put(true, "budget.tf", Budget { r }.render())?;
    put(true, "outputs.tf", Outputs { r }.render())?;
    put(r.networked(), "network.tf", Network { r }.render())?;
    put(cluster, "cluster.tf", Cluster { r }.render())?;
    put(r.has_aroeira(), "secrets.tf", Secrets { r }.render())?;
    put(!r.buckets.is_empty(), "storage.tf", Storage { r }.render())?;
    put(!r.buckets.is_empty() || r.balancer, "logs.tf", Logs { r }.render())?;
    put(r.balancer, "edge.tf", Edge { r }.render())?;
    put(r.cdn, "cdn.tf", Cdn { r }.render())?;
    put(r.registry, "registry.tf", Registry { r }.render())?;
    put(r.files, "files.tf", SharedFiles { r }.render())?;
    put(r.tables, "tables.tf", Tables { r }.render())?;
    if let Some(database) = &r.database {
        put(true, "database.tf", Database { r, database }.render())?;
    }
    if let Some(cache) = &r.cache {
        put(true, "cache.tf", Cache { r, cache }.render())?;
    }
    Ok(())
}
