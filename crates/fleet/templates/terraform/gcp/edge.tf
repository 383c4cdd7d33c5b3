<%- if r.cdn %>
# <[ r.say("Endereço, certificado e Cloud Armor do balanceador de cdn.tf.", "Address, certificate and Cloud Armor of the balancer of cdn.tf.") ]>
<%- else %>
# <[ r.say("Endereço e certificado do balanceador, que o Ingress ou o Gateway do GKE usam por nome; e o Cloud Armor, por BackendConfig.", "Address and certificate of the balancer, which GKE's Ingress or Gateway use by name; and Cloud Armor, by BackendConfig.") ]>
<%- endif %>
resource "google_compute_global_address" "edge" {
  name = "${local.name}-edge"
}

resource "google_compute_managed_ssl_certificate" "edge" {
  name = "${local.name}-edge"

  managed {
    domains = var.domains
  }
}

resource "google_compute_ssl_policy" "edge" {
  name            = "${local.name}-edge"
  profile         = "RESTRICTED"
  min_tls_version = "TLS_1_2"
}

resource "google_compute_security_policy" "edge" {
  name        = "${local.name}-edge"
  description = "<[ r.say("Regras da OWASP e um limite por endereço", "OWASP rules and a limit for each address") ]>"

  <%- for (set, priority) in r.armor_rules() %>

  rule {
    action   = "deny(403)"
    priority = <[ priority ]>

    match {
      expr {
        expression = "evaluatePreconfiguredWaf('<[ set ]>', {'sensitivity': 1})"
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
}
