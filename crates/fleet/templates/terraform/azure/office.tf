# <[ r.say("Em horário comercial (de segunda a sexta, das 7 às 19 h de Brasília): fora dele o cluster inteiro para.", "In office hours (Monday to Friday, 7 to 19 in Brasília): beyond them the whole cluster stops.") ]>
locals {
  office = var.office_hours ? { start = "07:00:00", stop = "19:00:00" } : {}
}

resource "azurerm_automation_account" "office" {
  count = var.office_hours ? 1 : 0

  name                          = "${local.name}-office"
  location                      = var.region
  resource_group_name           = azurerm_resource_group.main.name
  sku_name                      = "Basic"
  local_authentication_enabled  = false
  public_network_access_enabled = false
  tags                          = local.tags

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_automation_runbook" "office" {
  count = var.office_hours ? 1 : 0

  name                    = "office"
  location                = var.region
  resource_group_name     = azurerm_resource_group.main.name
  automation_account_name = azurerm_automation_account.office[0].name
  runbook_type            = "PowerShell72"
  log_progress            = false
  log_verbose             = false
  tags                    = local.tags

  content = <<-SCRIPT
    param([string] $cluster, [string] $action)
    $ErrorActionPreference = "Stop"
    Connect-AzAccount -Identity | Out-Null
    $answer = Invoke-AzRestMethod -Method POST -Path "$cluster/$${action}?api-version=2024-09-01"
    if ($answer.StatusCode -ge 300) { throw "$($answer.StatusCode): $($answer.Content)" }
  SCRIPT
}

# <[ r.say("A data é a do primeiro dia; depois dela só conta a hora.", "The date is that of the first day; after it the hour alone counts.") ]>
resource "azurerm_automation_schedule" "office" {
  for_each = local.office

  name                    = each.key
  resource_group_name     = azurerm_resource_group.main.name
  automation_account_name = azurerm_automation_account.office[0].name
  frequency               = "Week"
  interval                = 1
  week_days               = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
  timezone                = "America/Sao_Paulo"
  start_time              = "${formatdate("YYYY-MM-DD", timeadd(plantimestamp(), "24h"))}T${each.value}-03:00"

  lifecycle {
    ignore_changes = [start_time]
  }
}

resource "azurerm_automation_job_schedule" "office" {
  for_each = azurerm_automation_schedule.office

  resource_group_name     = azurerm_resource_group.main.name
  automation_account_name = azurerm_automation_account.office[0].name
  runbook_name            = azurerm_automation_runbook.office[0].name
  schedule_name           = each.value.name

  parameters = {
    cluster = azurerm_kubernetes_cluster.main.id
    action  = each.key
  }
}

# <[ r.say("Liga e desliga este cluster, e mais nada.", "Starts and stops this cluster, and nothing else.") ]>
resource "azurerm_role_definition" "office" {
  count = var.office_hours ? 1 : 0

  name  = "${local.name}-office"
  scope = azurerm_kubernetes_cluster.main.id

  permissions {
    actions = ["Microsoft.ContainerService/managedClusters/read", "Microsoft.ContainerService/managedClusters/start/action", "Microsoft.ContainerService/managedClusters/stop/action"]
  }
}

resource "azurerm_role_assignment" "office" {
  count = var.office_hours ? 1 : 0

  scope              = azurerm_kubernetes_cluster.main.id
  role_definition_id = azurerm_role_definition.office[0].role_definition_resource_id
  principal_id       = azurerm_automation_account.office[0].identity[0].principal_id
}
