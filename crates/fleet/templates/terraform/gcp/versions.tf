terraform {
  required_version = "~> 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }

  # <[ r.say("Onde fica o estado: terraform init -backend-config=backend.hcl (veja backend.hcl.example).", "Where the state is kept: terraform init -backend-config=backend.hcl (see backend.hcl.example).") ]>
  backend "gcs" {}
}

provider "google" {
  project               = var.project
  region                = var.region
  billing_project       = var.project
  user_project_override = true
  default_labels        = local.labels
}

data "google_project" "current" {
  project_id = var.project
}

locals {
  name = "<[ r.name ]>-${var.environment}"

  labels = {
    fleet       = <[ r.spec.name|hcl ]>
    site        = <[ r.site.id|hcl ]>
    environment = var.environment
    deployment  = local.name
    managed-by  = "terraform"
  }
}
