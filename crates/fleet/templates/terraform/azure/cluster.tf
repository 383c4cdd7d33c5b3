locals {
  # <[ r.say("Máquinas da especificação. Uma reserva é um desconto que se compra à parte.", "The spec's machines. A reservation is a discount that is bought apart.") ]>
  nodes = {
    <%- for group in r.groups %>
    <[ group.pool(12) ]> = {
      node    = <[ group.id|hcl ]>
      size    = <[ group.kind|hcl ]>
      count   = <[ group.count ]>
      spot    = <[ group.spot() ]>
      gpu     = <[ group.gpu ]>
      disk_gb = <[ group.disk_gb ]>
    }
    <%- endfor %>
  }
}

resource "azurerm_disk_encryption_set" "main" {
  name                      = local.name
  location                  = var.region
  resource_group_name       = azurerm_resource_group.main.name
  key_vault_key_id          = azurerm_key_vault_key.main.versionless_id
  auto_key_rotation_enabled = true
  tags                      = local.tags

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.main.id]
  }

  depends_on = [azurerm_role_assignment.key]
}

resource "azurerm_log_analytics_workspace" "main" {
  name                = local.name
  location            = var.region
  resource_group_name = azurerm_resource_group.main.name
  sku                 = "PerGB2018"
  retention_in_days   = 365
  tags                = local.tags
}

resource "azurerm_kubernetes_cluster" "main" {
  name                              = local.name
  location                          = var.region
  resource_group_name               = azurerm_resource_group.main.name
  dns_prefix                        = local.name
  sku_tier                          = "Standard"
  automatic_upgrade_channel         = "patch"
  node_os_upgrade_channel           = "NodeImage"
  private_cluster_enabled           = true
  local_account_disabled            = true
  role_based_access_control_enabled = true
  azure_policy_enabled              = true
  oidc_issuer_enabled               = true
  workload_identity_enabled         = true
  disk_encryption_set_id            = azurerm_disk_encryption_set.main.id
  tags                              = local.tags

  # <[ r.say("Só o que é do próprio Kubernetes: as cargas ficam nos grupos abaixo.", "Only what is Kubernetes's own: workloads are in the groups below.") ]>
  default_node_pool {
    name                         = "system"
    vm_size                      = "Standard_D2s_v5"
    node_count                   = <% if r.zones() > 2 %>3<% else %>2<% endif %>
    only_critical_addons_enabled = true
    vnet_subnet_id               = azurerm_subnet.nodes.id
    zones                        = [<% for zone in r.zone_numbers() %><% if !loop.first %>, <% endif %>"<[ zone ]>"<% endfor %>]
    max_pods                     = 110
    os_disk_type                 = "Managed"
    host_encryption_enabled      = true

    upgrade_settings {
      max_surge = "1"
    }
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.main.id]
  }

  azure_active_directory_role_based_access_control {
    azure_rbac_enabled     = true
    admin_group_object_ids = [var.admin_group_id]
  }

  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    pod_cidr            = "<[ r.pods() ]>"
    network_policy      = "cilium"
    network_data_plane  = "cilium"
    outbound_type       = "userAssignedNATGateway"
  }

  key_vault_secrets_provider {
    secret_rotation_enabled = true
  }

  oms_agent {
    log_analytics_workspace_id      = azurerm_log_analytics_workspace.main.id
    msi_auth_for_monitoring_enabled = true
  }

  maintenance_window_auto_upgrade {
    frequency   = "Weekly"
    interval    = 1
    duration    = 6
    day_of_week = "Sunday"
    start_time  = "05:00"
  }

  depends_on = [azurerm_subnet_nat_gateway_association.nodes, azurerm_role_assignment.network]
}

resource "azurerm_role_assignment" "network" {
  scope                = azurerm_virtual_network.main.id
  role_definition_name = "Network Contributor"
  principal_id         = azurerm_user_assigned_identity.main.principal_id
}

resource "azurerm_kubernetes_cluster_node_pool" "node" {
  for_each = local.nodes

  name                    = each.key
  kubernetes_cluster_id   = azurerm_kubernetes_cluster.main.id
  vm_size                 = each.value.size
  vnet_subnet_id          = azurerm_subnet.nodes.id
  zones                   = [<% for zone in r.zone_numbers() %><% if !loop.first %>, <% endif %>"<[ zone ]>"<% endfor %>]
  auto_scaling_enabled    = true
  min_count               = max(1, ceil(each.value.count * var.scale))
  max_count               = max(1, ceil(each.value.count * var.scale)) + 1
  max_pods                = 110
  os_disk_size_gb         = each.value.disk_gb
  host_encryption_enabled = true
  priority                = each.value.spot ? "Spot" : "Regular"
  eviction_policy         = each.value.spot ? "Delete" : null
  tags                    = local.tags

  # <[ r.say("O Azure recusa rótulos com o próprio prefixo dele, e acrescenta o das Spot.", "Azure refuses labels with its own prefix, and adds that of Spot.") ]>
  node_labels = merge(
    { "aroeira/node" = each.value.node, "aroeira/site" = <[ r.site.id|hcl ]>, "aroeira/country" = <[ r.site.country|hcl ]> },
    each.value.spot ? { "kubernetes.azure.com/scalesetpriority" = "spot" } : {},
  )

  # <[ r.say("Numa máquina com placa só fica quem pede a placa.", "On a machine with a card there is only what asks for the card.") ]>
  node_taints = concat(
    each.value.gpu ? ["nvidia.com/gpu=present:NoSchedule"] : [],
    each.value.spot ? ["kubernetes.azure.com/scalesetpriority=spot:NoSchedule"] : [],
  )

  # <[ r.say("Uma máquina de cada vez: um conjunto do Aroeira tem um só escritor.", "One machine at a time: a set of Aroeira has a single writer.") ]>
  dynamic "upgrade_settings" {
    for_each = each.value.spot ? [] : ["1"]

    content {
      max_surge = upgrade_settings.value
    }
  }
}
