# <[ r.say("Avisa a 80 %, 100 % e 120 % do que foi calculado, na moeda da assinatura, e quando a previsão passa de 100 %.", "Tells at 80 %, 100 % and 120 % of what was reckoned, in the subscription's currency, and when the forecast passes 100 %.") ]>
resource "azurerm_consumption_budget_resource_group" "main" {
  name              = local.name
  resource_group_id = azurerm_resource_group.main.id
  amount            = max(1, var.budget * var.scale)
  time_grain        = "Monthly"

  time_period {
    start_date = var.budget_start
  }

  dynamic "notification" {
    for_each = [80, 100, 120]

    content {
      operator       = "GreaterThan"
      threshold      = notification.value
      threshold_type = "Actual"
      contact_emails = var.alarm_emails
    }
  }

  notification {
    operator       = "GreaterThan"
    threshold      = 100
    threshold_type = "Forecasted"
    contact_emails = var.alarm_emails
  }
}
