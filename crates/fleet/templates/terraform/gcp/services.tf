# <[ r.say("As APIs que este local usa; ficam ligadas quando ele se vai, porque outros podem usá-las.", "The APIs that this site uses; they stay on when it goes, because others may use them.") ]>
resource "google_project_service" "main" {
  for_each = toset([
    <%- for name in r.google_apis() %>
    "<[ name ]>.googleapis.com",
    <%- endfor %>
  ])

  service            = each.value
  disable_on_destroy = false
}
<%- if !r.buckets.is_empty() %>

# <[ r.say("Perguntar por ela a cria.", "To ask for it makes it.") ]>
data "google_storage_project_service_account" "main" {
  depends_on = [google_project_service.main]
}
<%- endif %>
