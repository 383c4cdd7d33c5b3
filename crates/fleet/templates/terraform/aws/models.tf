# <[ r.say("Um modelo da SageMaker que responde dentro da rede. Nada do que se pergunta é guardado: a captura de dados fica desligada.", "A model of SageMaker that answers inside the network. Nothing that is asked is kept: the capture of data stays off.") ]>
locals {
  # <[ r.say("Máquinas com disco próprio já o cifram, com uma chave que ninguém guarda, e recusam a nossa.", "Machines with a disk of their own encrypt it by themselves, with a key that nobody keeps, and refuse ours.") ]>
  own_disk = can(regex("^ml\\.(g[5-9]|gr|p[5-9]|trn|[a-z]+[0-9]+[a-z]*d)", var.model_instance))

  # <[ r.say("CONTA.dkr.ecr.REGIÃO.amazonaws.com/REPOSITÓRIO", "ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY") ]>
  model_repository = "arn:aws:ecr:${var.region}:${split(".", var.model_image)[0]}:repository/${regex("/([^:@]+)", var.model_image)[0]}"
}

resource "aws_sagemaker_model" "main" {
  execution_role_arn = aws_iam_role.model.arn
  # <[ r.say("O contêiner não fala com ninguém: nem com a internet, nem com a rede.", "The container speaks to nobody: neither to the internet nor to the network.") ]>
  enable_network_isolation = true

  primary_container {
    image          = var.model_image
    model_data_url = var.model_data
  }

  vpc_config {
    subnets            = [for subnet in aws_subnet.private : subnet.id]
    security_group_ids = [aws_security_group.model.id]
  }

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [aws_iam_role_policy.model]
}

resource "aws_sagemaker_endpoint_configuration" "main" {
  name_prefix = "${local.name}-"
  kms_key_arn = local.own_disk ? null : aws_kms_key.main.arn

  production_variants {
    variant_name           = "main"
    model_name             = aws_sagemaker_model.main.name
    instance_type          = var.model_instance
    initial_instance_count = max(1, ceil(<[ r.models() ]> * var.scale))
  }

  lifecycle {
    create_before_destroy = true
  }
}

# <[ r.say("Uma versão nova sobe ao lado da velha, que continua se ela não subir.", "A new version comes up beside the old one, which goes on if it does not.") ]>
resource "aws_sagemaker_endpoint" "main" {
  name                 = local.name
  endpoint_config_name = aws_sagemaker_endpoint_configuration.main.name

  depends_on = [aws_cloudwatch_log_group.model]
}

resource "aws_cloudwatch_log_group" "model" {
  name              = "/aws/sagemaker/Endpoints/${local.name}"
  retention_in_days = 365
  kms_key_id        = aws_kms_key.main.arn
}

# <[ r.say("Quem roda na rede pergunta ao modelo sem sair dela.", "What runs in the network asks the model without leaving it.") ]>
resource "aws_vpc_endpoint" "model" {
  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.${var.region}.sagemaker.runtime"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = [for subnet in aws_subnet.private : subnet.id]
  security_group_ids  = [aws_security_group.model.id]
  private_dns_enabled = true
  tags                = { Name = "${local.name}-model" }
}

resource "aws_security_group" "model" {
  name        = "${local.name}-model"
  description = "Questions to the model, and its files from S3"
  vpc_id      = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "model" {
  for_each = aws_subnet.private

  security_group_id = aws_security_group.model.id
  description       = "SageMaker"
  cidr_ipv4         = each.value.cidr_block
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "model" {
  security_group_id = aws_security_group.model.id
  description       = "S3"
  prefix_list_id    = aws_vpc_endpoint.s3.prefix_list_id
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
}

resource "aws_iam_role" "model" {
  name               = "${local.name}-model"
  assume_role_policy = data.aws_iam_policy_document.model_assume.json
}

data "aws_iam_policy_document" "model_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

resource "aws_iam_role_policy" "model" {
  name   = "serve"
  role   = aws_iam_role.model.id
  policy = data.aws_iam_policy_document.model.json
}

data "aws_iam_policy_document" "model" {
  statement {
    sid       = "Model"
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::${trimprefix(var.model_data, "s3://")}"]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.main.arn]
  }

  statement {
    sid       = "Image"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [local.model_repository]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.model.arn}:*"]
  }

  statement {
    sid     = "Network"
    actions = ["ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface", "ec2:DeleteNetworkInterfacePermission"]

    resources = concat(
      ["arn:aws:ec2:${var.region}:${local.account_id}:network-interface/*", aws_security_group.model.arn],
      [for subnet in aws_subnet.private : subnet.arn],
    )
  }

  # <[ r.say("A AWS não sabe restringir estas a um recurso.", "AWS cannot bound these to a resource.") ]>
  statement {
    sid       = "Look"
    actions   = ["ecr:GetAuthorizationToken", "ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"]
    resources = ["*"]
  }
}
