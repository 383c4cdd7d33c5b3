locals {
  # <[ r.say("Uma identidade do Azure responde por 20 contas de serviço no máximo: a seguinte fica com as que sobram.", "An identity of Azure answers for 20 service accounts at most: the next one has what is left.") ]>
  secret_spaces = [
    <%- for space in r.secret_spaces() %>
    <[ space|hcl ]>,
    <%- endfor %>
  ]
  secret_identity = { for at, space in local.secret_spaces : space => format("%d", floor(at / 20) + 1) }
}

# <[ r.say("Segredos: a conta secrets de cada namespace da frota lê os deste cofre.", "Secrets: the account secrets of each of the fleet's namespaces reads those of this vault.") ]>
resource "azurerm_user_assigned_identity" "secrets" {
  for_each = toset(values(local.secret_identity))

  name                = "${local.name}-secrets-${each.value}"
  location            = var.region
  resource_group_name = azurerm_resource_group.main.name
  tags                = local.tags
}

resource "azurerm_role_assignment" "secrets" {
  for_each = azurerm_user_assigned_identity.secrets

  scope                = azurerm_key_vault.main.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = each.value.principal_id
}

resource "azurerm_federated_identity_credential" "secrets" {
  for_each = local.secret_identity

  name                = each.key
  resource_group_name = azurerm_resource_group.main.name
  parent_id           = azurerm_user_assigned_identity.secrets[each.value].id
  audience            = ["api://AzureADTokenExchange"]
  issuer              = azurerm_kubernetes_cluster.main.oidc_issuer_url
  subject             = "system:serviceaccount:${each.key}:secrets"
}
<%- if !r.copied().is_empty() %>
<%- if let Some(bucket) = r.copies() %>

# <[ r.say("Cópias do banco: quem o roda escreve neste contêiner, e não lê segredo nenhum.", "Copies of the database: who runs it writes to this container, and reads no secret.") ]>
resource "azurerm_user_assigned_identity" "backup" {
  name                = "${local.name}-backup"
  location            = var.region
  resource_group_name = azurerm_resource_group.main.name
  tags                = local.tags
}

resource "azurerm_role_assignment" "backup" {
  scope                = azurerm_storage_container.<[ bucket.label() ]>.id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = azurerm_user_assigned_identity.backup.principal_id
}

resource "azurerm_federated_identity_credential" "backup" {
  for_each = toset([<% for account in r.copied() %><% if !loop.first %>, <% endif %><[ account|hcl ]><% endfor %>])

  name                = each.value
  resource_group_name = azurerm_resource_group.main.name
  parent_id           = azurerm_user_assigned_identity.backup.id
  audience            = ["api://AzureADTokenExchange"]
  issuer              = azurerm_kubernetes_cluster.main.oidc_issuer_url
  subject             = "system:serviceaccount:<[ r.fleet() ]>-data:${each.value}"
}
<%- endif %>
<%- endif %>
