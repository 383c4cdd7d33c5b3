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
  <%- if r.cdn %>
  description = "<[ r.say("Para onde o nome de origem aponta", "Where the origin's name points") ]>"
  <%- else %>
  description = "<[ r.say("Para onde os nomes apontam", "Where names point") ]>"
  <%- endif %>
  value       = azurerm_public_ip.edge.ip_address
}
<%- endif %>
<%- if r.cdn %>

output "frontdoor" {
  description = "<[ r.say("Para onde os nomes apontam", "Where names point") ]>"
  value       = azurerm_cdn_frontdoor_endpoint.main.host_name
}

output "domain_validations" {
  description = "<[ r.say("O registro TXT _dnsauth de cada nome, que prova que ele é seu", "The TXT record _dnsauth of each name, which proves that it is yours") ]>"
  value       = { for name, domain in azurerm_cdn_frontdoor_custom_domain.main : name => domain.validation_token }
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
<%- if r.files %>

output "files" {
  description = "<[ r.say("Endereço do NFS, que se monta com TLS", "Address of NFS, which is mounted with TLS") ]>"
  value       = "${azurerm_storage_account.files.primary_file_host}:/${azurerm_storage_account.files.name}/${azurerm_storage_share.files.name}"
}
<%- endif %>
