<%- if let Some(cache) = r.cache %>
# <[ r.say("Valkey gerenciado, cifrado parado e em trânsito; entra-se pelo IAM, sem senha.", "Managed Valkey, encrypted at rest and in transit; one comes in by IAM, without a password.") ]>
resource "aws_elasticache_replication_group" "main" {
  replication_group_id       = local.name
  description                = "<[ r.say("Cache de", "Cache of") ]> ${local.name}"
  engine                     = "valkey"
  engine_version             = "8.0"
  node_type                  = var.cache_class
  port                       = 6379
  num_cache_clusters         = <[ cache.copies() ]>
  automatic_failover_enabled = <[ cache.multi_zone ]>
  multi_az_enabled           = <[ cache.multi_zone ]>

  at_rest_encryption_enabled = true
  kms_key_id                 = aws_kms_key.main.arn
  transit_encryption_enabled = true
  user_group_ids             = [aws_elasticache_user_group.main.id]

  subnet_group_name          = aws_elasticache_subnet_group.main.name
  security_group_ids         = [aws_security_group.cache.id]
  snapshot_retention_limit   = 7
  auto_minor_version_upgrade = true
  maintenance_window         = "sun:06:30-sun:07:30"
}

resource "aws_elasticache_subnet_group" "main" {
  name       = local.name
  subnet_ids = [for subnet in aws_subnet.private : subnet.id]
}

resource "aws_elasticache_user" "aroeira" {
  user_id       = "${trimsuffix(substr(local.name, 0, 32), "-")}-aroeira"
  user_name     = "${trimsuffix(substr(local.name, 0, 32), "-")}-aroeira"
  engine        = "valkey"
  access_string = "on ~* +@all -@admin -@dangerous"

  authentication_mode {
    type = "iam"
  }
}

resource "aws_elasticache_user_group" "main" {
  user_group_id = local.name
  engine        = "valkey"
  user_ids      = [aws_elasticache_user.aroeira.user_id]
}

resource "aws_security_group" "cache" {
  name        = "${local.name}-cache"
  description = "Valkey from the private subnets"
  vpc_id      = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "cache" {
  for_each = aws_subnet.private

  security_group_id = aws_security_group.cache.id
  description       = "Valkey"
  cidr_ipv4         = each.value.cidr_block
  from_port         = 6379
  to_port           = 6379
  ip_protocol       = "tcp"
}
<%- endif %>
