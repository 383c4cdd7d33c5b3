<%- for bucket in r.buckets %>

# <[ bucket.id ]>: <[ bucket.told(r) ]>
resource "google_storage_bucket" "<[ bucket.label() ]>" {
  name                        = "${local.name}-<[ bucket.short() ]>-${data.google_project.current.number}"
  location                    = var.region
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  encryption {
    default_kms_key_name = google_kms_crypto_key.main.id
  }
  <%- if !bucket.immutable %>

  versioning {
    enabled = true
  }
  <%- endif %>

  soft_delete_policy {
    retention_duration_seconds = 604800
  }

  logging {
    log_bucket        = google_storage_bucket.logs.name
    log_object_prefix = "<[ bucket.id ]>"
  }
  <%- if bucket.immutable %>

  # <[ r.say("Antes do prazo ninguém apaga nem sobrescreve; em produção o prazo não se encurta nunca mais. Com ele o Google não aceita versões.", "Before its time nobody deletes or overwrites; in production the time can never be shortened again. With it Google takes no versions.") ]>
  retention_policy {
    is_locked        = var.environment == "production"
    retention_period = var.environment == "production" ? <[ r.keep_days() * 86400 ]> : <[ r.keep_days().min(7) * 86400 ]>
  }
  <%- endif %>
  <%- for (days, class) in bucket.moves(r) %>

  lifecycle_rule {
    action {
      type          = "SetStorageClass"
      storage_class = "<[ class ]>"
    }

    condition {
      age        = <[ days ]>
      with_state = "LIVE"
    }
  }
  <%- endfor %>

  <%- if bucket.immutable %>

  # <[ r.say("Passado o prazo as cópias saem; uma semana a mais, para que o dia mais antigo ainda tenha a cópia inteira de que parte.", "After their time copies go; a week more, so that the oldest day still has the whole copy that it begins from.") ]>
  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      age = <[ r.last_day() ]>
    }
  }
  <%- else %>

  # <[ r.say("Versões antigas ficam tanto quanto as cópias.", "Old versions stay as long as copies do.") ]>
  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      days_since_noncurrent_time = <[ r.keep_days() ]>
      with_state                 = "ARCHIVED"
    }
  }
  <%- endif %>

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_kms_crypto_key_iam_member.main]
}
<%- endfor %>

# <[ r.say("Registros de acesso dos buckets: um ano.", "Access logs of the buckets: a year.") ]>
resource "google_storage_bucket" "logs" {
  name                        = "${local.name}-logs-${data.google_project.current.number}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      age = 365
    }
  }
}

resource "google_storage_bucket_iam_member" "logs" {
  bucket = google_storage_bucket.logs.name
  role   = "roles/storage.objectCreator"
  member = "group:cloud-storage-analytics@google.com"
}
