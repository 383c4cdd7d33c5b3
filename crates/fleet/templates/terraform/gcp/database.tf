<%- if let Some(database) = r.database %>
# <[ r.say("PostgreSQL gerenciado. O Aroeira de hoje guarda os prontuários no motor selado (um arquivo por clínica): este banco serve", "Managed PostgreSQL. Today's Aroeira keeps records in the sealed engine (a file for each clinic): this database serves") ]>
# <[ r.say("a outras cargas, e ao próprio Aroeira quando o motor de PostgreSQL vier.", "other workloads, and Aroeira itself once the engine for PostgreSQL comes.") ]>
resource "google_sql_database_instance" "main" {
  name                = local.name
  region              = var.region
  database_version    = "POSTGRES_17"
  encryption_key_name = google_kms_crypto_key.main.id
  deletion_protection = true

  settings {
    tier                        = "db-custom-<[ r.count("gcp.sql.vcpu", 2) ]>-<[ r.count("gcp.sql.memory-gb", 8) * 1024 ]>"
    edition                     = "ENTERPRISE"
    availability_type           = "<% if database.multi_zone %>REGIONAL<% else %>ZONAL<% endif %>"
    disk_type                   = "PD_SSD"
    disk_size                   = <[ database.gb ]>
    disk_autoresize             = true
    deletion_protection_enabled = true
    user_labels                 = local.labels

    # <[ r.say("Só por TLS e só pela rede privada.", "By TLS alone, and by the private network alone.") ]>
    ip_configuration {
      ipv4_enabled    = false
      private_network = google_compute_network.main.id
      ssl_mode        = "ENCRYPTED_ONLY"
    }

    # <[ r.say("Cada alteração é guardada; na edição Enterprise, por 7 dias no máximo. As cópias diárias ficam o prazo da especificação.", "Each change is kept; in the Enterprise edition 7 days at most. Daily copies stay for the spec's time.") ]>
    backup_configuration {
      enabled                        = true
      location                       = var.region
      start_time                     = "04:00"
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = 7

      backup_retention_settings {
        retained_backups = <[ r.retention_days(365) ]>
        retention_unit   = "COUNT"
      }
    }

    maintenance_window {
      day  = 7
      hour = 6
    }

    <%- for (flag, value) in r.database_flags() %>

    database_flags {
      name  = "<[ flag ]>"
      value = "<[ value ]>"
    }
    <%- endfor %>
  }

  depends_on = [google_service_networking_connection.services, google_kms_crypto_key_iam_member.main]
}
<%- endif %>
