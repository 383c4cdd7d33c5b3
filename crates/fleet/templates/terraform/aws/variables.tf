<% include "terraform/common.tf" %>
<%- if r.networked() %>

variable "cidr" {
  description = "<[ r.say("Endereços da rede, sem sobrepor os de outro local", "Addresses of the network, none of another site") ]>"
  type        = string
  default     = "<[ r.cidr() ]>"
}

# <[ r.say("Ditas por nome: uma zona nova da AWS não muda as redes que há.", "Said by name: a new zone of AWS does not change the networks there are.") ]>
variable "zones" {
  description = "<[ r.say("Zonas; algumas contas não têm todas", "Zones; some accounts lack some") ]>"
  type        = list(string)
  default     = [<% for zone in r.zone_names() %><% if !loop.first %>, <% endif %><[ zone|hcl ]><% endfor %>]
}
<%- endif %>
<%- if !r.groups.is_empty() %>

variable "kubernetes_version" {
  description = "Kubernetes"
  type        = string
  default     = "1.34"
}

variable "admin_cidrs" {
  description = "<[ r.say("De onde se administra o cluster: os endereços da VPN, nunca 0.0.0.0/0", "Where the cluster is administered from: the VPN's addresses, never 0.0.0.0/0") ]>"
  type        = list(string)

  validation {
    condition     = length(var.admin_cidrs) > 0 && !contains(var.admin_cidrs, "0.0.0.0/0")
    error_message = "<[ r.say("Diga os endereços da VPN.", "Name the VPN's addresses.") ]>"
  }
}

variable "admin_role_arn" {
  description = "<[ r.say("Papel do IAM que administra o cluster", "IAM role that administers the cluster") ]>"
  type        = string
}
<%- endif %>
<%- if r.balancer %>

variable "certificate_arn" {
  description = "<[ r.say("Certificado do ACM para o balanceador, nesta região", "ACM certificate of the balancer, in this region") ]>"
  type        = string
}
<% include "terraform/ingress.tf" %>
<%- endif %>
<%- if r.cdn %>

variable "cdn_certificate_arn" {
  description = "<[ r.say("Certificado do ACM para a CloudFront, em us-east-1", "ACM certificate of CloudFront, in us-east-1") ]>"
  type        = string
}

variable "domains" {
  description = "<[ r.say("Nomes pelos quais as clínicas chegam", "Names that clinics come by") ]>"
  type        = list(string)
}

variable "origin_domain" {
  description = "<[ r.say("Nome que aponta para o balanceador, no certificado dele", "Name that points to the balancer, on its certificate") ]>"
  type        = string
}

# <[ r.say("O Aroeira responde em até 300 s a uma importação de FHIR. Mais que 60 pede à AWS uma cota maior, de até 180 (veja o README).", "Aroeira answers within 300 s to an import of FHIR. More than 60 asks AWS for a larger quota, 180 at most (see the README).") ]>
variable "origin_read_timeout" {
  description = "<[ r.say("Segundos que a CloudFront espera por uma resposta", "Seconds that CloudFront waits for an answer") ]>"
  type        = number
  default     = 60

  validation {
    condition     = var.origin_read_timeout >= 1 && var.origin_read_timeout <= 180
    error_message = "<[ r.say("De 1 a 180.", "1 to 180.") ]>"
  }
}
<%- endif %>
<%- if let Some(database) = r.database %>

variable "database_class" {
  description = "<[ r.say("Classe do banco", "Class of the database") ]>"
  type        = string
  <%- if let Some(size) = database.size %>
  default     = <[ size|hcl ]>
  <%- endif %>
}
<%- endif %>
<%- if let Some(cache) = r.cache %>

variable "cache_class" {
  description = "<[ r.say("Classe do cache", "Class of the cache") ]>"
  type        = string
  <%- if let Some(size) = cache.size %>
  default     = <[ size|hcl ]>
  <%- endif %>
}
<%- endif %>

<%- if r.models() > 0 %>

variable "model_image" {
  description = "<[ r.say("Imagem que serve o modelo, no ECR desta região e com o resumo: …amazonaws.com/REPOSITÓRIO@sha256:…", "Image that serves the model, in this region's ECR and by its digest: …amazonaws.com/REPOSITORY@sha256:…") ]>"
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}\\.dkr\\.ecr\\.${var.region}\\.amazonaws\\.com/[^:@]+@sha256:[0-9a-f]{64}$", var.model_image))
    error_message = "<[ r.say("Uma imagem do ECR desta região, com o resumo.", "An image of this region's ECR, by its digest.") ]>"
  }
}

variable "model_data" {
  description = "<[ r.say("O modelo: s3://BUCKET/…/model.tar.gz, nesta região", "The model: s3://BUCKET/…/model.tar.gz, in this region") ]>"
  type        = string

  validation {
    condition     = can(regex("^s3://[^/*]+/[^*]+\\.tar\\.gz$", var.model_data))
    error_message = "<[ r.say("Um arquivo .tar.gz na S3.", "A .tar.gz file in S3.") ]>"
  }
}

variable "model_instance" {
  description = "<[ r.say("Máquina que serve o modelo: ml.…", "Machine that serves the model: ml.…") ]>"
  type        = string
}
<%- endif %>

# <[ r.say("A AWS aceita a moeda em que a conta é cobrada.", "AWS takes the currency that the account is billed in.") ]>
variable "budget_currency" {
  description = "<[ r.say("Moeda do orçamento", "Currency of the budget") ]>"
  type        = string
  default     = <[ r.spec.currency|hcl ]>
}
