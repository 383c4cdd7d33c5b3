<%- for bucket in r.buckets %>

# <[ bucket.id ]>: <[ bucket.told(r) ]>
resource "aws_s3_bucket" "<[ bucket.label() ]>" {
  bucket              = "${local.name}-<[ bucket.short() ]>-${local.account_id}"
  object_lock_enabled = <[ bucket.immutable ]>

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "<[ bucket.label() ]>" {
  bucket = aws_s3_bucket.<[ bucket.label() ]>.id

  versioning_configuration {
    status = "Enabled"
  }
}
<%- if bucket.immutable %>

# <[ r.say("Em produção, antes do prazo ninguém apaga nem sobrescreve, nem o administrador da conta. Fora dela são poucos dias, e quem", "In production nobody deletes or overwrites before the time, the account's administrator neither. Elsewhere it is a few days, and who") ]>
# <[ r.say("administra pode desfazê-los.", "administers may undo them.") ]>
resource "aws_s3_bucket_object_lock_configuration" "<[ bucket.label() ]>" {
  bucket = aws_s3_bucket.<[ bucket.label() ]>.id

  rule {
    default_retention {
      mode = var.environment == "production" ? "COMPLIANCE" : "GOVERNANCE"
      days = var.environment == "production" ? <[ r.keep_days() ]> : <[ r.keep_days().min(7) ]>
    }
  }

  depends_on = [aws_s3_bucket_versioning.<[ bucket.label() ]>]
}
<%- endif %>

resource "aws_s3_bucket_server_side_encryption_configuration" "<[ bucket.label() ]>" {
  bucket = aws_s3_bucket.<[ bucket.label() ]>.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.main.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "<[ bucket.label() ]>" {
  bucket                  = aws_s3_bucket.<[ bucket.label() ]>.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "<[ bucket.label() ]>" {
  bucket = aws_s3_bucket.<[ bucket.label() ]>.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_logging" "<[ bucket.label() ]>" {
  bucket        = aws_s3_bucket.<[ bucket.label() ]>.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "s3/<[ bucket.id ]>/"
}

resource "aws_s3_bucket_lifecycle_configuration" "<[ bucket.label() ]>" {
  bucket = aws_s3_bucket.<[ bucket.label() ]>.id

  # <[ r.say("Para classes mais baratas conforme se lê menos.", "To cheaper classes as it is read less.") ]>
  rule {
    id     = "access"
    status = "Enabled"

    filter {}
    <%- for (days, class) in bucket.moves(r) %>

    transition {
      days          = <[ days ]>
      storage_class = "<[ class ]>"
    }
    <%- endfor %>

    <%- if bucket.immutable %>

    # <[ r.say("Passado o prazo as cópias saem; uma semana a mais, para que o dia mais antigo ainda tenha a cópia inteira de que parte.", "After their time copies go; a week more, so that the oldest day still has the whole copy that it begins from.") ]>
    expiration {
      days = <[ r.last_day() ]>
    }

    # <[ r.say("O que se apaga antes fica até o prazo, pela trava.", "What is deleted earlier stays until its time, by the lock.") ]>
    noncurrent_version_expiration {
      noncurrent_days = 1
    }
    <%- else %>

    # <[ r.say("Versões antigas ficam tanto quanto as cópias.", "Old versions stay as long as copies do.") ]>
    noncurrent_version_expiration {
      noncurrent_days = <[ r.keep_days() ]>
    }
    <%- endif %>

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.<[ bucket.label() ]>]
}

resource "aws_s3_bucket_policy" "<[ bucket.label() ]>" {
  bucket = aws_s3_bucket.<[ bucket.label() ]>.id
  policy = data.aws_iam_policy_document.<[ bucket.label() ]>.json

  depends_on = [aws_s3_bucket_public_access_block.<[ bucket.label() ]>]
}

data "aws_iam_policy_document" "<[ bucket.label() ]>" {
  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.<[ bucket.label() ]>.arn, "${aws_s3_bucket.<[ bucket.label() ]>.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
<%- endfor %>
