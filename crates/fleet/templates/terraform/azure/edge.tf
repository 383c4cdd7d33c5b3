<%- if r.cdn %>
# <[ r.say("Balanceador com o firewall de aplicação, na região, atrás do Front Door de cdn.tf.", "Balancer with the application's firewall, in the region, behind the Front Door of cdn.tf.") ]>
<%- else %>
# <[ r.say("Balanceador com o firewall de aplicação, na região: nada passa por outro país.", "Balancer with the application's firewall, in the region: nothing passes through another country.") ]>
<%- endif %>
resource "azurerm_subnet" "edge" {
  name                            = "edge"
  resource_group_name             = azurerm_resource_group.main.name
  virtual_network_name            = azurerm_virtual_network.main.name
  address_prefixes                = [cidrsubnet(var.cidr, 8, 66)]
  default_outbound_access_enabled = false
}

resource "azurerm_public_ip" "edge" {
  name                = "${local.name}-edge"
  location            = var.region
  resource_group_name = azurerm_resource_group.main.name
  allocation_method   = "Static"
  sku                 = "Standard"
  zones               = [<% for zone in r.zone_numbers() %><% if !loop.first %>, <% endif %>"<[ zone ]>"<% endfor %>]
  tags                = local.tags
}

resource "azurerm_web_application_firewall_policy" "main" {
  name                = local.name
  location            = var.region
  resource_group_name = azurerm_resource_group.main.name
  tags                = local.tags

  policy_settings {
    enabled = true
    mode    = "Prevention"
    # <[ r.say("O corpo não é examinado: num prontuário há de tudo, e uma nota recusada é pior que o ataque. Quem o limita é o Aroeira.", "Bodies are not searched: a record may say anything, and a note that is refused is worse than the attack. Aroeira bounds them.") ]>
    # <[ r.say("Caminho, busca, cabeçalhos e cookies seguem examinados.", "Path, query, headers and cookies are still searched.") ]>
    request_body_check       = false
    request_body_enforcement = false
    file_upload_limit_in_mb  = 100
  }

  managed_rules {
    # <[ r.say("Um identificador de FHIR é uma URL inteira: na busca não é inclusão de um arquivo remoto.", "An identifier of FHIR is a whole URL: in a query it is no inclusion of a remote file.") ]>
    exclusion {
      match_variable          = "RequestArgValues"
      selector_match_operator = "EqualsAny"
      selector                = "*"

      excluded_rule_set {
        type    = "Microsoft_DefaultRuleSet"
        version = "2.1"

        rule_group {
          rule_group_name = "RFI"
        }
      }
    }

    managed_rule_set {
      type    = "Microsoft_DefaultRuleSet"
      version = "2.1"
    }

    managed_rule_set {
      type    = "Microsoft_BotManagerRuleSet"
      version = "1.1"
    }
  }
  <%- if r.cdn %>

  # <[ r.say("Só se chega pelo Front Door de cdn.tf: o de outra assinatura tem outro número.", "One comes by the Front Door of cdn.tf alone: another subscription's has another number.") ]>
  custom_rules {
    name      = "frontdoor"
    priority  = 10
    rule_type = "MatchRule"
    action    = "Block"

    match_conditions {
      operator           = "Equal"
      negation_condition = true
      match_values       = [azurerm_cdn_frontdoor_profile.main.resource_guid]

      match_variables {
        variable_name = "RequestHeaders"
        selector      = "X-Azure-FDID"
      }
    }
  }
  <%- else %>

  # <[ r.say("Uma clínica inteira sai por um endereço: o limite fino é do Aroeira, por pessoa.", "A whole clinic comes from one address: the fine limit is Aroeira's, for each person.") ]>
  custom_rules {
    name                 = "rate"
    priority             = 10
    rule_type            = "RateLimitRule"
    action               = "Block"
    rate_limit_duration  = "FiveMins"
    rate_limit_threshold = 10000
    group_rate_limit_by  = "ClientAddr"

    match_conditions {
      operator     = "IPMatch"
      match_values = ["0.0.0.0/0", "::/0"]

      match_variables {
        variable_name = "RemoteAddr"
      }
    }
  }
  <%- endif %>
}

resource "azurerm_application_gateway" "main" {
  name                = local.name
  location            = var.region
  resource_group_name = azurerm_resource_group.main.name
  firewall_policy_id  = azurerm_web_application_firewall_policy.main.id
  zones               = [<% for zone in r.zone_numbers() %><% if !loop.first %>, <% endif %>"<[ zone ]>"<% endfor %>]
  enable_http2        = true
  tags                = local.tags

  sku {
    name = "WAF_v2"
    tier = "WAF_v2"
  }

  autoscale_configuration {
    min_capacity = 2
    max_capacity = 10
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.main.id]
  }

  ssl_policy {
    policy_type = "Predefined"
    policy_name = "AppGwSslPolicy20220101"
  }

  ssl_certificate {
    name                = "edge"
    key_vault_secret_id = var.certificate_secret_id
  }

  gateway_ip_configuration {
    name      = "edge"
    subnet_id = azurerm_subnet.edge.id
  }

  frontend_ip_configuration {
    name                 = "public"
    public_ip_address_id = azurerm_public_ip.edge.id
  }

  frontend_port {
    name = "https"
    port = 443
  }

  backend_address_pool {
    name         = "ingress"
    ip_addresses = var.ingress_addresses
  }

  # <[ r.say("O Aroeira responde em até 300 s a uma importação de FHIR.", "Aroeira answers within 300 s to an import of FHIR.") ]>
  backend_http_settings {
    name                  = "ingress"
    port                  = 443
    protocol              = "Https"
    cookie_based_affinity = "Disabled"
    request_timeout       = 310
    probe_name            = "ingress"
  }

  # <[ r.say("Pergunta ao próprio Traefik (veja o README), por um nome de que ele tem um certificado público: sem nome o Azure não confia.", "Asks Traefik itself (see the README), by a name that it has a public certificate of: without a name Azure does not trust it.") ]>
  probe {
    name                                      = "ingress"
    protocol                                  = "Https"
    path                                      = var.health_path
    host                                      = var.health_host
    interval                                  = 10
    timeout                                   = 5
    unhealthy_threshold                       = 2
    pick_host_name_from_backend_http_settings = false
  }

  http_listener {
    name                           = "https"
    frontend_ip_configuration_name = "public"
    frontend_port_name             = "https"
    protocol                       = "Https"
    ssl_certificate_name           = "edge"
  }

  request_routing_rule {
    name                       = "all"
    rule_type                  = "Basic"
    priority                   = 100
    http_listener_name         = "https"
    backend_address_pool_name  = "ingress"
    backend_http_settings_name = "ingress"
  }

  depends_on = [azurerm_role_assignment.certificate]
}
