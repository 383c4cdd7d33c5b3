output "vault" {
  description = "Key Vault"
  value       = azurerm_key_vault.main.vault_uri
}
<%- if !r.groups.is_empty() %>

output "cluster_name" {
  description = "AKS"
  value       = azurerm_kubernetes_cluster.main.name
}
<%- endif %>
<%- if r.keeps_secrets() %>

output "secrets_client_ids" {
  description = "<[ r.say("Identidade da conta de serviço secrets de cada namespace (azure.workload.identity/client-id)", "Identity of the service account secrets of each namespace (azure.workload.identity/client-id)") ]>"
  value       = { for space, at in local.secret_identity : space => azurerm_user_assigned_identity.secrets[at].client_id }
}
<%- endif %>
<%- if !r.copied().is_empty() %>

output "backup_client_id" {
  description = "<[ r.say("Identidade de quem escreve as cópias do banco (azure.workload.identity/client-id)", "Identity of who writes the database's copies (azure.workload.identity/client-id)") ]>"
  value       = azurerm_user_assigned_identity.backup.client_id
}
<%- endif %>
<%- if r.balancer %>

output "address" {
  description = "<[ r.say("Para onde os nomes apontam", "Where names point") ]>"
  value       = azurerm_public_ip.edge.ip_address
}
<%- endif %>
<%- if r.database.is_some() %>

output "database" {
  description = "<[ r.say("Endereço do PostgreSQL", "Address of PostgreSQL") ]>"
  value       = azurerm_postgresql_flexible_server.main.fqdn
}
<%- endif %>
<%- if !r.buckets.is_empty() %>

output "buckets" {
  description = "<[ r.say("Contas de armazenamento", "Storage accounts") ]>"
  value       = [<% for bucket in r.buckets %><% if !loop.first %>, <% endif %>azurerm_storage_account.<[ bucket.label() ]>.name<% endfor %>]
}
<%- endif %>
