resource "aws_lb" "main" {
  <%- if !r.bought("alb") %>
  # <[ r.say("A especificação não conta o balanceador: acrescente o serviço aws.alb para que o custo o mostre.", "The spec does not count the balancer: add the service aws.alb, so that the cost shows it.") ]>
  <%- endif %>
  name                       = trimsuffix(substr(local.name, 0, 32), "-")
  load_balancer_type         = "application"
  internal                   = false
  subnets                    = [for subnet in aws_subnet.public : subnet.id]
  security_groups            = [aws_security_group.edge.id]
  drop_invalid_header_fields = true
  enable_deletion_protection = true
  # <[ r.say("O Aroeira responde em até 300 s a uma importação de FHIR.", "Aroeira answers within 300 s to an import of FHIR.") ]>
  idle_timeout = 310

  access_logs {
    bucket  = aws_s3_bucket.logs.id
    prefix  = "alb"
    enabled = true
  }

  depends_on = [aws_s3_bucket_policy.logs]
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.main.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.ingress.arn
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.main.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
}

# <[ r.say("O ingress do cluster, ligado por um TargetGroupBinding do AWS Load Balancer Controller.", "The cluster's ingress, bound by a TargetGroupBinding of the AWS Load Balancer Controller.") ]>
resource "aws_lb_target_group" "ingress" {
  name                 = trimsuffix(substr(local.name, 0, 32), "-")
  target_type          = "ip"
  port                 = 443
  protocol             = "HTTPS"
  vpc_id               = aws_vpc.main.id
  deregistration_delay = 60

  health_check {
    protocol            = "HTTPS"
    path                = "/healthz"
    matcher             = "200"
    interval            = 10
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_security_group" "edge" {
  name        = "${local.name}-edge"
  description = "HTTPS to the balancer"
  vpc_id      = aws_vpc.main.id
}
<%- if r.cdn %>

# <[ r.say("Só se chega pela CloudFront.", "One comes by CloudFront alone.") ]>
data "aws_ec2_managed_prefix_list" "cloudfront" {
  name = "com.amazonaws.global.cloudfront.origin-facing"
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  security_group_id = aws_security_group.edge.id
  description       = "HTTPS from CloudFront"
  prefix_list_id    = data.aws_ec2_managed_prefix_list.cloudfront.id
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
}
<%- else %>

resource "aws_vpc_security_group_ingress_rule" "public" {
  for_each = { http = 80, https = 443 }

  security_group_id = aws_security_group.edge.id
  description       = each.key
  cidr_ipv4         = "0.0.0.0/0"
  from_port         = each.value
  to_port           = each.value
  ip_protocol       = "tcp"
}
<%- endif %>

resource "aws_vpc_security_group_egress_rule" "ingress" {
  for_each = aws_subnet.private

  security_group_id = aws_security_group.edge.id
  description       = "Ingress of the cluster"
  cidr_ipv4         = each.value.cidr_block
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
}

# <[ r.say("Da rede privada e do balanceador para os pods do ingress.", "From the balancer to the ingress's pods.") ]>
resource "aws_vpc_security_group_ingress_rule" "ingress" {
  security_group_id            = aws_eks_cluster.main.vpc_config[0].cluster_security_group_id
  description                  = "HTTPS from the balancer"
  referenced_security_group_id = aws_security_group.edge.id
  from_port                    = 443
  to_port                      = 443
  ip_protocol                  = "tcp"
}

resource "aws_wafv2_web_acl" "main" {
  name        = local.name
  description = "<[ r.say("Regras gerenciadas da AWS e um limite por endereço", "AWS's managed rules and a limit for each address") ]>"
  scope       = "REGIONAL"

  default_action {
    allow {}
  }
  <%- for (rule, priority) in r.waf_rules() %>

  rule {
    name     = "<[ rule ]>"
    priority = <[ priority ]>

    override_action {
      none {}
    }

    statement {
      managed_rule_group_statement {
        vendor_name = "AWS"
        name        = "<[ rule ]>"
        <%- if rule == "AWSManagedRulesCommonRuleSet" %>

        # <[ r.say("Um pacote de FHIR passa de 8 kB: o Aroeira mesmo limita o corpo.", "A FHIR bundle is larger than 8 kB: Aroeira itself bounds bodies.") ]>
        rule_action_override {
          name = "SizeRestrictions_BODY"

          action_to_use {
            count {}
          }
        }
        <%- endif %>
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "<[ rule ]>"
      sampled_requests_enabled   = false
    }
  }
  <%- endfor %>

  # <[ r.say("Uma clínica inteira sai por um endereço: o limite fino é do Aroeira, por pessoa.", "A whole clinic comes from one address: the fine limit is Aroeira's, for each person.") ]>
  rule {
    name     = "rate"
    priority = 90

    action {
      block {}
    }

    statement {
      rate_based_statement {
        limit                 = 10000
        evaluation_window_sec = 300
        <%- if r.cdn %>
        aggregate_key_type    = "FORWARDED_IP"

        forwarded_ip_config {
          header_name       = "X-Forwarded-For"
          fallback_behavior = "MATCH"
        }
        <%- else %>
        aggregate_key_type    = "IP"
        <%- endif %>
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "rate"
      sampled_requests_enabled   = false
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = local.name
    sampled_requests_enabled   = false
  }
}

resource "aws_wafv2_web_acl_association" "main" {
  resource_arn = aws_lb.main.arn
  web_acl_arn  = aws_wafv2_web_acl.main.arn
}

# <[ r.say("O nome tem de começar assim. Cabeçalhos com credenciais não são gravados.", "The name has to begin like this. Headers with credentials are not written.") ]>
resource "aws_cloudwatch_log_group" "waf" {
  name              = "aws-waf-logs-${local.name}"
  retention_in_days = 365
  kms_key_id        = aws_kms_key.main.arn
}

resource "aws_wafv2_web_acl_logging_configuration" "main" {
  resource_arn            = aws_wafv2_web_acl.main.arn
  log_destination_configs = [aws_cloudwatch_log_group.waf.arn]

  redacted_fields {
    single_header {
      name = "authorization"
    }
  }

  redacted_fields {
    single_header {
      name = "cookie"
    }
  }

  # <[ r.say("Numa busca de FHIR a pergunta pode ter o nome do paciente.", "In a search of FHIR the query may hold the patient's name.") ]>
  redacted_fields {
    query_string {}
  }
}
