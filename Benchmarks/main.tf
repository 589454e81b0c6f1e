# The objects of the same decant.yaml as Terraform resources that need no provider: what planning alone costs there.
locals {
  declared = yamldecode(file("decant.yaml"))
  objects = merge([
    for kind in ["storage_profiles", "sso_groups", "sanitizations", "targets"] : {
      for name, spec in local.declared[kind] : "${kind}.${name}" => jsonencode(spec)
    }
  ]...)
}

resource "terraform_data" "object" {
  for_each = local.objects
  input    = each.value
}
