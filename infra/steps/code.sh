# shellcheck shell=bash
# The package into the app, until the host runs every function of it.

web_api=2025-03-01

# The Flex Consumption plan has no log stream for 'az webapp log tail': what the app and its host say is in the workspace.
log_command() {
  cat <<TEXT
  az monitor log-analytics query --output table --workspace "\$(az monitor log-analytics workspace show --resource-group $resource_group \\
    --workspace-name $workspace --subscription $subscription --query customerId --output tsv)" --analytics-query \\
    "union AppTraces, AppExceptions | where AppRoleName =~ '$app' | top 50 by TimeGenerated | project TimeGenerated, Message, OuterMessage"
TEXT
}

# It beats the settings AzureWebJobsStorage__…, by which the identity is used. Tools have put it there, even empty.
remove_stray_setting() {
  attempt "read the names of the app's settings" 5 "$busy" azure functionapp config appsettings list --resource-group "$resource_group" --name "$app" \
    --query "[?name=='AzureWebJobsStorage'].name" --output tsv
  if [ -s "$work/out" ]; then
    attempt 'delete the setting AzureWebJobsStorage' 5 "$busy" azure functionapp config appsettings delete --resource-group "$resource_group" --name "$app" \
      --setting-names AzureWebJobsStorage --output none
    say "deleted the setting AzureWebJobsStorage: something had put it there, and the host would use it instead of the identity"
  fi
}

deploy_code() {
  local passing="$busy|InaccessibleStorageException|Forbidden|status code.? (403|409|429|5[0-9][0-9])|Conflict|in progress"
  step 'The code'
  # When az says that the package is there but it has not seen the app run, the steps after this one look for themselves.
  attempt 'deploy the package' 10 "$passing" upload_package
  say 'deployed'
}

upload_package() {
  local code=0
  azure functionapp deployment source config-zip --resource-group "$resource_group" --name "$app" --src "$package" --timeout 600 --output none || code=$?
  [ "$code" -eq 0 ] || grep -Eiq 'Deployment was successful|check for function app status' "$work/err"
}

# A deployment can end well and serve nothing but the platform's own WarmUp until the triggers are synced.
sync_triggers() {
  local try
  step 'The functions'
  for ((try = 1; ; try++)); do
    # While the host starts, it answers with whatever it has; only the list of functions counts.
    rest post "$app_id/host/default/sync?api-version=$web_api" --output none 2>"$work/err" || say "the host cannot sync its triggers yet ($(reason_in "$work/err"))"
    attempt 'list the functions' 5 "$busy|BadRequest|Bad Request|NotFound" azure functionapp function list --resource-group "$resource_group" --name "$app" --query '[].name' --output tsv
    sed 's|.*/||' "$work/out" | sort >"$work/listed"
    comm -23 "$work/functions" "$work/listed" >"$work/absent"
    [ -s "$work/absent" ] || break
    [ "$try" -lt 12 ] || fail "the host does not list $(paste -sd ' ' "$work/absent")" \
      "A second deployment often helps. 'No poll for an hour' in docs/runbook.md has more; its own log says why, some minutes later:
$(log_command)"
    say "not yet: $(paste -sd ' ' "$work/absent") ($try of 12)"
    pause "$try"
  done
  say "the host runs $(paste -sd ' ' "$work/functions")"
}
