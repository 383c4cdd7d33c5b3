# <[ r.say("Só o nome: o valor é posto à mão e nunca entra no estado do Terraform.", "The name alone: the value is put by hand and never enters Terraform's state.") ]>
# gcloud secrets versions add … --data-file=…
resource "google_secret_manager_secret" "master_key" {
  secret_id = "${local.name}-aroeira-master-key"

  replication {
    user_managed {
      replicas {
        location = var.region

        customer_managed_encryption {
          kms_key_name = google_kms_crypto_key.main.id
        }
      }
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.main]
}
