environment = "<[ name ]>"
scale       = <[ scale ]>
<%- if office && r.office() %>

# <[ r.say("Em horário comercial: as máquinas param à noite e no fim de semana.", "In office hours: the machines stop at night and on weekends.") ]>
office_hours = true
<%- endif %>
