//! AWS: VPC, EKS, RDS, ElastiCache, S3, ALB with WAF, CloudFront, SageMaker, KMS, Secrets Manager, a budget.

use askama::Template;

use super::rented::Rented;
use super::{Files, Problem};
use crate::render::filters;

super::files! {
    Versions "terraform/aws/versions.tf",
    Variables "terraform/aws/variables.tf",
    Backend "terraform/aws/backend.hcl.example",
    Keys "terraform/aws/keys.tf",
    Access "terraform/aws/access.tf",
    Secrets "terraform/aws/secrets.tf",
    Network "terraform/aws/network.tf",
    Cluster "terraform/aws/cluster.tf",
    Database "terraform/aws/database.tf",
    Cache "terraform/aws/cache.tf",
    Storage "terraform/aws/storage.tf",
    Logs "terraform/aws/logs.tf",
    Edge "terraform/aws/edge.tf",
    Cdn "terraform/aws/cdn.tf",
    Budget "terraform/aws/budget.tf",
    Registry "terraform/aws/registry.tf",
    SharedFiles "terraform/aws/files.tf",
    Tables "terraform/aws/tables.tf",
    Models "terraform/aws/models.tf",
    Outputs "terraform/aws/outputs.tf",
}

pub(super) fn render(r: &Rented<'_>, files: &mut Files) -> Result<(), Problem> {
    let cluster = !r.groups.is_empty();
    r.put(files, true, "versions.tf", Versions { r }.render())?;
    r.put(files, true, "variables.tf", Variables { r }.render())?;
    r.put(files, true, "backend.hcl.example", Backend { r }.render())?;
    r.put(files, true, "keys.tf", Keys { r }.render())?;
    r.put(files, true, "budget.tf", Budget { r }.render())?;
    r.put(files, true, "outputs.tf", Outputs { r }.render())?;
    r.put(files, r.networked(), "network.tf", Network { r }.render())?;
    r.put(files, cluster, "cluster.tf", Cluster { r }.render())?;
    r.put(files, r.keeps_secrets(), "access.tf", Access { r }.render())?;
    r.put(files, !r.master_keys().is_empty(), "secrets.tf", Secrets { r }.render())?;
    r.put(files, !r.buckets.is_empty(), "storage.tf", Storage { r }.render())?;
    r.put(files, !r.buckets.is_empty() || r.balancer, "logs.tf", Logs { r }.render())?;
    r.put(files, r.balancer, "edge.tf", Edge { r }.render())?;
    r.put(files, r.cdn, "cdn.tf", Cdn { r }.render())?;
    r.put(files, r.registry, "registry.tf", Registry { r }.render())?;
    r.put(files, r.files, "files.tf", SharedFiles { r }.render())?;
    r.put(files, r.tables, "tables.tf", Tables { r }.render())?;
    r.put(files, r.models() > 0, "models.tf", Models { r }.render())?;
    r.put(files, r.database.is_some(), "database.tf", Database { r }.render())?;
    r.put(files, r.cache.is_some(), "cache.tf", Cache { r }.render())?;
    Ok(())
}

impl Rented<'_> {
    /// What these sets search that clinical text and FHIR look like: bodies, and URLs in a query. Decision 12.
    fn waf_counted(&self, set: &str) -> &'static [&'static str] {
        match set {
            "AWSManagedRulesCommonRuleSet" => &[
                "SizeRestrictions_BODY",
                "EC2MetaDataSSRF_BODY",
                "GenericLFI_BODY",
                "GenericRFI_BODY",
                "GenericRFI_QUERYARGUMENTS",
                "CrossSiteScripting_BODY",
            ],
            "AWSManagedRulesKnownBadInputsRuleSet" => &["JavaDeserializationRCE_BODY", "Log4JRCE_BODY"],
            "AWSManagedRulesSQLiRuleSet" => &["SQLi_BODY", "SQLiExtendedPatterns_BODY"],
            _ => &[],
        }
    }
}
