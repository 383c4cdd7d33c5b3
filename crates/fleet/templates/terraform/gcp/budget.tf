resource "google_monitoring_notification_channel" "alarms" {
  for_each = toset(var.alarm_emails)

  display_name = "${local.name} ${each.value}"
  type         = "email"
  labels       = { email_address = each.value }

  depends_on = [google_project_service.main]
}

# <[ r.say("Avisa a 80 %, 100 % e 120 % do que foi calculado, e quando a previsão passa de 100 %.", "Tells at 80 %, 100 % and 120 % of what was reckoned, and when the forecast passes 100 %.") ]>
resource "google_billing_budget" "main" {
  billing_account = var.billing_account
  display_name    = local.name

  budget_filter {
    projects = ["projects/${data.google_project.current.number}"]
    # <[ r.say("Frota, local e ambiente num rótulo só: o Google aceita um.", "Fleet, site and environment in a single label: Google takes one.") ]>
    labels = { deployment = local.name }
  }

  amount {
    specified_amount {
      currency_code = var.budget_currency
      units         = format("%d", max(1, ceil(var.budget * var.scale)))
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.8, 1.0, 1.2]

    content {
      threshold_percent = threshold_rules.value
      spend_basis       = "CURRENT_SPEND"
    }
  }

  threshold_rules {
    threshold_percent = 1.0
    spend_basis       = "FORECASTED_SPEND"
  }

  all_updates_rule {
    monitoring_notification_channels = [for channel in google_monitoring_notification_channel.alarms : channel.id]
    disable_default_iam_recipients   = false
  }

  depends_on = [google_project_service.main]
}
