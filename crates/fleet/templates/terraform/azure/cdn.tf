# <[ r.say("O Front Door atende do ponto mais próximo de quem pede e só guarda os arquivos com hash no nome: dado de paciente nunca.", "Front Door answers from the point nearest to who asks, and keeps but files with a hash in their name: never data of a patient.") ]>
# <[ r.say("As regras gerenciadas do firewall só existem na classe Premium.", "The firewall's managed rules are in the Premium class alone.") ]>
resource "azurerm_cdn_frontdoor_profile" "main" {
  name                = local.name
  resource_group_name = azurerm_resource_group.main.name
  sku_name            = "Premium_AzureFrontDoor"
  # <[ r.say("O máximo do Front Door: uma importação de FHIR que leve mais tempo se faz em partes.", "The most that Front Door waits: an import of FHIR that takes longer is done in parts.") ]>
  response_timeout_seconds = 240
  tags                     = local.tags
}

resource "azurerm_cdn_frontdoor_endpoint" "main" {
  name                     = "${local.name}-${local.code}"
  cdn_frontdoor_profile_id = azurerm_cdn_frontdoor_profile.main.id
  tags                     = local.tags
}

resource "azurerm_cdn_frontdoor_custom_domain" "main" {
  for_each = toset(var.domains)

  name                     = replace(each.value, ".", "-")
  cdn_frontdoor_profile_id = azurerm_cdn_frontdoor_profile.main.id
  host_name                = each.value

  tls {
    certificate_type    = "ManagedCertificate"
    minimum_tls_version = "TLS12"
  }
}

resource "azurerm_cdn_frontdoor_origin_group" "main" {
  name                     = "balancer"
  cdn_frontdoor_profile_id = azurerm_cdn_frontdoor_profile.main.id
  session_affinity_enabled = false

  load_balancing {
    sample_size                 = 4
    successful_samples_required = 3
  }
}

# <[ r.say("O nome que a clínica pediu segue até o Aroeira, que por ele sabe qual é.", "The name that the clinic asked for goes on to Aroeira, which knows it by that.") ]>
resource "azurerm_cdn_frontdoor_origin" "main" {
  name                           = "balancer"
  cdn_frontdoor_origin_group_id  = azurerm_cdn_frontdoor_origin_group.main.id
  host_name                      = var.origin_domain
  certificate_name_check_enabled = true
  enabled                        = true
}

resource "azurerm_cdn_frontdoor_route" "pages" {
  name                            = "pages"
  cdn_frontdoor_endpoint_id       = azurerm_cdn_frontdoor_endpoint.main.id
  cdn_frontdoor_origin_group_id   = azurerm_cdn_frontdoor_origin_group.main.id
  cdn_frontdoor_origin_ids        = [azurerm_cdn_frontdoor_origin.main.id]
  cdn_frontdoor_custom_domain_ids = [for domain in azurerm_cdn_frontdoor_custom_domain.main : domain.id]
  link_to_default_domain          = false
  patterns_to_match               = ["/*"]
  supported_protocols             = ["Http", "Https"]
  https_redirect_enabled          = true
  forwarding_protocol             = "HttpsOnly"
}

resource "azurerm_cdn_frontdoor_route" "assets" {
  name                            = "assets"
  cdn_frontdoor_endpoint_id       = azurerm_cdn_frontdoor_endpoint.main.id
  cdn_frontdoor_origin_group_id   = azurerm_cdn_frontdoor_origin_group.main.id
  cdn_frontdoor_origin_ids        = [azurerm_cdn_frontdoor_origin.main.id]
  cdn_frontdoor_custom_domain_ids = [for domain in azurerm_cdn_frontdoor_custom_domain.main : domain.id]
  link_to_default_domain          = false
  patterns_to_match               = ["/assets/*"]
  supported_protocols             = ["Http", "Https"]
  https_redirect_enabled          = true
  forwarding_protocol             = "HttpsOnly"

  # <[ r.say("Guardado pelo tempo que o próprio Aroeira diz; um no-store nunca é.", "Kept for the time that Aroeira itself says; a no-store never is.") ]>
  cache {
    query_string_caching_behavior = "IgnoreQueryString"
  }
}

resource "azurerm_cdn_frontdoor_firewall_policy" "main" {
  name                       = replace(local.name, "-", "")
  resource_group_name        = azurerm_resource_group.main.name
  sku_name                   = azurerm_cdn_frontdoor_profile.main.sku_name
  enabled                    = true
  mode                       = "Prevention"
  request_body_check_enabled = false
  tags                       = local.tags

  managed_rule {
    type    = "Microsoft_DefaultRuleSet"
    version = "2.1"
    action  = "Block"
  }

  managed_rule {
    type    = "Microsoft_BotManagerRuleSet"
    version = "1.1"
    action  = "Block"
  }

  # <[ r.say("Uma clínica inteira sai por um endereço: o limite fino é do Aroeira, por pessoa.", "A whole clinic comes from one address: the fine limit is Aroeira's, for each person.") ]>
  custom_rule {
    name                           = "rate"
    priority                       = 10
    type                           = "RateLimitRule"
    action                         = "Block"
    rate_limit_duration_in_minutes = 5
    rate_limit_threshold           = 10000

    match_condition {
      match_variable = "SocketAddr"
      operator       = "IPMatch"
      match_values   = ["0.0.0.0/0", "::/0"]
    }
  }
}

resource "azurerm_cdn_frontdoor_security_policy" "main" {
  name                     = "firewall"
  cdn_frontdoor_profile_id = azurerm_cdn_frontdoor_profile.main.id

  security_policies {
    firewall {
      cdn_frontdoor_firewall_policy_id = azurerm_cdn_frontdoor_firewall_policy.main.id

      association {
        patterns_to_match = ["/*"]

        dynamic "domain" {
          for_each = azurerm_cdn_frontdoor_custom_domain.main

          content {
            cdn_frontdoor_domain_id = domain.value.id
          }
        }
      }
    }
  }
}
