#!/usr/bin/env bash
# Adds the app's identity to an Azure DevOps organisation, as a reader of its projects. The template cannot: there is no
# such resource. Whoever is there already stays; run it again for another project.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: infra/add-to-azure-devops.sh --organization NAME --project NAME [--project NAME …]
                                    (--resource-group NAME | --principal ID) [--license express|stakeholder]

  --organization NAME     as in https://dev.azure.com/NAME; it must be connected to the identity's Entra tenant
  --project NAME          a project whose iterations the app reads, by name or id; several times for several
  --resource-group NAME   where infra/deploy.sh was run: the identity is read from its deployment
  --principal ID          instead: the identity's principal id (the object id, not the client id)
  --license NAME          express is Basic, five of which are free (the default); stakeholder is free
  --subscription ID       instead of the one that 'az account show' names

Log in as a Project Collection Administrator who has opened the organisation in a browser once.
Exit codes: 0 it is there; 1 it could not be added; 2 wrong arguments.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=steps/common.sh
. "$here/steps/common.sh"
# shellcheck source=steps/resources.sh
. "$here/steps/resources.sh"

# Azure DevOps, for az: it has no address of its own in Entra.
azure_devops=499b84ac-1321-427f-aa17-267ca6975798

organization='' resource_group='' principal='' license=express subscription='' projects=()
while [ $# -gt 0 ]; do
  case $1 in
    --organization | --project | --resource-group | --principal | --license | --subscription)
      [ -n "${2:-}" ] || wrong "$1 needs a value"
      case $1 in
        --organization) organization=$2 ;;
        --project) projects+=("$2") ;;
        --resource-group) resource_group=$2 ;;
        --principal) principal=$2 ;;
        --license) license=$2 ;;
        --subscription) subscription=$2 ;;
      esac
      shift 2
      ;;
    --help | -h) usage && exit 0 ;;
    *) wrong "'$1' is not an option; see --help" ;;
  esac
done
[[ $organization =~ ^[A-Za-z0-9-]+$ ]] || wrong '--organization must be the name in https://dev.azure.com/NAME, and nothing else'
[ "${#projects[@]}" -gt 0 ] || wrong '--project is missing'
[ -n "$resource_group$principal" ] || wrong '--resource-group or --principal is missing'
case $license in express | stakeholder) ;; *) wrong "--license must be express or stakeholder, not '$license'" ;; esac

# A name as a part of a URL; az encodes nothing.
escaped() {
  local LC_ALL=C text=$1 i code
  for ((i = 0; i < ${#text}; i++)); do
    printf -v code '%d' "'${text:i:1}"
    case ${text:i:1} in [A-Za-z0-9._~-]) printf '%s' "${text:i:1}" ;; *) printf '%%%02X' "$((code & 255))" ;; esac
  done
}

find_principal() {
  [ -z "$principal" ] || return 0
  find_subscription
  attempt "find the deployment in $resource_group" 3 "$busy" azure deployment group show --resource-group "$resource_group" --name "$deployment" \
    --query properties.outputs.identityPrincipalId.value --output tsv
  principal=$(cat "$work/out")
}

# The ids of the projects, as entitlements want them.
write_request() {
  local project separator=''
  {
    printf '{"accessLevel":{"accountLicenseType":"%s","licensingSource":"account"},' "$license"
    printf '"servicePrincipal":{"origin":"aad","originId":"%s","subjectKind":"servicePrincipal"},"projectEntitlements":[' "$principal"
    for project in "${projects[@]}"; do
      attempt "find the project '$project' in $organization" 3 "$busy" rest get "https://dev.azure.com/$organization/_apis/projects/$(escaped "$project")?api-version=7.1" \
        --resource "$azure_devops" --query id --output tsv
      printf '%s{"projectRef":{"id":"%s"},"group":{"groupType":"projectReader"}}' "$separator" "$(cat "$work/out")"
      separator=,
    done
    printf ']}'
  } >"$work/request"
}

# Azure DevOps answers 200 whatever became of it; the answer's body says whether. Of an identity that is minutes old it knows nothing yet.
add() {
  local try
  for ((try = 1; ; try++)); do
    attempt "add the identity to $organization" 3 "$busy" rest post "https://vsaex.dev.azure.com/$organization/_apis/serviceprincipalentitlements?api-version=7.1-preview.1" \
      --resource "$azure_devops" --headers Content-Type=application/json --body "@$work/request" \
      --query 'operationResult.[isSuccess, errors[0].value]' --output tsv
    head -n 1 "$work/out" | grep -qix 'true' && return
    sed 1d "$work/out" >"$work/err"
    if ! grep -Eiq 'VS403283|at this time' "$work/err" || [ "$try" -ge 8 ]; then
      cat "$work/err" >&2
      fail "$organization refused the identity $principal" "$(mend_refusal)"
    fi
    say "not yet ($(reason_in "$work/err")); trying again ($try of 8)"
    pause "$try"
  done
}

mend_refusal() {
  if grep -Eiq 'VS403283|at this time' "$work/err"; then
    echo "Azure DevOps does not find it in Entra. Is $organization connected to the identity's tenant (Organization settings, Microsoft Entra), and is this the principal id?"
  elif grep -Eiq 'licen[cs]e' "$work/err"; then
    echo "No licence is left: buy one (Organization settings, Billing), or use --license stakeholder."
  else
    echo "You must be a Project Collection Administrator of $organization, and have opened it in a browser once. By hand: Organization settings, Users, Add users, the identity's name."
  fi
}

step "The identity in $organization"
find_principal
write_request
add
say "$principal reads ${projects[*]}"
