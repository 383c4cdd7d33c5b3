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

# <[ r.say("Os pods do Traefik, ligados por um TargetGroupBinding do AWS Load Balancer Controller (veja o README). Quem responde", "Traefik's pods, bound by a TargetGroupBinding of the AWS Load Balancer Controller (see the README). What answers about health") ]>
# <[ r.say("pela saúde é o próprio Traefik, em /ping: a queda de um conjunto de clínicas não derruba os outros.", "is Traefik itself, at /ping: when one set of clinics fails the others stay.") ]>
resource "aws_lb_target_group" "ingress" {
  name                 = trimsuffix(substr(local.name, 0, 32), "-")
  target_type          = "ip"
  port                 = var.ingress_port
  protocol             = "HTTPS"
  vpc_id               = aws_vpc.main.id
  deregistration_delay = 60

  health_check {
    protocol            = "HTTP"
    port                = var.health_port
    path                = "/ping"
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
  for_each = toset([tostring(var.ingress_port), tostring(var.health_port)])

  security_group_id            = aws_security_group.edge.id
  description                  = "Ingress of the cluster"
  referenced_security_group_id = aws_eks_cluster.main.vpc_config[0].cluster_security_group_id
  from_port                    = tonumber(each.value)
  to_port                      = tonumber(each.value)
  ip_protocol                  = "tcp"
}

# <[ r.say("Do balanceador para os pods do ingress.", "From the balancer to the ingress's pods.") ]>
resource "aws_vpc_security_group_ingress_rule" "ingress" {
  for_each = toset([tostring(var.ingress_port), tostring(var.health_port)])

  security_group_id            = aws_eks_cluster.main.vpc_config[0].cluster_security_group_id
  description                  = "From the balancer"
  referenced_security_group_id = aws_security_group.edge.id
  from_port                    = tonumber(each.value)
  to_port                      = tonumber(each.value)
  ip_protocol                  = "tcp"
}

resource "aws_wafv2_web_acl" "main" {
  # <[ r.say("A AWS recusa acentos e apóstrofos na descrição.", "AWS refuses accents and apostrophes in the description.") ]>
  name        = local.name
  description = "<[ r.say("Regras gerenciadas da AWS e um limite por IP", "Managed rules of AWS and a limit for each address") ]>"
  scope       = "REGIONAL"

  default_action {
    allow {}
  }

  # <[ r.say("O corpo não é examinado: num prontuário há de tudo, e uma nota recusada é pior que o ataque. Um identificador de FHIR é", "Bodies are not searched: a record may say anything, and a note that is refused is worse than the attack. An identifier of FHIR") ]>
  # <[ r.say("uma URL inteira, e na busca não é inclusão remota. Conta-se o que seria recusado; caminho, busca, cabeçalhos e cookies seguem", "is a whole URL, which in a query is no remote inclusion. What would be refused is counted; path, query, headers and cookies are") ]>
  # <[ r.say("examinados.", "still searched.") ]>
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
        <%- for part in r.waf_counted(rule) %>

        rule_action_override {
          name = "<[ part ]>"

          action_to_use {
            count {}
          }
        }
        <%- endfor %>
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

        # <[ r.say("Escrito pela CloudFront: de X-Forwarded-For se leria o primeiro endereço, que é o que o cliente quiser.", "Written by CloudFront: of X-Forwarded-For the first address would be read, which is what the client likes.") ]>
        forwarded_ip_config {
          header_name       = "X-Viewer-Address"
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
