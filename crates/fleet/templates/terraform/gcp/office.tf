# <[ r.say("Em horário comercial (de segunda a sexta, das 7 às 19 h de Brasília): fora dele as máquinas param.", "In office hours (Monday to Friday, 7 to 19 in Brasília): beyond them the machines stop.") ]>
locals {
  # <[ r.say("O GKE conta por zona do grupo: de cada máquina há pelo menos uma em cada.", "GKE counts by each zone of the pool: there is at least one of each machine in each.") ]>
  office_nodes = { for id, node in local.nodes : id => max(1, ceil(node.count * var.scale / length(google_container_cluster.main.node_locations))) }

  office = merge([
    for id, count in local.office_nodes : {
      "${id}-stop"  = { pool = id, at = "0 19 * * 1-5", count = 0 }
      "${id}-start" = { pool = id, at = "0 7 * * 1-5", count = count }
    } if var.office_hours
  ]...)
}

resource "google_cloud_scheduler_job" "office" {
  for_each = local.office

  name      = "${local.name}-${each.key}"
  region    = var.region
  schedule  = each.value.at
  time_zone = "America/Sao_Paulo"

  # <[ r.say("O GKE recusa uma mudança enquanto faz outra: tenta-se de novo.", "GKE refuses a change while it makes another: it is tried again.") ]>
  retry_config {
    retry_count          = 5
    min_backoff_duration = "120s"
    max_backoff_duration = "600s"
  }

  http_target {
    http_method = "POST"
    uri         = "https://container.googleapis.com/v1/${google_container_cluster.main.id}/nodePools/${google_container_node_pool.node[each.value.pool].name}:setSize"
    headers     = { "Content-Type" = "application/json" }
    body        = base64encode(jsonencode({ nodeCount = each.value.count }))

    oauth_token {
      service_account_email = google_service_account.office[0].email
    }
  }

  depends_on = [google_project_iam_member.office, google_project_service.main]
}

resource "google_service_account" "office" {
  count = var.office_hours ? 1 : 0

  account_id   = "office-${substr(sha256(local.name), 0, 12)}"
  display_name = "<[ r.say("Horário comercial de", "Office hours of") ]> ${local.name}"
}

# <[ r.say("O direito mais estreito que o GKE conhece para mudar o tamanho de um grupo: não lê nada do que roda no cluster.", "The narrowest right that GKE knows for the size of a pool: it reads nothing of what runs in the cluster.") ]>
resource "google_project_iam_custom_role" "office" {
  count = var.office_hours ? 1 : 0

  role_id     = "${replace(local.name, "-", "_")}_office"
  title       = "<[ r.say("Horário comercial de", "Office hours of") ]> ${local.name}"
  permissions = ["container.clusters.update"]
}

resource "google_project_iam_member" "office" {
  count = var.office_hours ? 1 : 0

  project = var.project
  role    = google_project_iam_custom_role.office[0].id
  member  = google_service_account.office[0].member
}
