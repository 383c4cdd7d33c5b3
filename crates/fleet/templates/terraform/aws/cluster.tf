locals {
  # <[ r.say("Máquinas da especificação. Uma reserva é um desconto que se compra à parte (Savings Plan): para o Terraform é on-demand.", "The spec's machines. A reservation is a discount that is bought apart (Savings Plan): to Terraform it is on-demand.") ]>
  nodes = {
    <%- for group in r.groups %>
    <[ group.id ]> = {
      type     = <[ group.kind|hcl ]>
      count    = <[ group.count ]>
      capacity = "<[ group.capacity() ]>"
      image    = "<[ group.image() ]>"
      gpu      = <[ group.gpu ]>
      disk_gb  = <[ group.disk_gb ]>
    }
    <%- endfor %>
  }
}


resource "aws_eks_cluster" "main" {
  <%- if !r.bought("eks") %>
  # <[ r.say("A especificação não conta o plano de controle: acrescente o serviço aws.eks para que o custo o mostre.", "The spec does not count the control plane: add the service aws.eks, so that the cost shows it.") ]>
  <%- endif %>
  name                          = local.name
  version                       = var.kubernetes_version
  role_arn                      = aws_iam_role.cluster.arn
  enabled_cluster_log_types     = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  bootstrap_self_managed_addons = false
  deletion_protection           = true

  access_config {
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = false
  }

  # <[ r.say("A API só atende dentro da rede: administra-se pela VPN.", "The API answers inside the network alone: one administers by VPN.") ]>
  vpc_config {
    subnet_ids              = [for subnet in aws_subnet.private : subnet.id]
    security_group_ids      = [aws_security_group.administration.id]
    endpoint_private_access = true
    endpoint_public_access  = false
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = aws_kms_key.main.arn
    }
  }

  depends_on = [aws_cloudwatch_log_group.cluster, aws_iam_role_policy_attachment.cluster]
}

resource "aws_cloudwatch_log_group" "cluster" {
  name              = "/aws/eks/${local.name}/cluster"
  retention_in_days = 365
  kms_key_id        = aws_kms_key.main.arn
}

resource "aws_security_group" "administration" {
  name        = "${local.name}-administration"
  description = "Kubernetes API from the VPN"
  vpc_id      = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "administration" {
  for_each = toset(var.admin_cidrs)

  security_group_id = aws_security_group.administration.id
  description       = "Kubernetes API"
  cidr_ipv4         = each.value
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
}

resource "aws_eks_access_entry" "administrators" {
  cluster_name  = aws_eks_cluster.main.name
  principal_arn = var.admin_role_arn
}

resource "aws_eks_access_policy_association" "administrators" {
  cluster_name  = aws_eks_cluster.main.name
  principal_arn = aws_eks_access_entry.administrators.principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

  access_scope {
    type = "cluster"
  }
}

resource "aws_iam_role" "cluster" {
  name               = "${local.name}-cluster"
  assume_role_policy = data.aws_iam_policy_document.cluster_assume.json
}

data "aws_iam_policy_document" "cluster_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["eks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy_attachment" "cluster" {
  role       = aws_iam_role.cluster.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
}

resource "aws_iam_role" "node" {
  name               = "${local.name}-node"
  assume_role_policy = data.aws_iam_policy_document.node_assume.json
}

data "aws_iam_policy_document" "node_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy_attachment" "node" {
  for_each = toset(["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy"])

  role       = aws_iam_role.node.name
  policy_arn = "arn:aws:iam::aws:policy/${each.value}"
}

resource "aws_launch_template" "node" {
  for_each = local.nodes

  name_prefix            = "${local.name}-${each.key}-"
  update_default_version = true

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size           = each.value.disk_gb
      volume_type           = "gp3"
      encrypted             = true
      kms_key_id            = aws_kms_key.main.arn
      delete_on_termination = true
    }
  }

  # <[ r.say("IMDSv2, e nenhum pod chega às credenciais da máquina.", "IMDSv2, and no pod reaches the machine's credentials.") ]>
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  monitoring {
    enabled = true
  }

  tag_specifications {
    resource_type = "instance"
    tags          = merge(local.tags, { Name = "${local.name}-${each.key}" })
  }
}

