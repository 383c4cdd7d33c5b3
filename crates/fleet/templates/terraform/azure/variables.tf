<% include "terraform/common.tf" %>

variable "subscription_id" {
  description = "<[ r.say("Assinatura do Azure", "Subscription of Azure") ]>"
  type        = string
}

variable "budget_start" {
  description = "<[ r.say("Primeiro dia do mês em que o orçamento começa a valer", "First day of the month in which the budget begins") ]>"
  type        = string
  default     = "2026-12-01T00:00:00Z"
}

# <[ r.say("O Key Vault só conhece endereços públicos, e recusa os de dentro de uma VPN: são os da saída dela, e os de onde roda o Terraform.", "Key Vault knows public addresses alone, and refuses those inside a VPN: these are of its way out, and of where Terraform runs.") ]>
variable "vault_addresses" {
  description = "<[ r.say("Endereços públicos de onde se chega ao cofre de chaves, nunca 0.0.0.0/0", "Public addresses that the vault of keys is reached from, never 0.0.0.0/0") ]>"
  type        = list(string)

  validation {
    condition     = length(var.vault_addresses) > 0 && alltrue([for one in var.vault_addresses : !can(regex("^(0|10|127|192\\.168|172\\.(1[6-9]|2[0-9]|3[01]))\\.", one))])
    error_message = "<[ r.say("Diga endereços públicos.", "Name public addresses.") ]>"
  }
}
<%- if r.locks() %>

variable "immutability_locked" {
  description = "<[ r.say("Travar de vez o prazo das cópias; sem valor, só em produção", "Lock the time of copies for good; without a value, in production alone") ]>"
  type        = bool
  default     = null
}
<%- endif %>
<%- if r.networked() %>

variable "cidr" {
  description = "<[ r.say("Endereços da rede, sem sobrepor os de outro local", "Addresses of the network, none of another site") ]>"
  type        = string
  default     = "<[ r.cidr() ]>"
}
<%- endif %>
<%- if !r.groups.is_empty() %>

variable "admin_group_id" {
  description = "<[ r.say("Grupo do Entra ID que administra o cluster", "Group of Entra ID that administers the cluster") ]>"
  type        = string
}
<%- endif %>
<%- if r.balancer %>

variable "certificate_secret_id" {
  description = "<[ r.say("Certificado do balanceador no Key Vault, sem a versão: renova-se sozinho", "The balancer's certificate in Key Vault, without its version: it renews by itself") ]>"
  type        = string
}

variable "health_host" {
  description = "<[ r.say("Nome por que o balanceador pergunta ao ingress se está de pé: o de um certificado público que o ingress tem", "Name by which the balancer asks the ingress whether it is up: of a public certificate that the ingress has") ]>"
  type        = string
}

variable "health_path" {
  description = "<[ r.say("Caminho em que o ingress responde por si, e não por uma clínica", "Path at which the ingress answers for itself, and not for a clinic") ]>"
  type        = string
  default     = "/ping"
}

variable "ingress_addresses" {
  description = "<[ r.say("Endereços internos do ingress do cluster", "Internal addresses of the cluster's ingress") ]>"
  type        = list(string)
  default     = []
}
<%- endif %>
<%- if r.cdn %>

variable "domains" {
  description = "<[ r.say("Nomes pelos quais as clínicas chegam", "Names that clinics come by") ]>"
  type        = list(string)
}

variable "origin_domain" {
  description = "<[ r.say("Nome que aponta para o balanceador, no certificado dele", "Name that points to the balancer, on its certificate") ]>"
  type        = string
}
<%- endif %>
