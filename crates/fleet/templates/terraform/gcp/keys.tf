# <[ r.say("Uma chave para tudo o que guarda dados deste local, trocada a cada 90 dias.", "One key for all that keeps data of this site, rotated every 90 days.") ]>
resource "google_kms_key_ring" "main" {
  name     = local.name
  location = var.region

  depends_on = [google_project_service.main]
}

resource "google_kms_crypto_key" "main" {
  name            = "main"
  key_ring        = google_kms_key_ring.main.id
  rotation_period = "7776000s"

  lifecycle {
    prevent_destroy = true
  }
}

# <[ r.say("Quem guarda dados com a chave: as contas dos próprios serviços.", "Who keeps data with the key: the services' own accounts.") ]>
resource "google_kms_crypto_key_iam_member" "main" {
  for_each = {
    <%- for (service, account) in r.google_agents() %>
    <[ service ]> = "<[ account ]>"
    <%- endfor %>
  }

  crypto_key_id = google_kms_crypto_key.main.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${format(each.value, data.google_project.current.number)}"
  <%- if !r.buckets.is_empty() %>

  depends_on = [data.google_storage_project_service_account.main]
  <%- endif %>
}
