# <[ r.say("Cofre de chaves e segredos. O que é apagado volta por 90 dias.", "Vault of keys and secrets. What is deleted can come back for 90 days.") ]>
resource "azurerm_key_vault" "main" {
  name                          = "kv-${local.code}"
  location                      = var.region
  resource_group_name           = azurerm_resource_group.main.name
  tenant_id                     = data.azurerm_client_config.current.tenant_id
  sku_name                      = "premium"
  rbac_authorization_enabled    = true
  purge_protection_enabled      = true
  soft_delete_retention_days    = 90
  public_network_access_enabled = true
  tags                          = local.tags

  # <[ r.say("Só dos endereços públicos de quem administra; o cluster entra por dentro da rede, os serviços do Azure pela dele.", "From the administrators' public addresses alone; the cluster comes inside the network, Azure's services by its own.") ]>
  network_acls {
    default_action = "Deny"
    bypass         = "AzureServices"
    ip_rules       = var.vault_addresses
  }
}

# <[ r.say("Uma chave para tudo o que guarda dados deste local, num módulo de hardware, trocada todo ano.", "One key for all that keeps data of this site, in a hardware module, rotated every year.") ]>
resource "azurerm_key_vault_key" "main" {
  name            = "main"
  key_vault_id    = azurerm_key_vault.main.id
  key_type        = "RSA-HSM"
  key_size        = 3072
  key_opts        = ["wrapKey", "unwrapKey"]
  expiration_date = timeadd(var.budget_start, "17520h")

  rotation_policy {
    expire_after         = "P2Y"
    notify_before_expiry = "P60D"

    automatic {
      time_after_creation = "P1Y"
    }
  }

  lifecycle {
    ignore_changes = [expiration_date]
  }

  depends_on = [azurerm_role_assignment.deployer]
}

# <[ r.say("Quem roda o Terraform cria a chave; não lê segredos.", "Who runs Terraform makes the key; it reads no secrets.") ]>
resource "azurerm_role_assignment" "deployer" {
  scope                = azurerm_key_vault.main.id
  role_definition_name = "Key Vault Crypto Officer"
  principal_id         = data.azurerm_client_config.current.object_id
}

resource "azurerm_user_assigned_identity" "main" {
  name                = local.name
  location            = var.region
  resource_group_name = azurerm_resource_group.main.name
  tags                = local.tags
}

resource "azurerm_role_assignment" "key" {
  scope                = azurerm_key_vault.main.id
  role_definition_name = "Key Vault Crypto Service Encryption User"
  principal_id         = azurerm_user_assigned_identity.main.principal_id
}
<%- if r.balancer %>

resource "azurerm_role_assignment" "certificate" {
  scope                = azurerm_key_vault.main.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.main.principal_id
}
<%- endif %>
<%- if r.keeps_secrets() %>

# <[ r.say("Segredos são postos à mão no cofre e nunca entram no estado do Terraform (veja o README).", "Secrets are put into the vault by hand and never enter Terraform's state (see the README).") ]>
<%- endif %>
