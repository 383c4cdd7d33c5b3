# <[ r.say("O Cloud CDN vê /assets/ e mais nada: os arquivos com hash no nome. Dado de paciente nunca passa por um cache.", "Cloud CDN sees /assets/ and nothing else: the files with a hash in their name. Data of a patient never passes through a cache.") ]>
resource "google_compute_backend_service" "assets" {
  name                  = "${local.name}-assets"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  enable_cdn            = true
  security_policy       = google_compute_security_policy.edge.id
  health_checks         = [google_compute_health_check.ingress.id]

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
    for_each = data.google_compute_network_endpoint_group.ingress

    content {
      group                 = backend.value.id
      balancing_mode        = "RATE"
      max_rate_per_endpoint = 1000
    }
  }
}
