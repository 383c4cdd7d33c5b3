<%- if let Some(cache) = r.cache %>
# <[ r.say("Valkey gerenciado, cifrado em trânsito; entra-se pelo IAM, sem senha.", "Managed Valkey, encrypted in transit; one comes in by IAM, without a password.") ]>
resource "google_memorystore_instance" "main" {
  instance_id                 = local.name
  location                    = var.region
  shard_count                 = 1
  replica_count               = <[ cache.copies() - 1 ]>
  node_type                   = "STANDARD_SMALL"
  engine_version              = "VALKEY_8_0"
  mode                        = "CLUSTER_DISABLED"
  authorization_mode          = "IAM_AUTH"
  transit_encryption_mode     = "SERVER_AUTHENTICATION"
  kms_key                     = google_kms_crypto_key.main.id
  deletion_protection_enabled = true

  desired_auto_created_endpoints {
    network    = google_compute_network.main.id
    project_id = var.project
  }

  depends_on = [google_network_connectivity_service_connection_policy.cache, google_kms_crypto_key_iam_member.main]
}

resource "google_network_connectivity_service_connection_policy" "cache" {
  name          = "${local.name}-cache"
  location      = var.region
  network       = google_compute_network.main.id
  service_class = "gcp-memorystore"

  psc_config {
    subnetworks = [google_compute_subnetwork.private.id]
  }
}
<%- endif %>
