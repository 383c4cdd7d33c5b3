output "key" {
  description = "KMS"
  value       = google_kms_crypto_key.main.id
}
<%- if !r.groups.is_empty() %>

output "cluster_name" {
  description = "GKE"
  value       = google_container_cluster.main.name
}
<%- endif %>
<%- if r.keeps_secrets() %>

output "secrets_account" {
  description = "<[ r.say("Conta da conta de serviço secrets (iam.gke.io/gcp-service-account)", "Account of the service account secrets (iam.gke.io/gcp-service-account)") ]>"
  value       = google_service_account.secrets.email
}
<%- endif %>
<%- if !r.copied().is_empty() %>

output "backup_account" {
  description = "<[ r.say("Conta de quem escreve as cópias do banco (iam.gke.io/gcp-service-account)", "Account of who writes the database's copies (iam.gke.io/gcp-service-account)") ]>"
  value       = google_service_account.backup.email
}
<%- endif %>
<%- if !r.master_keys().is_empty() %>

output "master_keys" {
  description = "<[ r.say("Segredos das chaves mestras, a preencher", "Secrets of the master keys, to be filled in") ]>"
  value       = local.master_keys
}
<%- endif %>
<%- if r.balancer %>

output "address" {
  description = "<[ r.say("Para onde os nomes apontam", "Where names point") ]>"
  value       = google_compute_global_address.edge.address
}
<%- endif %>
<%- if r.database.is_some() %>

output "database" {
  description = "<[ r.say("Endereço do PostgreSQL", "Address of PostgreSQL") ]>"
  value       = google_sql_database_instance.main.private_ip_address
}
<%- endif %>
<%- if !r.buckets.is_empty() %>

output "buckets" {
  description = "Buckets"
  value       = [<% for bucket in r.buckets %><% if !loop.first %>, <% endif %>google_storage_bucket.<[ bucket.label() ]>.name<% endfor %>]
}
<%- endif %>
<%- if r.files %>

output "files" {
  description = "<[ r.say("Endereço do NFS", "Address of NFS") ]>"
  value       = "${google_filestore_instance.main.networks[0].ip_addresses[0]}:/files"
}
<%- endif %>
