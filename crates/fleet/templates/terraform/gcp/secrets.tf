locals {
  # <[ r.say("Os nomes que os manifestos do Kubernetes pedem: um por conjunto que clínicas dividem.", "The names that the manifests of Kubernetes ask for: one for each set that clinics share.") ]>
  master_keys = [
    <%- for name in r.master_keys() %>
    <[ name|hcl ]>,
    <%- endfor %>
  ]
}

# <[ r.say("Só os nomes: o valor é posto à mão e nunca entra no estado do Terraform (veja o README). Regionais: não saem de onde a", "Names alone: values are put by hand and never enter Terraform's state (see the README). Regional: they do not leave where") ]>
# <[ r.say("especificação diz que os dados ficam.", "the spec says that data is.") ]>
resource "google_secret_manager_regional_secret" "master_key" {
  for_each = toset(local.master_keys)

  secret_id           = each.value
  location            = var.region
  deletion_protection = true

  customer_managed_encryption {
    kms_key_name = google_kms_crypto_key.main.id
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_kms_crypto_key_iam_member.main]
}
