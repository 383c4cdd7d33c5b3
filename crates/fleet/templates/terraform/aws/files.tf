# <[ r.say("Arquivos que várias máquinas dividem.", "Files that several machines share.") ]>
resource "aws_efs_file_system" "main" {
  creation_token = local.name
  encrypted      = true
  kms_key_id     = aws_kms_key.main.arn

  lifecycle_policy {
    transition_to_ia = "AFTER_90_DAYS"
  }
}

resource "aws_efs_backup_policy" "main" {
  file_system_id = aws_efs_file_system.main.id

  backup_policy {
    status = "ENABLED"
  }
}

resource "aws_efs_mount_target" "main" {
  for_each = aws_subnet.private

  file_system_id  = aws_efs_file_system.main.id
  subnet_id       = each.value.id
  security_groups = [aws_security_group.files.id]
}

resource "aws_security_group" "files" {
  name        = "${local.name}-files"
  description = "NFS from the private subnets"
  vpc_id      = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "files" {
  for_each = aws_subnet.private

  security_group_id = aws_security_group.files.id
  description       = "NFS"
  cidr_ipv4         = each.value.cidr_block
  from_port         = 2049
  to_port           = 2049
  ip_protocol       = "tcp"
}
