terraform {
  # <[ r.say("O bloqueio do estado por arquivo (use_lockfile) veio com a 1.11.", "Locking the state by a file (use_lockfile) came with 1.11.") ]>
  required_version = "~> 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
  }

  # <[ r.say("Onde fica o estado: terraform init -backend-config=backend.hcl (veja backend.hcl.example).", "Where the state is kept: terraform init -backend-config=backend.hcl (see backend.hcl.example).") ]>
  backend "s3" {}
}

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

data "aws_caller_identity" "current" {}

locals {
  name       = "<[ r.name ]>-${var.environment}"
  account_id = data.aws_caller_identity.current.account_id

  tags = {
    Fleet       = <[ r.spec.name|hcl ]>
    Site        = <[ r.site.id|hcl ]>
    Environment = var.environment
    Deployment  = local.name
    ManagedBy   = "terraform"
  }
}
