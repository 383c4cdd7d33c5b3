# <[ r.say("Nada é guardado na CDN, a não ser os arquivos com hash no nome: dado de paciente nunca.", "The CDN keeps nothing but files with a hash in their name: never data of a patient.") ]>
data "aws_cloudfront_cache_policy" "nothing" {
  name = "Managed-CachingDisabled"
}

data "aws_cloudfront_cache_policy" "assets" {
  name = "Managed-CachingOptimized"
}

data "aws_cloudfront_origin_request_policy" "all" {
  name = "Managed-AllViewer"
}

resource "aws_cloudfront_distribution" "main" {
  enabled         = true
  comment         = local.name
  aliases         = var.domains
  is_ipv6_enabled = true
  http_version    = "http2and3"
  # <[ r.say("A classe com pontos na América do Sul.", "The class with points in South America.") ]>
  price_class = "PriceClass_All"

  origin {
    origin_id   = "balancer"
    domain_name = var.origin_domain

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
      origin_read_timeout    = var.origin_read_timeout
    }
  }

  default_cache_behavior {
    target_origin_id           = "balancer"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods             = ["GET", "HEAD"]
    cache_policy_id            = data.aws_cloudfront_cache_policy.nothing.id
    origin_request_policy_id   = data.aws_cloudfront_origin_request_policy.all.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.main.id

    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.viewer.arn
    }
  }

  ordered_cache_behavior {
    path_pattern               = "/assets/*"
    target_origin_id           = "balancer"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = data.aws_cloudfront_cache_policy.assets.id
    origin_request_policy_id   = data.aws_cloudfront_origin_request_policy.all.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.main.id

    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.viewer.arn
    }
  }

  viewer_certificate {
    acm_certificate_arn      = var.cdn_certificate_arn
    minimum_protocol_version = "TLSv1.2_2021"
    ssl_support_method       = "sni-only"
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  logging_config {
    bucket          = aws_s3_bucket.logs.bucket_domain_name
    prefix          = "cdn/"
    include_cookies = false
  }

  # <[ r.say("Sem isto o bucket recusa a ACL com que a CloudFront escreve.", "Without it the bucket refuses the ACL that CloudFront writes with.") ]>
  depends_on = [aws_s3_bucket_ownership_controls.logs]
}

# <[ r.say("O endereço de quem chama, como a CloudFront o vê; o que o cliente escreveu aqui se perde. É o que o limite por endereço conta.", "The caller's address as CloudFront sees it; what the client wrote here is lost. It is what the limit for each address counts.") ]>
resource "aws_cloudfront_function" "viewer" {
  name    = "${local.name}-viewer"
  runtime = "cloudfront-js-2.0"
  publish = true
  code    = <<-EOT
    function handler(event) {
      event.request.headers["x-viewer-address"] = { value: event.viewer.ip };
      return event.request;
    }
  EOT
}

resource "aws_cloudfront_response_headers_policy" "main" {
  name = local.name

  security_headers_config {
    strict_transport_security {
      access_control_max_age_sec = 15552000
      include_subdomains         = true
      override                   = true
    }

    content_type_options {
      override = true
    }

    frame_options {
      frame_option = "DENY"
      override     = false
    }

    referrer_policy {
      referrer_policy = "same-origin"
      override        = false
    }
  }
}
