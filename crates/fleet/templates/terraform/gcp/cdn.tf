# <[ r.say("O balanceador com o Cloud CDN. O Ingress do GKE o ligaria para um serviço inteiro; aqui ele só vê /assets/, os arquivos com", "The balancer with Cloud CDN. GKE's Ingress would turn it on for a whole service; here it sees /assets/ alone, the files with") ]>
# <[ r.say("hash no nome: dado de paciente nunca passa por um cache.", "a hash in their name: data of a patient never passes through a cache.") ]>
resource "google_compute_url_map" "edge" {
  name            = "${local.name}-edge"
  default_service = google_compute_backend_service.pages.id

  host_rule {
    hosts        = ["*"]
    path_matcher = "all"
  }

  path_matcher {
    name            = "all"
    default_service = google_compute_backend_service.pages.id

    path_rule {
      paths   = ["/assets/*"]
      service = google_compute_backend_service.assets.id
    }
  }
}

resource "google_compute_backend_service" "pages" {
  name                  = "${local.name}-pages"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  enable_cdn            = false
  security_policy       = google_compute_security_policy.edge.id
  health_checks         = [google_compute_health_check.edge.id]
  # <[ r.say("O Aroeira responde em até 300 s a uma importação de FHIR.", "Aroeira answers within 300 s to an import of FHIR.") ]>
  timeout_sec = 310

  # <[ r.say("Numa busca de FHIR a pergunta pode ter o nome do paciente: quem pediu o quê fica no registro do Aroeira.", "In a search of FHIR the query may hold the patient's name: who asked for what is in Aroeira's own journal.") ]>
  log_config {
    enable = false
  }

  dynamic "backend" {
    for_each = var.ingress_groups

    content {
      group                 = backend.value
      balancing_mode        = "RATE"
      max_rate_per_endpoint = 1000
    }
  }
}

resource "google_compute_backend_service" "assets" {
  name                  = "${local.name}-assets"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  enable_cdn            = true
  security_policy       = google_compute_security_policy.edge.id
  health_checks         = [google_compute_health_check.edge.id]

  # <[ r.say("Só o que o próprio Aroeira diz que é público; um no-store nunca é guardado.", "Only what Aroeira itself says is public; a no-store is never kept.") ]>
  cdn_policy {
    cache_mode       = "USE_ORIGIN_HEADERS"
    negative_caching = false

    cache_key_policy {
      include_host         = true
      include_protocol     = true
      include_query_string = false
    }
  }

  log_config {
    enable = false
  }

  dynamic "backend" {
    for_each = var.ingress_groups

    content {
      group                 = backend.value
      balancing_mode        = "RATE"
      max_rate_per_endpoint = 1000
    }
  }
}

resource "google_compute_health_check" "edge" {
  name                = "${local.name}-edge"
  check_interval_sec  = 10
  timeout_sec         = 5
  healthy_threshold   = 2
  unhealthy_threshold = 2

  https_health_check {
    port_specification = "USE_SERVING_PORT"
    request_path       = "/healthz"
  }
}

resource "google_compute_target_https_proxy" "edge" {
  name             = "${local.name}-edge"
  url_map          = google_compute_url_map.edge.id
  ssl_certificates = [google_compute_managed_ssl_certificate.edge.id]
  ssl_policy       = google_compute_ssl_policy.edge.id
}

resource "google_compute_global_forwarding_rule" "edge" {
  name                  = "${local.name}-edge"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  target                = google_compute_target_https_proxy.edge.id
  ip_address            = google_compute_global_address.edge.id
  port_range            = "443"
}

# <[ r.say("Do balanceador e dos testes de saúde do Google para os pods do ingress: o GKE só abre para os balanceadores que ele mesmo faz.", "From Google's balancer and health checks to the ingress's pods: GKE opens for the balancers that it makes itself alone.") ]>
resource "google_compute_firewall" "edge" {
  name                    = "${local.name}-edge"
  network                 = google_compute_network.main.id
  direction               = "INGRESS"
  source_ranges           = ["130.211.0.0/22", "35.191.0.0/16"]
  target_service_accounts = [google_service_account.node.email]

  allow {
    protocol = "tcp"
    ports    = [var.ingress_port]
  }
}
