locals {
  # <[ r.say("Nomes de contas vão até 30 letras.", "Names of accounts go up to 30 letters.") ]>
  code = substr(sha256("${var.project}/${local.name}"), 0, 8)
}

# <[ r.say("Segredos: a conta secrets de cada namespace da frota lê os que começam com o nome dela, e nada mais.", "Secrets: the account secrets of each of the fleet's namespaces reads those that begin with its name, and nothing else.") ]>
resource "google_service_account" "secrets" {
  account_id   = "secrets-${local.code}"
  display_name = "<[ r.say("Segredos de", "Secrets of") ]> ${local.name}"

  depends_on = [google_project_service.main]
}

resource "google_project_iam_member" "secrets" {
  project = var.project
  role    = "roles/secretmanager.secretAccessor"
  member  = google_service_account.secrets.member

  condition {
    title      = "fleet"
    expression = "resource.name.startsWith(\"projects/${data.google_project.current.number}/locations/${var.region}/secrets/<[ r.fleet() ]>-<[ r.fleet() ]>-\")"
  }
}

# <[ r.say("O Google não aceita um asterisco aqui: um namespace novo pede um novo terraform apply.", "Google takes no asterisk here: a new namespace asks for terraform apply anew.") ]>
resource "google_service_account_iam_member" "secrets" {
  for_each = toset([
    <%- for space in r.secret_spaces() %>
    <[ space|hcl ]>,
    <%- endfor %>
  ])

  service_account_id = google_service_account.secrets.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${google_container_cluster.main.workload_identity_config[0].workload_pool}[${each.value}/secrets]"
}
<%- if !r.copied().is_empty() %>
<%- if let Some(bucket) = r.copies() %>

# <[ r.say("Cópias do banco: quem o roda escreve neste bucket, e não lê segredo nenhum.", "Copies of the database: who runs it writes to this bucket, and reads no secret.") ]>
resource "google_service_account" "backup" {
  account_id   = "backup-${local.code}"
  display_name = "<[ r.say("Cópias de", "Copies of") ]> ${local.name}"

  depends_on = [google_project_service.main]
}

resource "google_storage_bucket_iam_member" "backup" {
  for_each = toset(["roles/storage.objectUser", "roles/storage.legacyBucketReader"])

  bucket = google_storage_bucket.<[ bucket.label() ]>.name
  role   = each.value
  member = google_service_account.backup.member
}

resource "google_service_account_iam_member" "backup" {
  for_each = toset([<% for account in r.copied() %><% if !loop.first %>, <% endif %><[ account|hcl ]><% endfor %>])

  service_account_id = google_service_account.backup.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${google_container_cluster.main.workload_identity_config[0].workload_pool}[<[ r.fleet() ]>-data/${each.value}]"
}
<%- endif %>
<%- endif %>
