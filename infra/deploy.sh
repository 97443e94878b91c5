#!/usr/bin/env bash
# Brings Iteration Branches into an Azure subscription, or brings what is there up to date. Each step looks first, so
# that it can be run again after whatever stopped it, and continues. No secret is ever an argument, or printed.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: infra/deploy.sh --resource-group NAME --location REGION --parameters FILE --package ZIP
                       [--subscription ID] [--ask-secrets] [--what-if]

  --resource-group NAME   made in the region if it is not there
  --location REGION       as 'az functionapp list-flexconsumption-locations' names it
  --parameters FILE       a .bicepparam file beside infra/main.bicep, or a JSON parameters file
  --package ZIP           of a release, or made by: dotnet run --project src/Sandbox -- package --output iteration-branches.zip
  --subscription ID       instead of the one that 'az account show' names
  --ask-secrets           asks for secrets that the vault lacks, without echo; otherwise says how to put them there
  --what-if               says what the template would change, and changes nothing
  --help                  this text

It needs the Azure CLI, curl and unzip. Exit codes: 0 the app is there and its doctor finds it healthy;
1 something could not be done, or the doctor found something; 2 wrong arguments, or a package that is none.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=steps/common.sh
. "$here/steps/common.sh"
# shellcheck source=steps/package.sh
. "$here/steps/package.sh"
# shellcheck source=steps/preflight.sh
. "$here/steps/preflight.sh"
# shellcheck source=steps/resources.sh
. "$here/steps/resources.sh"
# shellcheck source=steps/secrets.sh
. "$here/steps/secrets.sh"
# shellcheck source=steps/code.sh
. "$here/steps/code.sh"
# shellcheck source=steps/doctor.sh
. "$here/steps/doctor.sh"

resource_group='' location='' parameters='' package='' subscription='' ask_secrets='' what_if=''
while [ $# -gt 0 ]; do
  case $1 in
    --resource-group | --location | --parameters | --package | --subscription)
      [ -n "${2:-}" ] || wrong "$1 needs a value"
      case $1 in
        --resource-group) resource_group=$2 ;;
        --location) location=$2 ;;
        --parameters) parameters=$2 ;;
        --package) package=$2 ;;
        --subscription) subscription=$2 ;;
      esac
      shift 2
      ;;
    --ask-secrets) ask_secrets=yes && shift ;;
    --what-if) what_if=yes && shift ;;
    --help | -h) usage && exit 0 ;;
    *) wrong "'$1' is not an option; see --help" ;;
  esac
done
[ -n "$resource_group" ] || wrong '--resource-group is missing'
[ -n "$location" ] || wrong '--location is missing'
[ -n "$parameters" ] || wrong '--parameters is missing'
[ -f "$parameters" ] || wrong "--parameters: there is no file '$parameters'; start from infra/main.bicepparam"
[ -n "$package" ] || wrong '--package is missing'

check_tools
read_package
check_login
check_providers
check_region
if [ -n "$what_if" ]; then
  show_changes
  exit 0
fi
ensure_resource_group
deploy_template
read_outputs
ensure_secrets
resolve_references
remove_stray_setting
deploy_code
remove_stray_setting
sync_triggers
ask_doctor
