#!/usr/bin/env bash
# Prints the app's settings as a local.settings.json, for the verbs of the command line. Secrets are not in it: where a
# setting is a Key Vault reference it is left out, and so is what belongs to Application Insights.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: infra/read-settings.sh --resource-group NAME [--subscription ID] > app.settings.json

  --resource-group NAME   where infra/deploy.sh was run
  --subscription ID       instead of the one that 'az account show' names

Exit codes: 0 printed; 1 they cannot be read; 2 wrong arguments.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=steps/common.sh
. "$here/steps/common.sh"
# shellcheck source=steps/resources.sh
. "$here/steps/resources.sh"

resource_group='' subscription=''
while [ $# -gt 0 ]; do
  case $1 in
    --resource-group | --subscription)
      [ -n "${2:-}" ] || wrong "$1 needs a value"
      case $1 in --resource-group) resource_group=$2 ;; *) subscription=$2 ;; esac
      shift 2
      ;;
    --help | -h) usage && exit 0 ;;
    *) wrong "'$1' is not an option; see --help" ;;
  esac
done
[ -n "$resource_group" ] || wrong '--resource-group is missing'

find_subscription
attempt "find the deployment in $resource_group" 3 "$busy" azure deployment group show --resource-group "$resource_group" --name "$deployment" \
  --query properties.outputs.functionAppName.value --output tsv
attempt "read the app's settings" 3 "$busy" azure functionapp config appsettings list --resource-group "$resource_group" --name "$(cat "$work/out")" \
  --query "[?!starts_with(value || '', '@Microsoft.KeyVault(') && !starts_with(name, 'APPLICATIONINSIGHTS_')].[name, value]" --output tsv
sed 's/[\\"]/\\&/g' "$work/out" | awk -F '\t' '
  BEGIN { printf "{\n  \"IsEncrypted\": false,\n  \"Values\": {" }
  { printf "%s\n    \"%s\": \"%s\"", separator, $1, $2; separator = "," }
  END { printf "\n  }\n}\n" }'
