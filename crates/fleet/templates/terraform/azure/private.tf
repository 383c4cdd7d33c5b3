locals {
  # <[ r.say("Sem estas zonas o nome de um serviço leva ao endereço público dele, que recusa todo mundo.", "Without these zones a service's name leads to its public address, which refuses everybody.") ]>
  private_zones = {
    vault = "privatelink.vaultcore.azure.net"
    <%- if !r.buckets.is_empty() %>
    blob  = "privatelink.blob.core.windows.net"
    <%- endif %>
    <%- if r.files %>
    files = "privatelink.file.core.windows.net"
    <%- endif %>
    <%- if r.cache.is_some() %>
    cache = "privatelink.redis.azure.net"
    <%- endif %>
  }
}

resource "azurerm_private_dns_zone" "service" {
  for_each = local.private_zones

  name                = each.value
  resource_group_name = azurerm_resource_group.main.name
  tags                = local.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "service" {
  for_each = azurerm_private_dns_zone.service

  name                  = each.key
  resource_group_name   = azurerm_resource_group.main.name
  private_dns_zone_name = each.value.name
  virtual_network_id    = azurerm_virtual_network.main.id
  tags                  = local.tags
}

# <[ r.say("O cluster e o balanceador leem segredos e certificados por dentro da rede.", "The cluster and the balancer read secrets and certificates inside the network.") ]>
resource "azurerm_private_endpoint" "vault" {
  name                = "${local.name}-vault"
  location            = var.region
  resource_group_name = azurerm_resource_group.main.name
  subnet_id           = azurerm_subnet.services.id
  tags                = local.tags

  private_service_connection {
    name                           = "vault"
    private_connection_resource_id = azurerm_key_vault.main.id
    subresource_names              = ["vault"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "vault"
    private_dns_zone_ids = [azurerm_private_dns_zone.service["vault"].id]
  }
}
