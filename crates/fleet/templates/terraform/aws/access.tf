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
