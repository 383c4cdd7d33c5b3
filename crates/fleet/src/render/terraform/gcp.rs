//! Google Cloud: VPC, GKE, Cloud SQL, Memorystore, Cloud Storage, Filestore, Cloud Armor, Cloud CDN, Cloud KMS, Secret Manager, a budget.

use askama::Template;

use super::parts::Group;
use super::rented::Rented;
use super::{Files, Problem};
use crate::render::filters;

super::files! {
    Versions "terraform/gcp/versions.tf",
    Variables "terraform/gcp/variables.tf",
    Backend "terraform/gcp/backend.hcl.example",
    Services "terraform/gcp/services.tf",
    Keys "terraform/gcp/keys.tf",
    Access "terraform/gcp/access.tf",
    Secrets "terraform/gcp/secrets.tf",
    Network "terraform/gcp/network.tf",
    Cluster "terraform/gcp/cluster.tf",
    Database "terraform/gcp/database.tf",
    Cache "terraform/gcp/cache.tf",
    Storage "terraform/gcp/storage.tf",
    SharedFiles "terraform/gcp/files.tf",
    Edge "terraform/gcp/edge.tf",
    Cdn "terraform/gcp/cdn.tf",
    Office "terraform/gcp/office.tf",
    Budget "terraform/gcp/budget.tf",
    Outputs "terraform/gcp/outputs.tf",
}

pub(super) fn render(r: &Rented<'_>, files: &mut Files) -> Result<(), Problem> {
    let cluster = !r.groups.is_empty();
    r.put(files, true, "versions.tf", Versions { r }.render())?;
    r.put(files, true, "variables.tf", Variables { r }.render())?;
    r.put(files, true, "backend.hcl.example", Backend { r }.render())?;
    r.put(files, true, "services.tf", Services { r }.render())?;
    r.put(files, true, "keys.tf", Keys { r }.render())?;
    r.put(files, true, "budget.tf", Budget { r }.render())?;
    r.put(files, true, "outputs.tf", Outputs { r }.render())?;
    r.put(files, r.networked(), "network.tf", Network { r }.render())?;
    r.put(files, cluster, "cluster.tf", Cluster { r }.render())?;
    r.put(files, r.office(), "office.tf", Office { r }.render())?;
    r.put(files, r.keeps_secrets(), "access.tf", Access { r }.render())?;
    r.put(files, !r.master_keys().is_empty(), "secrets.tf", Secrets { r }.render())?;
    r.put(files, !r.buckets.is_empty(), "storage.tf", Storage { r }.render())?;
    r.put(files, r.files, "files.tf", SharedFiles { r }.render())?;
    r.put(files, r.balancer, "edge.tf", Edge { r }.render())?;
    r.put(files, r.cdn, "cdn.tf", Cdn { r }.render())?;
    r.put(files, r.database.is_some(), "database.tf", Database { r }.render())?;
    r.put(files, r.cache.is_some(), "cache.tf", Cache { r }.render())?;
    Ok(())
}

impl Rented<'_> {
    /// The APIs that are asked, in order.
    fn google_apis(&self) -> Vec<&'static str> {
        let cluster = !self.groups.is_empty();
        let peered = self.database.is_some() || self.cache.is_some();
        let all = [
            (true, "billingbudgets"),
            (cluster, "binaryauthorization"),
            (true, "cloudkms"),
            (self.networked(), "compute"),
            (self.office(), "cloudscheduler"),
            (cluster, "container"),
            (self.files, "file"),
            (true, "iam"),
            (cluster, "iamcredentials"),
            (self.cache.is_some(), "memorystore"),
            (true, "monitoring"),
            (self.cache.is_some(), "networkconnectivity"),
            (self.keeps_secrets(), "secretmanager"),
            (self.cache.is_some(), "serviceconsumermanagement"),
            (peered, "servicenetworking"),
            (self.database.is_some(), "sqladmin"),
            (!self.buckets.is_empty(), "storage"),
        ];
        all.into_iter().filter(|(used, _)| *used).map(|(_, name)| name).collect()
    }

    /// Of those, the ones whose own account is made by asking for it.
    pub(super) fn google_identities(&self) -> Vec<&'static str> {
        let late = ["file", "memorystore", "secretmanager", "sqladmin"];
        self.google_apis().into_iter().filter(|name| late.contains(name)).collect()
    }

    /// The accounts of the services that keep data with our key; `%s` is the project's number.
    fn google_agents(&self) -> Vec<(String, &'static str)> {
        let cluster = !self.groups.is_empty();
        let all = [
            (cluster, "container", "service-%s@container-engine-robot.iam.gserviceaccount.com"),
            (cluster, "compute", "service-%s@compute-system.iam.gserviceaccount.com"),
            (self.database.is_some(), "sql", "service-%s@gcp-sa-cloud-sql.iam.gserviceaccount.com"),
            (self.cache.is_some(), "memorystore", "service-%s@gcp-sa-memorystore.iam.gserviceaccount.com"),
            (!self.buckets.is_empty(), "storage", "service-%s@gs-project-accounts.iam.gserviceaccount.com"),
            (self.files, "files", "service-%s@cloud-filer.iam.gserviceaccount.com"),
            (self.keeps_secrets(), "secrets", "service-%s@gcp-sa-secretmanager.iam.gserviceaccount.com"),
        ];
        let kept: Vec<_> = all.into_iter().filter(|(wanted, ..)| *wanted).collect();
        // As wide as each other, as `terraform fmt` wants them.
        let width = kept.iter().map(|(_, name, _)| name.len()).max().unwrap_or(0);
        kept.into_iter().map(|(_, name, account)| (format!("{name:width$}"), account)).collect()
    }

    /// As large as Filestore sells it, in gibibytes: 1 TiB at least, in steps of 256 GiB, from 10 TiB on of 2.5 TiB.
    fn filestore_gb(&self) -> u64 {
        let step = if self.files_gb < 10_240 { 256 } else { 2560 };
        self.files_gb.next_multiple_of(step).clamp(1024, 102_400)
    }

    /// What PostgreSQL writes into its log.
    fn database_flags(&self) -> [(&'static str, &'static str); 9] {
        [
            ("cloudsql.enable_pgaudit", "on"),
            ("log_checkpoints", "on"),
            ("log_connections", "on"),
            ("log_disconnections", "on"),
            ("log_hostname", "on"),
            ("log_lock_waits", "on"),
            ("log_min_error_statement", "error"),
            ("log_min_messages", "warning"),
            ("log_statement", "ddl"),
        ]
    }

    /// Rule sets of Cloud Armor, with their order.
    fn armor_rules(&self) -> Vec<(&'static str, u32)> {
        let sets = [
            "cve-canary",
            "sqli-v33-stable",
            "xss-v33-stable",
            "lfi-v33-stable",
            "rce-v33-stable",
            "protocolattack-v33-stable",
        ];
        sets.into_iter().zip((1..).map(|at| at * 10)).collect()
    }
}

impl Group<'_> {
    /// The card as Google calls it; nothing where the machine's kind has it within (`g2`, `a2`), or there is none.
    fn google_card(&self) -> String {
        if !self.gpu || !self.kind.starts_with("n1-") {
            return String::new();
        }
        format!("nvidia-tesla-{}", self.gpu_model.to_ascii_lowercase())
    }
}
