<%- if let Some(cache) = r.cache %>
# <[ r.say("Redis gerenciado, só por TLS, pela rede privada e pelo Entra ID.", "Managed Redis, by TLS alone, by the private network and Entra ID.") ]>
resource "azurerm_managed_redis" "main" {
  name                      = "${local.name}-${local.code}"
  location                  = var.region
  resource_group_name       = azurerm_resource_group.main.name
  sku_name                  = "Balanced_B1"
  high_availability_enabled = <[ cache.multi_zone ]>
  tags                      = local.tags

  default_database {
    client_protocol                    = "Encrypted"
    access_keys_authentication_enabled = false
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.main.id]
  }

  customer_managed_key {
    key_vault_key_id          = azurerm_key_vault_key.main.id
    user_assigned_identity_id = azurerm_user_assigned_identity.main.id
  }

  depends_on = [azurerm_role_assignment.key]
}

resource "azurerm_private_endpoint" "cache" {
  name                = "${local.name}-cache"
  location            = var.region
  resource_group_name = azurerm_resource_group.main.name
  subnet_id           = azurerm_subnet.services.id
  tags                = local.tags

  private_service_connection {
    name                           = "cache"
    private_connection_resource_id = azurerm_managed_redis.main.id
    subresource_names              = ["redisEnterprise"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "cache"
    private_dns_zone_ids = [azurerm_private_dns_zone.service["cache"].id]
  }
}
<%- endif %>
