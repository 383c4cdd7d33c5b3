
# <[ r.say("O balanceador fala com os pods: portas deles, como o chart do Traefik as tem, e não as do serviço.", "The balancer speaks to pods: these are their ports, as Traefik's chart has them, and not the service's.") ]>
variable "ingress_port" {
  description = "<[ r.say("Porta do Traefik para HTTPS (websecure)", "Port of Traefik for HTTPS (websecure)") ]>"
  type        = number
  default     = 8443
}

variable "health_port" {
  description = "<[ r.say("Porta em que o Traefik responde a /ping (traefik)", "Port at which Traefik answers /ping (traefik)") ]>"
  type        = number
  default     = 8080
}
