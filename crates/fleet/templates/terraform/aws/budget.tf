resource "aws_sns_topic" "alarms" {
  name              = "${local.name}-alarms"
  kms_master_key_id = aws_kms_key.main.id
}

resource "aws_sns_topic_subscription" "alarms" {
  for_each = toset(var.alarm_emails)

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

data "aws_iam_policy_document" "alarms" {
  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["budgets.amazonaws.com", "cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

# <[ r.say("Avisa a 80 %, 100 % e 120 % do que foi calculado, e quando a previsão passa de 100 %.", "Tells at 80 %, 100 % and 120 % of what was reckoned, and when the forecast passes 100 %.") ]>
resource "aws_budgets_budget" "main" {
  name         = local.name
  budget_type  = "COST"
  time_unit    = "MONTHLY"
  limit_amount = format("%.2f", max(1, var.budget * var.scale))
  limit_unit   = var.budget_currency

  # <[ r.say("Frota, local e ambiente numa etiqueta só: vários valores de um filtro valem como ou. Ela tem de ser ativada (veja o README).", "Fleet, site and environment in a single tag: several values of a filter count as or. It has to be activated (see the README).") ]>
  cost_filter {
    name   = "TagKeyValue"
    values = [format("user:Deployment$%s", local.name)]
  }

  dynamic "notification" {
    for_each = [80, 100, 120]

    content {
      comparison_operator       = "GREATER_THAN"
      threshold                 = notification.value
      threshold_type            = "PERCENTAGE"
      notification_type         = "ACTUAL"
      subscriber_sns_topic_arns = [aws_sns_topic.alarms.arn]
    }
  }

  notification {
    comparison_operator       = "GREATER_THAN"
    threshold                 = 100
    threshold_type            = "PERCENTAGE"
    notification_type         = "FORECASTED"
    subscriber_sns_topic_arns = [aws_sns_topic.alarms.arn]
  }
}
