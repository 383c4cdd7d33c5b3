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
                "    gcpsm:\n      projectID: \"{}\"\n      location: \"{}\"",
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
