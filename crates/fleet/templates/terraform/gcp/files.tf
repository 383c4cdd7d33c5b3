# <[ r.say("Arquivos que várias máquinas dividem: o Filestore vende de 1 TiB para cima, em passos de 256 GiB.", "Files that several machines share: Filestore sells 1 TiB and more, in steps of 256 GiB.") ]>
# <[ r.say("Ele não se copia sozinho: agende gcloud filestore backups create, se o que fica aqui não puder ser refeito.", "It does not copy itself: schedule gcloud filestore backups create, if what is here cannot be made again.") ]>
resource "google_filestore_instance" "main" {
  name                        = local.name
  location                    = var.region
  tier                        = "REGIONAL"
  kms_key_name                = google_kms_crypto_key.main.id
  deletion_protection_enabled = true
  labels                      = local.labels

  # <[ r.say("Só as máquinas da rede privada montam.", "The private network's machines alone mount it.") ]>
  file_shares {
    name        = "files"
    capacity_gb = <[ r.filestore_gb() ]>

    nfs_export_options {
      ip_ranges   = [google_compute_subnetwork.private.ip_cidr_range]
      access_mode = "READ_WRITE"
      squash_mode = "NO_ROOT_SQUASH"
    }
  }

  networks {
    network      = google_compute_network.main.id
    modes        = ["MODE_IPV4"]
    connect_mode = "PRIVATE_SERVICE_ACCESS"
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_service_networking_connection.services, google_kms_crypto_key_iam_member.main, google_project_service.main]
}
