# shellcheck shell=bash
# The resource group, and what is in it by the template.

# The name in the resource group's list of deployments; a guide's commands read the outputs by it.
deployment=iteration-branches

# What passes by itself: a busy service, or an identity and its roles that are not known everywhere yet. Azure's error codes
# have no spaces; az rest says the reason of the HTTP status, which has.
busy='Too ?Many ?Requests|Service ?Unavailable|Internal ?Server ?Error|Bad ?Gateway|Gateway ?Time-?out|timed out|Connection (reset|aborted)|RetryableError'
unknown_yet="$busy|PrincipalNotFound|DeploymentActive|AnotherOperationInProgress|InaccessibleStorageException|AuthorizationPermissionMismatch|Failed to resolve table"

template_arguments() {
  case $parameters in
    # It names its template itself, and az refuses a second naming.
    *.bicepparam) template=(--parameters "$parameters") ;;
    *) template=(--template-file "$here/main.bicep" --parameters "@$parameters") ;;
  esac
}

show_changes() {
  step 'What would change'
  template_arguments
  attempt 'look for the resource group' 3 "$busy" azure group exists --name "$resource_group" --output tsv
  grep -qx 'true' "$work/out" ||
    fail "there is no resource group '$resource_group' to compare with" "Everything would be new. To see it all the same: az group create --name $resource_group --location $location"
  check_group_region
  azure deployment group what-if --resource-group "$resource_group" --name "$deployment" "${template[@]}" || fail 'could not compare' 'The message above is from the template or its parameters.'
}

ensure_resource_group() {
  step "The resource group $resource_group"
  attempt 'look for the resource group' 3 "$busy" azure group exists --name "$resource_group" --output tsv
  if grep -qx 'true' "$work/out"; then
    check_group_region
    say 'is there'
  else
    attempt 'make the resource group' 3 "$busy" azure group create --name "$resource_group" --location "$location" --output none
    say "made in $location"
  fi
}

# The template goes where its group is, whatever --location says; unless the parameters say where.
check_group_region() {
  local region
  ! grep -Eq '^[[:space:]]*param[[:space:]]+location[[:space:]]*=|"location"[[:space:]]*:' "$parameters" || return 0
  attempt "read the resource group's region" 3 "$busy" azure group show --name "$resource_group" --query location --output tsv
  region=$(same_name <"$work/out")
  [ "$region" = "$(printf '%s\n' "$location" | same_name)" ] ||
    fail "the resource group '$resource_group' is in '$region', and the template is deployed to where its group is, not to '$location'" \
      "Use --location $region; or another --resource-group; or delete this one, if nobody needs what is in it: az group delete --name $resource_group"
}

deploy_template() {
  step 'The template (some minutes)'
  template_arguments
  attempt 'deploy the template' 6 "$unknown_yet" azure deployment group create --resource-group "$resource_group" --name "$deployment" "${template[@]}" --output none
  say 'deployed'
}

# Sets what the steps after it work on.
read_outputs() {
  attempt "read the deployment's outputs" 3 "$busy" azure deployment group show --resource-group "$resource_group" --name "$deployment" --output tsv --query \
    'properties.[outputs.functionAppName.value, outputs.functionAppId.value, outputs.hostName.value, outputs.identityName.value, outputs.settingsVaultName.value, outputs.recordsVaultName.value, outputs.workspaceName.value]'
  { read -r app && read -r app_id && read -r host && read -r identity && read -r settings_vault && read -r records_vault && read -r workspace; } <"$work/out" ||
    fail "the deployment '$deployment' lacks an output of infra/main.bicep" "Is $parameters for this template?"
  # What is not there comes as an empty line, or by this name.
  case " $app_id $host $settings_vault $records_vault $workspace " in *'  '* | *' None '*)
    fail "the deployment '$deployment' lacks an output of infra/main.bicep" "Is $parameters for this template?" ;;
  esac
  say "app $app, vaults $settings_vault (its own secrets) and $records_vault (records)"
}
