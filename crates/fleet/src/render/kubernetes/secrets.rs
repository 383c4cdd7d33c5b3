//! Where secrets come from: Vault on own racks, the provider's own manager in a cloud.

use super::{Kube, disks};

impl Kube<'_> {
    /// What lets the account of secrets in, where that is said on the account.
    pub(super) fn secrets_role(&self) -> Option<(&'static str, String)> {
        let (key, value) = match disks::cloud(self)?.0 {
            "gcp" => ("iam.gke.io/gcp-service-account", "secrets@project.iam.gserviceaccount.com"),
            "azure" => ("azure.workload.identity/client-id", "00000000-0000-0000-0000-000000000000"),
            _ => ("eks.amazonaws.com/role-arn", "arn:aws:iam::000000000000:role/secrets"),
        };
        Some((key, self.slots.put(&["secrets", "role"], self.scene.filled(|to| to.secrets_role.as_deref(), value))))
    }

    /// What lets the copies of databases out, and nothing else: another account of the cloud than that of secrets.
    pub(super) fn backup_role(&self) -> Option<(&'static str, String)> {
        let (key, value) = match disks::cloud(self)?.0 {
            "gcp" => ("iam.gke.io/gcp-service-account", "backup@project.iam.gserviceaccount.com"),
            "azure" => ("azure.workload.identity/client-id", "00000000-0000-0000-0000-000000000000"),
            _ => ("eks.amazonaws.com/role-arn", "arn:aws:iam::000000000000:role/backup"),
        };
        Some((key, self.slots.put(&["backup", "role"], self.scene.filled(|to| to.backup_role.as_deref(), value))))
    }

    /// The key of a secret in its store; names of Google's and Azure's have no slashes.
    pub(in crate::render) fn secret_key(&self, namespace: &str, name: &str) -> String {
        let between = match disks::cloud(self) {
            Some(("gcp" | "azure", _)) => "-",
            _ => "/",
        };
        [self.fleet.as_str(), namespace, name].join(between)
    }

    /// The body of a SecretStore.
    pub(super) fn secret_store(&self) -> String {
        let put = |key: &str, value: &str| self.slots.put(&["secrets", key], value);
        match disks::cloud(self) {
            None => format!(
                "    vault:\n      server: \"{}\"\n      path: \"{}\"\n      version: v2\n      auth:\n        kubernetes:\n          \
                 mountPath: kubernetes\n          role: \"{}\"\n          serviceAccountRef:\n            name: secrets",
                put("server", self.scene.filled(|to| to.vault.as_deref(), "https://vault.example.org:8200")),
                put("path", "kv"),
                put("vaultRole", "aroeira"),
            ),
            Some(("gcp", region)) => format!(
                "    gcpsm:\n      projectID: \"{}\"\n      location: \"{}\"\n      auth:\n        workloadIdentity:\n          serviceAccountRef:\n            \
                 name: secrets",
                put("project", self.scene.filled(|to| to.cloud_project.as_deref(), "project-000000")),
                put("region", region)
            ),
            Some(("azure", _)) => format!(
                "    azurekv:\n      authType: WorkloadIdentity\n      vaultUrl: \"{}\"\n      serviceAccountRef:\n        \
                 name: secrets",
                put("vault", self.scene.filled(|to| to.vault.as_deref(), "https://vault.example.org"))
            ),
            Some((_, region)) => format!(
                "    aws:\n      service: SecretsManager\n      region: \"{}\"\n      auth:\n        jwt:\n          \
                 serviceAccountRef:\n            name: secrets",
                put("region", region)
            ),
        }
    }
}
