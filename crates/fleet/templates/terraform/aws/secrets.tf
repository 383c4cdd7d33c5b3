locals {
  # <[ r.say("Os nomes que os manifestos do Kubernetes pedem: um por conjunto que clínicas dividem.", "The names that the manifests of Kubernetes ask for: one for each set that clinics share.") ]>
  master_keys = [
    <%- for name in r.master_keys() %>
    <[ name|hcl ]>,
    <%- endfor %>
  ]
}

# <[ r.say("Só os nomes: o valor é posto à mão e nunca entra no estado do Terraform (veja o README).", "Names alone: values are put by hand and never enter Terraform's state (see the README).") ]>
resource "aws_secretsmanager_secret" "master_key" {
  for_each = toset(local.master_keys)

  name                    = each.value
  description             = "<[ r.say("Chave mestra do Aroeira, 32 bytes em base64. Quem a perde, perde os prontuários.", "Aroeira's master key, 32 bytes in base64. Who loses it loses the records.") ]>"
  kms_key_id              = aws_kms_key.main.arn
  recovery_window_in_days = 30

  lifecycle {
    prevent_destroy = true
  }
}
