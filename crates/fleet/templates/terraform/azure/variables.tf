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

variable "admin_cidrs" {
  description = "<[ r.say("De onde se administra: os endereços da VPN, nunca 0.0.0.0/0", "Where it is administered from: the VPN's addresses, never 0.0.0.0/0") ]>"
  type        = list(string)

  validation {
    condition     = length(var.admin_cidrs) > 0 && !contains(var.admin_cidrs, "0.0.0.0/0")
    error_message = "<[ r.say("Diga os endereços da VPN.", "Name the VPN's addresses.") ]>"
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
