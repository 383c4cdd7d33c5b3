<%- if let Some(database) = r.database %>
# <[ r.say("PostgreSQL gerenciado. O Aroeira de hoje guarda os prontuários no motor selado (um arquivo por clínica): este banco serve", "Managed PostgreSQL. Today's Aroeira keeps records in the sealed engine (a file for each clinic): this database serves") ]>
# <[ r.say("a outras cargas, e ao próprio Aroeira quando o motor de PostgreSQL vier.", "other workloads, and Aroeira itself once the engine for PostgreSQL comes.") ]>
resource "azurerm_postgresql_flexible_server" "main" {
  name                          = "${local.name}-${local.code}"
  location                      = var.region
  resource_group_name           = azurerm_resource_group.main.name
  version                       = "17"
  sku_name                      = "GP_Standard_D<[ r.count("azure.postgresql.vcore", 2) ]>ds_v5"
  storage_mb                    = <[ database.azure_mb() ]>
  auto_grow_enabled             = true
  delegated_subnet_id           = azurerm_subnet.database.id
  private_dns_zone_id           = azurerm_private_dns_zone.database.id
  public_network_access_enabled = false
  # <[ r.say("Cada alteração é guardada; o Azure guarda no máximo 35 dias.", "Each change is kept; Azure keeps 35 days at most.") ]>
  backup_retention_days = <[ r.retention_days(35).max(7) ]>
  # <[ r.say("Uma cópia noutra região sairia de onde a especificação diz que os dados ficam.", "A copy in another region would leave where the spec says that data is.") ]>
  geo_redundant_backup_enabled = false
  tags                         = local.tags

  # <[ r.say("Só pelo Entra ID: não há senha para guardar.", "By Entra ID alone: there is no password to keep.") ]>
  authentication {
    active_directory_auth_enabled = true
    password_auth_enabled         = false
    tenant_id                     = data.azurerm_client_config.current.tenant_id
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.main.id]
  }

  customer_managed_key {
    key_vault_key_id                  = azurerm_key_vault_key.main.versionless_id
    primary_user_assigned_identity_id = azurerm_user_assigned_identity.main.id
  }
  <%- if database.multi_zone %>

  high_availability {
    mode = "ZoneRedundant"
  }
  <%- endif %>

  maintenance_window {
    day_of_week  = 0
    start_hour   = 6
    start_minute = 0
  }

  lifecycle {
    prevent_destroy = true
    # <[ r.say("Depois de uma troca entre zonas o Azure as inverte.", "After a change between zones Azure has them the other way round.") ]>
    ignore_changes = [zone]
  }

  depends_on = [azurerm_role_assignment.key, azurerm_private_dns_zone_virtual_network_link.database]
}

resource "azurerm_postgresql_flexible_server_configuration" "main" {
  for_each = {
    "require_secure_transport"   = "ON"
    "ssl_min_protocol_version"   = "TLSv1.2"
    "log_checkpoints"            = "ON"
    "log_connections"            = "ON"
    "connection_throttle.enable" = "ON"
  }

  name      = each.key
  server_id = azurerm_postgresql_flexible_server.main.id
  value     = each.value
}

resource "azurerm_private_dns_zone" "database" {
  name                = "${local.name}.private.postgres.database.azure.com"
  resource_group_name = azurerm_resource_group.main.name
  tags                = local.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "database" {
  name                  = "database"
  resource_group_name   = azurerm_resource_group.main.name
  private_dns_zone_name = azurerm_private_dns_zone.database.name
  virtual_network_id    = azurerm_virtual_network.main.id
}
<%- endif %>
