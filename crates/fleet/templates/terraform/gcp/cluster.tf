locals {
  # <[ r.say("Máquinas da especificação. Uma reserva é um compromisso que se compra à parte.", "The spec's machines. A reservation is a commitment that is bought apart.") ]>
  nodes = {
    <%- for group in r.groups %>
    <[ group.id ]> = {
      type    = <[ group.kind|hcl ]>
      count   = <[ group.count ]>
      spot    = <[ group.spot() ]>
      disk_gb = <[ group.disk_gb ]>
      card    = <[ group.google_card()|hcl ]>
      cards   = <[ group.gpu_count ]>
    }
    <%- endfor %>
  }
}

resource "google_service_account" "node" {
  account_id   = trimsuffix(substr("${local.name}-node", 0, 30), "-")
  display_name = "<[ r.say("Máquinas de", "Machines of") ]> ${local.name}"

  depends_on = [google_project_service.main]
}

resource "google_project_iam_member" "node" {
  for_each = toset(["roles/container.defaultNodeServiceAccount", "roles/artifactregistry.reader"])

  project = var.project
  role    = each.value
  member  = google_service_account.node.member
}

resource "google_container_cluster" "main" {
  name                     = local.name
  location                 = var.region
  network                  = google_compute_network.main.id
  subnetwork               = google_compute_subnetwork.private.id
  remove_default_node_pool = true
  initial_node_count       = 1
  deletion_protection      = true
  enable_shielded_nodes    = true
  datapath_provider        = "ADVANCED_DATAPATH"
  resource_labels          = local.labels

  # <[ r.say("O grupo provisório também não usa a conta padrão.", "The group of the beginning does not use the default account either.") ]>
  node_config {
    service_account = google_service_account.node.email
    oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]

    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }

    workload_metadata_config {
      mode = "GKE_METADATA"
    }
  }

  release_channel {
    channel = "REGULAR"
  }

  ip_allocation_policy {
    cluster_secondary_range_name  = "pods"
    services_secondary_range_name = "services"
  }

  # <[ r.say("A API só atende dentro da rede: administra-se pela VPN.", "The API answers inside the network alone: one administers by VPN.") ]>
  private_cluster_config {
    enable_private_nodes    = true
    enable_private_endpoint = true
    master_ipv4_cidr_block  = cidrsubnet(var.cidr, 12, 48 * 16)
  }

  master_authorized_networks_config {
    dynamic "cidr_blocks" {
      for_each = var.admin_cidrs

      content {
        cidr_block = cidr_blocks.value
      }
    }
  }

  authenticator_groups_config {
    security_group = var.admin_group
  }

  master_auth {
    client_certificate_config {
      issue_client_certificate = false
    }
  }

  workload_identity_config {
    workload_pool = "${var.project}.svc.id.goog"
  }

  database_encryption {
    state    = "ENCRYPTED"
    key_name = google_kms_crypto_key.main.id
  }

  binary_authorization {
    evaluation_mode = "PROJECT_SINGLETON_POLICY_ENFORCE"
  }

  logging_config {
    enable_components = ["SYSTEM_COMPONENTS", "WORKLOADS", "APISERVER"]
  }

  maintenance_policy {
    recurring_window {
      start_time = "2026-01-04T05:00:00Z"
      end_time   = "2026-01-04T11:00:00Z"
      recurrence = "FREQ=WEEKLY;BYDAY=SU"
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.main]
}

resource "google_container_node_pool" "node" {
  for_each = local.nodes

  name     = each.key
  cluster  = google_container_cluster.main.id
  location = var.region
  <%- if r.office() %>

  # <[ r.say("Em horário comercial o número é o de office.tf: o ajuste automático religaria à noite o que parou.", "In office hours the number is that of office.tf: autoscaling would start again at night what has stopped.") ]>
  node_count = var.office_hours ? local.office_nodes[each.key] : null

  # <[ r.say("Ao todo, e não por zona: espalhadas por elas.", "Altogether, not for each zone: spread over them.") ]>
  dynamic "autoscaling" {
    for_each = var.office_hours ? [] : [max(1, ceil(each.value.count * var.scale))]

    content {
      total_min_node_count = autoscaling.value
      total_max_node_count = autoscaling.value + 1
      location_policy      = "BALANCED"
    }
  }
  <%- else %>

  # <[ r.say("Ao todo, e não por zona: espalhadas por elas.", "Altogether, not for each zone: spread over them.") ]>
  autoscaling {
    total_min_node_count = max(1, ceil(each.value.count * var.scale))
    total_max_node_count = max(1, ceil(each.value.count * var.scale)) + 1
    location_policy      = "BALANCED"
  }
  <%- endif %>

  # <[ r.say("Uma máquina de cada vez: um conjunto do Aroeira tem um só escritor.", "One machine at a time: a set of Aroeira has a single writer.") ]>
  upgrade_settings {
    max_surge       = 1
    max_unavailable = 0
  }

  management {
    auto_repair  = true
    auto_upgrade = true
  }

  node_config {
    machine_type      = each.value.type
    spot              = each.value.spot
    disk_size_gb      = each.value.disk_gb
    disk_type         = "pd-balanced"
    boot_disk_kms_key = google_kms_crypto_key.main.id
    service_account   = google_service_account.node.email
    oauth_scopes      = ["https://www.googleapis.com/auth/cloud-platform"]

    labels = {
      "aroeira/node"    = each.key
      "aroeira/site"    = <[ r.site.id|hcl ]>
      "aroeira/country" = <[ r.site.country|hcl ]>
    }

    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }

    workload_metadata_config {
      mode = "GKE_METADATA"
    }

    # <[ r.say("O GKE põe sozinho a taint nvidia.com/gpu nas máquinas com placa.", "GKE puts the taint nvidia.com/gpu on machines with a card by itself.") ]>
    dynamic "guest_accelerator" {
      for_each = each.value.card == "" ? [] : [each.value]

      content {
        type  = guest_accelerator.value.card
        count = guest_accelerator.value.cards
      }
    }
  }
}
