# <[ r.say("O balanceador do Google à frente dos pods do Traefik, com endereço, certificado e Cloud Armor.", "Google's balancer before Traefik's pods, with address, certificate and Cloud Armor.") ]>
resource "google_compute_global_address" "edge" {
  name = "${local.name}-edge"

  depends_on = [google_project_service.main]
}

resource "google_compute_managed_ssl_certificate" "edge" {
  name = "${local.name}-edge"

  managed {
    domains = var.domains
  }

  depends_on = [google_project_service.main]
}

resource "google_compute_ssl_policy" "edge" {
  name            = "${local.name}-edge"
  profile         = "RESTRICTED"
  min_tls_version = "TLS_1_2"

  depends_on = [google_project_service.main]
}

resource "google_compute_security_policy" "edge" {
  name        = "${local.name}-edge"
  description = "<[ r.say("Regras da OWASP e um limite por endereço", "OWASP rules and a limit for each address") ]>"

  # <[ r.say("O Cloud Armor examina o corpo junto com o resto, e não se lhe tira só o corpo: pedidos com corpo passam às mãos do Aroeira,", "Cloud Armor searches bodies with all else, and bodies alone cannot be left out: requests with a body pass to Aroeira, because a") ]>
  # <[ r.say("porque num prontuário há de tudo e uma nota recusada é pior que o ataque. Nos outros examina-se tudo; em /fhir e /api, menos", "record may say anything and a note that is refused is worse than the attack. Of the others all is searched; at /fhir and /api not") ]>
  # <[ r.say("a busca.", "the query.") ]>
  <%- for (set, priority) in r.armor_rules() %>

  rule {
    action   = "deny(403)"
    priority = <[ priority ]>

    match {
      expr {
        expression = "request.method.matches('^(GET|HEAD|OPTIONS|DELETE)$') && !request.path.matches('^/(fhir|api)(/|$)') && evaluatePreconfiguredWaf('<[ set ]>', {'sensitivity': 1})"
      }
    }
  }

  rule {
    action   = "deny(403)"
    priority = <[ priority + 1 ]>

    match {
      expr {
        expression = "request.method.matches('^(GET|HEAD|OPTIONS|DELETE)$') && request.path.matches('^/(fhir|api)(/|$)') && evaluatePreconfiguredWaf('<[ set ]>', {'sensitivity': 1})"
      }
    }

    preconfigured_waf_config {
      exclusion {
        target_rule_set = "<[ set ]>"

        request_query_param {
          operator = "EQUALS_ANY"
        }
      }
    }
  }
  <%- endfor %>

  # <[ r.say("Uma clínica inteira sai por um endereço: o limite fino é do Aroeira, por pessoa.", "A whole clinic comes from one address: the fine limit is Aroeira's, for each person.") ]>
  rule {
    action   = "throttle"
    priority = 2147483646

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }

    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"

      rate_limit_threshold {
        count        = 2000
        interval_sec = 60
      }
    }
  }

  rule {
    action   = "allow"
    priority = 2147483647

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }
  }

  depends_on = [google_project_service.main]
}

# <[ r.say("O GKE faz um grupo por zona, com o nome da anotação no serviço do Traefik (veja o README): antes dele não há a quem mandar.", "GKE makes a group in each zone, by the name of the annotation on Traefik's service (see the README): before it there is nobody to send to.") ]>
data "google_compute_network_endpoint_group" "ingress" {
  for_each = toset(var.ingress_zones)

  name = var.ingress_group
  zone = each.value
}

# <[ r.say("Responde o próprio Traefik: a queda de um conjunto de clínicas não derruba os outros.", "Traefik itself answers: when one set of clinics fails the others stay.") ]>
resource "google_compute_health_check" "ingress" {
  name                = "${local.name}-ingress"
  check_interval_sec  = 10
  timeout_sec         = 5
  healthy_threshold   = 2
  unhealthy_threshold = 2

  http_health_check {
    port_specification = "USE_FIXED_PORT"
    port               = var.health_port
    request_path       = "/ping"
  }

  log_config {
    enable = true
  }

  depends_on = [google_project_service.main]
}

# <[ r.say("De onde o balanceador do Google pergunta e chama: endereços fixos, que a documentação dele dá.", "Where Google's balancer asks and calls from: fixed addresses, which its documentation gives.") ]>
resource "google_compute_firewall" "ingress" {
  name                    = "${local.name}-ingress"
  network                 = google_compute_network.main.id
  direction               = "INGRESS"
  source_ranges           = ["35.191.0.0/16", "130.211.0.0/22"]
  target_service_accounts = [google_service_account.node.email]

  allow {
    protocol = "tcp"
    ports    = [tostring(var.ingress_port), tostring(var.health_port)]
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_backend_service" "ingress" {
  name                  = "${local.name}-ingress"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  health_checks         = [google_compute_health_check.ingress.id]
  security_policy       = google_compute_security_policy.edge.id
  # <[ r.say("O Aroeira responde em até 300 s a uma importação de FHIR.", "Aroeira answers within 300 s to an import of FHIR.") ]>
  timeout_sec                     = 310
  connection_draining_timeout_sec = 60

  dynamic "backend" {
    for_each = data.google_compute_network_endpoint_group.ingress

    content {
      group                 = backend.value.id
      balancing_mode        = "RATE"
      max_rate_per_endpoint = 1000
    }
  }

  # <[ r.say("Sem registro aqui: numa busca de FHIR o endereço pedido pode ter o nome do paciente. O Traefik grava o que for preciso.", "No log here: in a search of FHIR the address that is asked for may hold the patient's name. Traefik writes what is needed.") ]>
  log_config {
    enable = false
  }
}

resource "google_compute_url_map" "edge" {
  name            = "${local.name}-edge"
  default_service = google_compute_backend_service.ingress.id
  <%- if r.cdn %>

  host_rule {
    hosts        = ["*"]
    path_matcher = "all"
  }

  path_matcher {
    name            = "all"
    default_service = google_compute_backend_service.ingress.id

    path_rule {
      paths   = ["/assets/*"]
      service = google_compute_backend_service.assets.id
    }
  }
  <%- endif %>
}

resource "google_compute_target_https_proxy" "edge" {
  name             = "${local.name}-edge"
  url_map          = google_compute_url_map.edge.id
  ssl_certificates = [google_compute_managed_ssl_certificate.edge.id]
  ssl_policy       = google_compute_ssl_policy.edge.id
}

resource "google_compute_global_forwarding_rule" "https" {
  name                  = "${local.name}-https"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.edge.id
  port_range            = "443"
  target                = google_compute_target_https_proxy.edge.id
}

# <[ r.say("A porta 80 só manda para a 443.", "Port 80 sends to 443 and nothing else.") ]>
resource "google_compute_url_map" "redirect" {
  name = "${local.name}-redirect"

  default_url_redirect {
    https_redirect         = true
    redirect_response_code = "MOVED_PERMANENTLY_DEFAULT"
    strip_query            = false
  }

  depends_on = [google_project_service.main]
}

resource "google_compute_target_http_proxy" "redirect" {
  name    = "${local.name}-redirect"
  url_map = google_compute_url_map.redirect.id
}

resource "google_compute_global_forwarding_rule" "http" {
  name                  = "${local.name}-http"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.edge.id
  port_range            = "80"
  target                = google_compute_target_http_proxy.redirect.id
}
