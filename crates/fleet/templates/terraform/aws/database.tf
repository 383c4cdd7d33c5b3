<%- if let Some(database) = r.database %>
# <[ r.say("PostgreSQL gerenciado. O Aroeira de hoje guarda os prontuários no motor selado (um arquivo por clínica): este banco serve", "Managed PostgreSQL. Today's Aroeira keeps records in the sealed engine (a file for each clinic): this database serves") ]>
# <[ r.say("a outras cargas, e ao próprio Aroeira quando o motor de PostgreSQL vier.", "other workloads, and Aroeira itself once the engine for PostgreSQL comes.") ]>
resource "aws_db_instance" "main" {
  identifier     = local.name
  engine         = "postgres"
  engine_version = "17"
  instance_class = var.database_class
  db_name        = "aroeira"
  username       = "aroeira"
  multi_az       = <[ database.multi_zone ]>

  # <[ r.say("A senha nasce no Secrets Manager e não passa pelo Terraform.", "The password is born in Secrets Manager and never passes through Terraform.") ]>
  manage_master_user_password         = true
  master_user_secret_kms_key_id       = aws_kms_key.main.key_id
  iam_database_authentication_enabled = true
  ca_cert_identifier                  = "rds-ca-rsa2048-g1"

  allocated_storage     = <[ database.gb ]>
  max_allocated_storage = <[ database.gb * 4 ]>
  storage_type          = "gp3"
  storage_encrypted     = true
  kms_key_id            = aws_kms_key.main.arn

  db_subnet_group_name   = aws_db_subnet_group.main.name
  vpc_security_group_ids = [aws_security_group.database.id]
  parameter_group_name   = aws_db_parameter_group.main.name
  publicly_accessible    = false

  # <[ r.say("Cada alteração é guardada; a RDS guarda no máximo 35 dias.", "Each change is kept; RDS keeps 35 days at most.") ]>
  backup_retention_period   = <[ r.retention_days(35) ]>
  backup_window             = "04:00-05:00"
  maintenance_window        = "sun:05:30-sun:06:30"
  copy_tags_to_snapshot     = true
  delete_automated_backups  = false
  deletion_protection       = true
  skip_final_snapshot       = false
  final_snapshot_identifier = "${local.name}-final"

  auto_minor_version_upgrade      = true
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]
  performance_insights_enabled    = true
  performance_insights_kms_key_id = aws_kms_key.main.arn
  monitoring_interval             = 60
  monitoring_role_arn             = aws_iam_role.database.arn
}

resource "aws_db_subnet_group" "main" {
  name       = local.name
  subnet_ids = [for subnet in aws_subnet.private : subnet.id]
}

resource "aws_db_parameter_group" "main" {
  name_prefix = "${local.name}-"
  family      = "postgres17"

  # <[ r.say("Sem TLS ninguém entra.", "Nobody comes in without TLS.") ]>
  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name  = "log_statement"
    value = "ddl"
  }

  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group" "database" {
  name        = "${local.name}-database"
  description = "PostgreSQL from the private subnets"
  vpc_id      = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  for_each = aws_subnet.private

  security_group_id = aws_security_group.database.id
  description       = "PostgreSQL"
  cidr_ipv4         = each.value.cidr_block
  from_port         = 5432
  to_port           = 5432
  ip_protocol       = "tcp"
}

resource "aws_iam_role" "database" {
  name               = "${local.name}-database"
  assume_role_policy = data.aws_iam_policy_document.database_assume.json
}

data "aws_iam_policy_document" "database_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy_attachment" "database" {
  role       = aws_iam_role.database.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

resource "aws_cloudwatch_metric_alarm" "database_storage" {
  alarm_name          = "${local.name}-database-storage"
  alarm_description   = "<[ r.say("Menos de 10 % do disco do banco livre", "Less than 10 % of the database's disk is free") ]>"
  namespace           = "AWS/RDS"
  metric_name         = "FreeStorageSpace"
  dimensions          = { DBInstanceIdentifier = aws_db_instance.main.identifier }
  statistic           = "Minimum"
  comparison_operator = "LessThanThreshold"
  threshold           = <[ database.gb ]> * 1024 * 1024 * 1024 / 10
  period              = 300
  evaluation_periods  = 3
  alarm_actions       = [aws_sns_topic.alarms.arn]
}
<%- endif %>
