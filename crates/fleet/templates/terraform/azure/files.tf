# <[ r.say("Arquivos que várias máquinas dividem, por NFS com TLS e só pela rede privada; em três zonas da mesma região.", "Files that several machines share, by NFS with TLS and by the private network alone; in three zones of the same region.") ]>
resource "azurerm_storage_account" "files" {
  name                              = "files${local.code}"
  location                          = var.region
  resource_group_name               = azurerm_resource_group.main.name
  account_kind                      = "FileStorage"
  account_tier                      = "Premium"
  account_replication_type          = "ZRS"
  min_tls_version                   = "TLS1_2"
  https_traffic_only_enabled        = true
  public_network_access_enabled     = false
  allow_nested_items_to_be_public   = false
  shared_access_key_enabled         = false
  default_to_oauth_authentication   = true
  local_user_enabled                = false
  infrastructure_encryption_enabled = true
  tags                              = local.tags

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.main.id]
  }

  customer_managed_key {
    key_vault_key_id          = azurerm_key_vault_key.main.versionless_id
    user_assigned_identity_id = azurerm_user_assigned_identity.main.id
  }

  network_rules {
    default_action = "Deny"
    bypass         = ["AzureServices"]
  }

  sas_policy {
    expiration_period = "00.01:00:00"
    expiration_action = "Block"
  }

  share_properties {
    retention_policy {
      days = <[ r.retention_days(365) ]>
    }
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [azurerm_role_assignment.key]
}

# <[ r.say("A Azure vende de 100 GiB para cima.", "Azure sells 100 GiB and more.") ]>
resource "azurerm_storage_share" "files" {
  name               = "files"
  storage_account_id = azurerm_storage_account.files.id
  enabled_protocol   = "NFS"
  quota              = <[ r.azure_share_gb() ]>
}

resource "azurerm_private_endpoint" "files" {
  name                = "${local.name}-files"
  location            = var.region
  resource_group_name = azurerm_resource_group.main.name
  subnet_id           = azurerm_subnet.services.id
  tags                = local.tags

  private_service_connection {
    name                           = "files"
    private_connection_resource_id = azurerm_storage_account.files.id
    subresource_names              = ["file"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "files"
    private_dns_zone_ids = [azurerm_private_dns_zone.service["files"].id]
  }
}
