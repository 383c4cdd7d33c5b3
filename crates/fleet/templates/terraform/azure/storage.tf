<%- for bucket in r.buckets %>

# <[ bucket.id ]>: <[ bucket.told(r) ]>
<%- if bucket.zonal() %>
# <[ r.say("Em três zonas da mesma região: os dados não saem dela.", "In three zones of the same region: data does not leave it.") ]>
<%- else %>
# <[ r.say("Numa zona só: o Azure não vende a camada Archive em três, e uma cópia noutra região sairia de onde os dados ficam.", "In a single zone: Azure does not sell the tier Archive in three, and a copy in another region would leave where data is.") ]>
<%- endif %>
resource "azurerm_storage_account" "<[ bucket.label() ]>" {
  name                              = "<[ bucket.pressed(16) ]>${local.code}"
  location                          = var.region
  resource_group_name               = azurerm_resource_group.main.name
  account_kind                      = "StorageV2"
  account_tier                      = "Standard"
  account_replication_type          = "<% if bucket.zonal() %>ZRS<% else %>LRS<% endif %>"
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

  blob_properties {
    versioning_enabled = true

    delete_retention_policy {
      days = <[ r.retention_days(365) ]>
    }

    container_delete_retention_policy {
      days = <[ r.retention_days(365) ]>
    }
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [azurerm_role_assignment.key]
}

resource "azurerm_storage_container" "<[ bucket.label() ]>" {
  name                  = <[ bucket.id|hcl ]>
  storage_account_id    = azurerm_storage_account.<[ bucket.label() ]>.id
  container_access_type = "private"
}
<%- if bucket.immutable %>

# <[ r.say("Antes do prazo ninguém apaga nem sobrescreve; em produção o prazo não se encurta nunca mais.", "Before its time nobody deletes or overwrites; in production the time can never be shortened again.") ]>
resource "azurerm_storage_container_immutability_policy" "<[ bucket.label() ]>" {
  storage_container_resource_manager_id = azurerm_storage_container.<[ bucket.label() ]>.id
  immutability_period_in_days           = var.environment == "production" ? <[ r.keep_days() ]> : <[ r.keep_days().min(7) ]>
  locked                                = var.immutability_locked == null ? var.environment == "production" : var.immutability_locked
  protected_append_writes_all_enabled   = false
  protected_append_writes_enabled       = false
}
<%- endif %>

resource "azurerm_storage_management_policy" "<[ bucket.label() ]>" {
  storage_account_id = azurerm_storage_account.<[ bucket.label() ]>.id

  rule {
    name    = "access"
    enabled = true

    filters {
      blob_types = ["blockBlob"]
    }

    actions {
      base_blob {
        <%- for (days, action) in bucket.azure_tiers(r) %>
        <[ action ]> = <[ days ]>
        <%- endfor %>
      }

      # <[ r.say("Versões antigas ficam tanto quanto as cópias.", "Old versions stay as long as copies do.") ]>
      version {
        delete_after_days_since_creation = <[ r.keep_days() ]>
      }
    }
  }
}

resource "azurerm_private_endpoint" "<[ bucket.label() ]>" {
  name                = "${local.name}-<[ bucket.id ]>"
  location            = var.region
  resource_group_name = azurerm_resource_group.main.name
  subnet_id           = azurerm_subnet.services.id
  tags                = local.tags

  private_service_connection {
    name                           = <[ bucket.id|hcl ]>
    private_connection_resource_id = azurerm_storage_account.<[ bucket.label() ]>.id
    subresource_names              = ["blob"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "blob"
    private_dns_zone_ids = [azurerm_private_dns_zone.service["blob"].id]
  }
}
<%- endfor %>
