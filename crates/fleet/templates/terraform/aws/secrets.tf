# <[ r.say("Só os nomes: o valor é posto à mão e nunca entra no estado do Terraform.", "Names alone: values are put by hand and never enter Terraform's state.") ]>
# aws secretsmanager put-secret-value --secret-id … --secret-string file://…
resource "aws_secretsmanager_secret" "master_key" {
  name                    = "${local.name}/aroeira/master-key"
  description             = "<[ r.say("Chave mestra do Aroeira, 32 bytes em base64. Quem a perde, perde os prontuários.", "Aroeira's master key, 32 bytes in base64. Who loses it loses the records.") ]>"
  kms_key_id              = aws_kms_key.main.arn
  recovery_window_in_days = 30
}
