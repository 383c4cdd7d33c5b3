output "key_arn" {
  description = "KMS"
  value       = aws_kms_key.main.arn
}
<%- if !r.groups.is_empty() %>

output "cluster_name" {
  description = "EKS"
  value       = aws_eks_cluster.main.name
}
<%- endif %>
<%- if r.keeps_secrets() %>

output "secrets_role" {
  description = "<[ r.say("Papel da conta de serviço secrets (eks.amazonaws.com/role-arn)", "Role of the service account secrets (eks.amazonaws.com/role-arn)") ]>"
  value       = aws_iam_role.secrets.arn
}
<%- endif %>
<%- if !r.copied().is_empty() %>

output "backup_role" {
  description = "<[ r.say("Papel de quem escreve as cópias do banco (eks.amazonaws.com/role-arn)", "Role of who writes the database's copies (eks.amazonaws.com/role-arn)") ]>"
  value       = aws_iam_role.backup.arn
}
<%- endif %>
<%- if r.cloudwatch().is_some() %>

output "logs_roles" {
  description = "<[ r.say("Papéis de quem escreve e de quem lê os registros (logs_role e logs_reader_role)", "Roles of who writes and who reads logs (logs_role and logs_reader_role)") ]>"
  value       = { for name, role in aws_iam_role.cloudwatch : name => role.arn }
}
<%- endif %>
<%- if !r.master_keys().is_empty() %>

output "master_keys" {
  description = "<[ r.say("Segredos das chaves mestras, a preencher", "Secrets of the master keys, to be filled in") ]>"
  value       = local.master_keys
}
<%- endif %>
<%- if r.balancer %>

output "target_group_arn" {
  description = "<[ r.say("Para o TargetGroupBinding do ingress", "For the TargetGroupBinding of the ingress") ]>"
  value       = aws_lb_target_group.ingress.arn
}

output "balancer" {
  description = "<[ r.say("Para onde o nome de origem aponta", "Where the origin's name points") ]>"
  value       = aws_lb.main.dns_name
}
<%- endif %>
<%- if r.database.is_some() %>

output "database" {
  description = "<[ r.say("Endereço do PostgreSQL", "Address of PostgreSQL") ]>"
  value       = aws_db_instance.main.endpoint
}
<%- endif %>
<%- if r.cache.is_some() %>

output "cache" {
  description = "<[ r.say("Endereço do Valkey", "Address of Valkey") ]>"
  value       = aws_elasticache_replication_group.main.primary_endpoint_address
}
<%- endif %>
<%- if !r.buckets.is_empty() %>

output "buckets" {
  description = "Buckets"
  value       = [<% for bucket in r.buckets %><% if !loop.first %>, <% endif %>aws_s3_bucket.<[ bucket.label() ]>.bucket<% endfor %>]
}
<%- endif %>
<%- if r.files %>

output "files" {
  description = "<[ r.say("Endereço do NFS, que se monta com TLS", "Address of NFS, which is mounted with TLS") ]>"
  value       = aws_efs_file_system.main.dns_name
}
<%- endif %>
<%- if r.models() > 0 %>

output "model_endpoint" {
  description = "<[ r.say("Nome do endpoint da SageMaker, que as cargas chamam", "Name of SageMaker's endpoint, which workloads call") ]>"
  value       = aws_sagemaker_endpoint.main.name
}
<%- endif %>
