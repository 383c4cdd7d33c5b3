<% include "terraform/common.tf" %>

variable "project" {
  description = "<[ r.say("Projeto do Google Cloud", "Project of Google Cloud") ]>"
  type        = string
}

variable "billing_account" {
  description = "<[ r.say("Conta de faturamento do orçamento", "Billing account of the budget") ]>"
  type        = string
}

# <[ r.say("O Google só aceita a moeda da conta de faturamento.", "Google takes the billing account's currency alone.") ]>
variable "budget_currency" {
  description = "<[ r.say("Moeda do orçamento", "Currency of the budget") ]>"
  type        = string
  default     = <[ r.spec.currency|hcl ]>
}
<%- if r.networked() %>

variable "cidr" {
  description = "<[ r.say("Endereços da rede, sem sobrepor os de outro local", "Addresses of the network, none of another site") ]>"
  type        = string
  default     = "<[ r.cidr() ]>"
}
<%- endif %>
<%- if !r.groups.is_empty() %>

variable "admin_cidrs" {
  description = "<[ r.say("De onde se administra o cluster: os endereços da VPN, nunca 0.0.0.0/0", "Where the cluster is administered from: the VPN's addresses, never 0.0.0.0/0") ]>"
  type        = list(string)

  validation {
    condition     = length(var.admin_cidrs) > 0 && !contains(var.admin_cidrs, "0.0.0.0/0")
    error_message = "<[ r.say("Diga os endereços da VPN.", "Name the VPN's addresses.") ]>"
  }
}

variable "admin_group" {
  description = "<[ r.say("Grupo de segurança do Google Workspace que administra o cluster: gke-security-groups@…", "Security group of Google Workspace that administers the cluster: gke-security-groups@…") ]>"
  type        = string
}
<%- endif %>
<%- if r.balancer %>

variable "domains" {
  description = "<[ r.say("Nomes pelos quais as clínicas chegam", "Names that clinics come by") ]>"
  type        = list(string)
}
<% include "terraform/ingress.tf" %>
variable "ingress_group" {
  description = "<[ r.say("Nome do grupo de pods do Traefik, dito na anotação cloud.google.com/neg", "Name of the group of Traefik's pods, as its annotation cloud.google.com/neg says") ]>"
  type        = string
  default     = "traefik"
}

variable "ingress_zones" {
  description = "<[ r.say("Zonas em que o GKE fez o grupo: vazia na primeira vez, antes de o Traefik rodar", "Zones in which GKE made the group: empty the first time, before Traefik runs") ]>"
  type        = list(string)
  default     = []
}
<%- endif %>
