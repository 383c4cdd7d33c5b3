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
<%- if r.office() %>

variable "office_hours" {
  description = "<[ r.say("Parar as máquinas fora do horário comercial", "Stop the machines out of office hours") ]>"
  type        = bool
  default     = false
}
<%- endif %>