resource "aws_eks_node_group" "node" {
  for_each = local.nodes

  cluster_name    = aws_eks_cluster.main.name
  node_group_name = each.key
  node_role_arn   = aws_iam_role.node.arn
  subnet_ids      = [for subnet in aws_subnet.private : subnet.id]
  instance_types  = [each.value.type]
  capacity_type   = each.value.capacity
  ami_type        = each.value.image

  labels = {
    "aroeira/node"    = each.key
    "aroeira/site"    = <[ r.site.id|hcl ]>
    "aroeira/country" = <[ r.site.country|hcl ]>
  }

  scaling_config {
    min_size     = max(1, ceil(each.value.count * var.scale))
    desired_size = max(1, ceil(each.value.count * var.scale))
    max_size     = max(1, ceil(each.value.count * var.scale)) + 1
  }

  # <[ r.say("Uma máquina de cada vez: um conjunto do Aroeira tem um só escritor.", "One machine at a time: a set of Aroeira has a single writer.") ]>
  update_config {
    max_unavailable = 1
  }

  launch_template {
    id      = aws_launch_template.node[each.key].id
    version = aws_launch_template.node[each.key].latest_version
  }

  # <[ r.say("Numa máquina com placa só fica quem pede a placa.", "On a machine with a card there is only what asks for the card.") ]>
  dynamic "taint" {
    for_each = each.value.gpu ? ["nvidia.com/gpu"] : []

    content {
      key    = taint.value
      value  = "present"
      effect = "NO_SCHEDULE"
    }
  }

  depends_on = [aws_iam_role_policy_attachment.node]
}

<%- if r.office() %>

# <[ r.say("Em horário comercial (de segunda a sexta, das 7 às 19 h de Brasília): fora dele as máquinas param.", "In office hours (Monday to Friday, 7 to 19 in Brasília): beyond them the machines stop.") ]>
resource "aws_autoscaling_schedule" "stop" {
  for_each = var.office_hours ? local.nodes : {}

  scheduled_action_name  = "stop"
  autoscaling_group_name = aws_eks_node_group.node[each.key].resources[0].autoscaling_groups[0].name
  recurrence             = "0 19 * * 1-5"
  time_zone              = "America/Sao_Paulo"
  min_size               = 0
  max_size               = 0
  desired_capacity       = 0
}

resource "aws_autoscaling_schedule" "start" {
  for_each = var.office_hours ? local.nodes : {}

  scheduled_action_name  = "start"
  autoscaling_group_name = aws_eks_node_group.node[each.key].resources[0].autoscaling_groups[0].name
  recurrence             = "0 7 * * 1-5"
  time_zone              = "America/Sao_Paulo"
  min_size               = max(1, ceil(each.value.count * var.scale))
  max_size               = max(1, ceil(each.value.count * var.scale)) + 1
  desired_capacity       = max(1, ceil(each.value.count * var.scale))
}
<%- endif %>

resource "aws_eks_addon" "main" {
  for_each = toset(["vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent", "metrics-server"])

  cluster_name = aws_eks_cluster.main.name
  addon_name   = each.value

  # <[ r.say("Sem isto a CNI não aplica nenhuma NetworkPolicy.", "Without it the CNI applies no NetworkPolicy.") ]>
  configuration_values = each.value == "vpc-cni" ? jsonencode({ enableNetworkPolicy = "true" }) : null
}

# <[ r.say("Discos para os conjuntos que guardam dados.", "Disks for the sets that keep data.") ]>
resource "aws_eks_addon" "disks" {
  cluster_name = aws_eks_cluster.main.name
  addon_name   = "aws-ebs-csi-driver"

  pod_identity_association {
    role_arn        = aws_iam_role.disks.arn
    service_account = "ebs-csi-controller-sa"
  }

  depends_on = [aws_eks_node_group.node]
}

resource "aws_iam_role" "disks" {
  name               = "${local.name}-disks"
  assume_role_policy = data.aws_iam_policy_document.pods_assume.json
}

data "aws_iam_policy_document" "pods_assume" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy_attachment" "disks" {
  role       = aws_iam_role.disks.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"
}

resource "aws_iam_role_policy" "disks" {
  name   = "key"
  role   = aws_iam_role.disks.id
  policy = data.aws_iam_policy_document.disks.json
}

data "aws_iam_policy_document" "disks" {
  statement {
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    resources = [aws_kms_key.main.arn]
  }

  statement {
    actions   = ["kms:CreateGrant"]
    resources = [aws_kms_key.main.arn]

    condition {
      test     = "Bool"
      variable = "kms:GrantIsForAWSResource"
      values   = ["true"]
    }
  }
}
