# shellcheck shell=bash
# What must hold before anything is made.

# Resource providers of the template. Nobody registers Microsoft.App for a Flex plan; without it the failure is a bare 500.
providers='Microsoft.Web Microsoft.App Microsoft.Storage Microsoft.KeyVault Microsoft.ManagedIdentity Microsoft.Insights Microsoft.OperationalInsights Microsoft.Network'

check_tools() {
  local tool
  for tool in az curl unzip; do
    command -v "$tool" >/dev/null || fail "'$tool' is not on the PATH" "The Azure CLI: https://learn.microsoft.com/cli/azure/install-azure-cli. Azure Cloud Shell has all of them."
  done
}

check_login() {
  step 'The subscription'
  find_subscription
  say "$subscription_name ($subscription)"
}

check_providers() {
  local provider try
  step 'Resource providers'
  attempt 'list the resource providers' 3 "$busy" azure provider list --query "[?registrationState=='Registered'].namespace" --output tsv
  cp "$work/out" "$work/registered"
  for provider in $providers; do
    # Azure is not at one with itself about the case of their names.
    if grep -qix "$provider" "$work/registered"; then
      continue
    elif [ -n "$what_if" ]; then
      say "$provider is not registered; a deployment registers it"
      continue
    fi
    say "registering $provider"
    azure provider register --namespace "$provider" --output none 2>"$work/err" || {
      cat "$work/err" >&2
      fail "could not register $provider" "That needs a Contributor of the subscription, once: az provider register --namespace $provider --subscription $subscription"
    }
    for ((try = 1; ; try++)); do
      attempt "see whether $provider is registered" 3 "$busy" azure provider show --namespace "$provider" --query registrationState --output tsv
      grep -qx 'Registered' "$work/out" && break
      [ "$try" -lt 20 ] || fail "$provider is still not registered" "Azure takes its time. See: az provider show --namespace $provider --query registrationState"
      pause "$try"
    done
  done
  say 'all registered'
}

# As infra/modules/app.bicep has it.
runtime='dotnet-isolated 10.0'

check_region() {
  step "The region"
  attempt 'list the regions of the Flex Consumption plan' 3 "$busy" azure functionapp list-flexconsumption-locations --query '[].name' --output tsv
  same_name <"$work/out" >"$work/regions"
  grep -Fqx "$(printf '%s\n' "$location" | same_name)" "$work/regions" ||
    fail "the Flex Consumption plan is not offered in '$location'" "It is in: $(paste -sd ' ' "$work/regions")"
  attempt "list the runtimes in $location" 3 "$busy" azure functionapp list-flexconsumption-runtimes --location "$location" --runtime "${runtime% *}" \
    --query '[].sku.functionAppConfigProperties.runtime.[name, version]' --output tsv
  # Azure Resource Manager takes a runtime that a region does not have, and the app then never starts.
  tr '\t' ' ' <"$work/out" | grep -Fqx "$runtime" ||
    fail "the region '$location' does not offer the runtime '$runtime' on the Flex Consumption plan" "Take another --location, or ask: az functionapp list-flexconsumption-runtimes --location $location --runtime ${runtime% *}"
  say "$location has the plan, and the runtime $runtime"
}

# "West Europe" is "westeurope".
same_name() { tr '[:upper:]' '[:lower:]' | tr -d ' '; }
