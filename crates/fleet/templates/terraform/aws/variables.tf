variable "environment" {
  description = "<[ r.say("Ambiente: cada um tem o seu arquivo .tfvars e o seu estado", "Environment: each has its .tfvars file and its state") ]>"
  type        = string
  default     = "production"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,15}$", var.environment))
    error_message = "<[ r.say("Letras minúsculas, algarismos e hifens, de 2 a 16.", "Small letters, digits and hyphens, 2 to 16.") ]>"
  }
}

variable "scale" {
  description = "<[ r.say("Quanto da produção: 1 é ela inteira", "How much of production: 1 is all of it") ]>"
  type        = number
  default     = 1

  validation {
    condition     = var.scale > 0 && var.scale <= 1
    error_message = "<[ r.say("Maior que 0 e até 1.", "More than 0, 1 at most.") ]>"
  }
}
<%- if r.office() %>

variable "office_hours" {
  description = "<[ r.say("Parar as máquinas fora do horário comercial", "Stop the machines out of office hours") ]>"
  type        = bool
  default     = false
}
<%- endif %>

# <[ r.say("Os dados ficam onde a especificação diz: outra região é recusada.", "Data stays where the spec says: another region is refused.") ]>
variable "region" {
  description = "<[ r.say("Região", "Region") ]>"
  type        = string
  default     = <[ r.region|hcl ]>

  validation {
    condition     = contains([<[ r.region|hcl ]>], var.region)
    error_message = "<[ r.say("A especificação fixa a região deste local.", "The spec fixes the region of this site.") ]>"
  }
}
<%- if r.networked() %>

variable "cidr" {
  description = "<[ r.say("Endereços da rede, sem sobrepor os de outro local", "Addresses of the network, none of another site") ]>"
  type        = string
  default     = "<[ r.cidr() ]>"
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

variable "alarm_emails" {
  description = "<[ r.say("Quem recebe os alarmes", "Who gets the alarms") ]>"
  type        = list(string)
}

# <[ r.say("Calculado por aroeira fleet cost: só o que tem preço nas listas da especificação.", "Reckoned by aroeira fleet cost: only what has a price in the spec's books.") ]>
variable "budget" {
  description = "<[ r.say("Custo previsto deste local por mês, com a escala 1", "Expected cost of this site a month, at scale 1") ]>"
  type        = number
  default     = <[ r.month ]>
}

# <[ r.say("A AWS aceita a moeda em que a conta é cobrada.", "AWS takes the currency that the account is billed in.") ]>
variable "budget_currency" {
  description = "<[ r.say("Moeda do orçamento", "Currency of the budget") ]>"
  type        = string
  default     = <[ r.spec.currency|hcl ]>
}
