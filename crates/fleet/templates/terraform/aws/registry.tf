# <[ r.say("Imagens: uma etiqueta não muda de conteúdo.", "Images: a tag does not change what it holds.") ]>
resource "aws_ecr_repository" "main" {
  name                 = local.name
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.main.arn
  }
}
