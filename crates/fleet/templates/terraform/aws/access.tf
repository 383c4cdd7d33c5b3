# <[ r.say("O cluster responde por quem são os pods: cada papel vale só para uma conta de serviço.", "The cluster vouches for who pods are: each role holds for one service account alone.") ]>
resource "aws_iam_openid_connect_provider" "cluster" {
  url            = aws_eks_cluster.main.identity[0].oidc[0].issuer
  client_id_list = ["sts.amazonaws.com"]
}

locals {
  issuer = trimprefix(aws_eks_cluster.main.identity[0].oidc[0].issuer, "https://")
}

# <[ r.say("Segredos: a conta secrets de cada namespace da frota lê os que começam com o nome dela, e nada mais.", "Secrets: the account secrets of each of the fleet's namespaces reads those that begin with its name, and nothing else.") ]>
resource "aws_iam_role" "secrets" {
  name               = "${local.name}-secrets"
  assume_role_policy = data.aws_iam_policy_document.secrets_assume.json
}

data "aws_iam_policy_document" "secrets_assume" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.cluster.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringLike"
      variable = "${local.issuer}:sub"
      values   = ["system:serviceaccount:<[ r.fleet() ]>-*:secrets"]
    }
  }
}

resource "aws_iam_role_policy" "secrets" {
  name   = "read"
  role   = aws_iam_role.secrets.id
  policy = data.aws_iam_policy_document.secrets.json
}

data "aws_iam_policy_document" "secrets" {
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["arn:aws:secretsmanager:${var.region}:${local.account_id}:secret:<[ r.fleet() ]>/<[ r.fleet() ]>-*"]
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.main.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${var.region}.amazonaws.com"]
    }
  }
}
<%- if !r.copied().is_empty() %>
<%- if let Some(bucket) = r.copies() %>

# <[ r.say("Cópias do banco: quem o roda escreve neste bucket, na pasta do seu nome, e não lê segredo nenhum.", "Copies of the database: who runs it writes to this bucket, in the folder of its name, and reads no secret.") ]>
resource "aws_iam_role" "backup" {
  name               = "${local.name}-backup"
  assume_role_policy = data.aws_iam_policy_document.backup_assume.json
}

data "aws_iam_policy_document" "backup_assume" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.cluster.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = [<% for account in r.copied() %><% if !loop.first %>, <% endif %>"system:serviceaccount:<[ r.fleet() ]>-data:<[ account ]>"<% endfor %>]
    }
  }
}

resource "aws_iam_role_policy" "backup" {
  name   = "write"
  role   = aws_iam_role.backup.id
  policy = data.aws_iam_policy_document.backup.json
}

data "aws_iam_policy_document" "backup" {
  statement {
    actions   = ["s3:ListBucket", "s3:GetBucketLocation"]
    resources = [aws_s3_bucket.<[ bucket.label() ]>.arn]
  }

  # <[ r.say("Apagar deixa uma marca: a versão que há fica pelo prazo do bucket.", "Deleting leaves a marker: the version there is stays for the bucket's time.") ]>
  statement {
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    resources = [<% for account in r.copied() %><% if !loop.first %>, <% endif %>"${aws_s3_bucket.<[ bucket.label() ]>.arn}/<[ account ]>/*"<% endfor %>]
  }

  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.main.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }
}
<%- endif %>
<%- endif %>
<%- if let Some(logs) = r.cloudwatch() %>

# <[ r.say("Registros do Aroeira: o coletor escreve neste grupo, o Grafana lê dele, e nenhum faz o que o outro faz.", "Aroeira's logs: the collector writes to this group, Grafana reads from it, and neither does what the other does.") ]>
resource "aws_cloudwatch_log_group" "aroeira" {
  name              = "<[ logs.group ]>"
  retention_in_days = 365
  kms_key_id        = aws_kms_key.main.arn
}

locals {
  cloudwatch = {
    writer = {
      accounts = ["system:serviceaccount:<[ logs.namespace ]>:<[ logs.writer ]>"]
      actions  = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    }
<%- if let Some(reader) = logs.reader %>
    reader = {
      accounts = ["system:serviceaccount:<[ logs.namespace ]>:<[ reader ]>"]
      actions  = ["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:GetLogGroupFields", "logs:StartQuery"]
    }
<%- endif %>
  }
}

resource "aws_iam_role" "cloudwatch" {
  for_each           = local.cloudwatch
  name               = "${local.name}-logs-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.cloudwatch_assume[each.key].json
}

data "aws_iam_policy_document" "cloudwatch_assume" {
  for_each = local.cloudwatch

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.cluster.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = each.value.accounts
    }
  }
}

resource "aws_iam_role_policy" "cloudwatch" {
  for_each = local.cloudwatch
  name     = each.key
  role     = aws_iam_role.cloudwatch[each.key].id
  policy   = data.aws_iam_policy_document.cloudwatch[each.key].json
}

data "aws_iam_policy_document" "cloudwatch" {
  for_each = local.cloudwatch

  statement {
    actions   = each.value.actions
    resources = ["${aws_cloudwatch_log_group.aroeira.arn}:*"]
  }
<%- if logs.reader.is_some() %>

  # <[ r.say("O IAM não limita estas a um grupo: dizem os nomes dos grupos, e o que uma consulta já permitida achou.", "IAM cannot hold these to a group: they tell names of groups, and what a query that was allowed found.") ]>
  dynamic "statement" {
    for_each = each.key == "reader" ? [1] : []

    content {
      actions   = ["logs:DescribeLogGroups", "logs:GetQueryResults", "logs:StopQuery"]
      resources = ["*"]
    }
  }
<%- endif %>
}
<%- endif %>
