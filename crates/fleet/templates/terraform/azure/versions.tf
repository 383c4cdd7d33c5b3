terraform {
  required_version = "~> 1.11"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.55"
    }
  }

  # <[ r.say("Onde fica o estado: terraform init -backend-config=backend.hcl (veja backend.hcl.example).", "Where the state is kept: terraform init -backend-config=backend.hcl (see backend.hcl.example).") ]>
  backend "azurerm" {}
}

provider "azurerm" {
  subscription_id     = var.subscription_id
  storage_use_azuread = true

  features {
    key_vault {
      purge_soft_delete_on_destroy = false
    }
  }
}

data "azurerm_client_config" "current" {}

locals {
  name = "<[ r.name ]>-${var.environment}"

  # <[ r.say("Nomes que valem no mundo inteiro, só de letras e algarismos.", "Names that hold all over the world, of letters and digits alone.") ]>
  code = substr(sha256("${var.subscription_id}/${local.name}"), 0, 8)

  tags = {
    fleet       = <[ r.spec.name|hcl ]>
    site        = <[ r.site.id|hcl ]>
    environment = var.environment
    managed-by  = "terraform"
  }
}

resource "azurerm_resource_group" "main" {
  name     = local.name
  location = var.region
  tags     = local.tags
}
