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
