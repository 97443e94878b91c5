# shellcheck shell=bash
# What every step uses: words to the operator, waiting, trying again, and what to do about what Azure says.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 077

step() { printf '\n== %s\n' "$*"; }
say() { printf '   %s\n' "$*"; }

fail() { # PROBLEM [WHAT TO DO]
  printf '\nerror: %s\n' "$1" >&2
  [ $# -lt 2 ] || printf '%s\n' "$2" >&2
  printf 'What is done stays; run the same command again to continue.\n' >&2
  exit 1
}

wrong() {
  printf 'error: %s\n' "$1" >&2
  exit 2
}

# Of the one subscription, without az's own warnings and questions: standard input is for the answers to ours.
azure() { az "$@" --subscription "$subscription" --only-show-errors </dev/null; }

# The one that az works in, unless one was named.
find_subscription() {
  az account show ${subscription:+--subscription "$subscription"} --query '[id, name]' --output tsv --only-show-errors >"$work/out" 2>"$work/err" || {
    cat "$work/err" >&2
    fail 'there is no subscription to work in' "$(mend_for "$work/err")"
  }
  # shellcheck disable=SC2034 # Who asked for it says its name.
  { read -r subscription && read -r subscription_name; } <"$work/out"
}

# Against Azure Resource Manager when the URL begins with a resource id: az puts the cloud's own address before it.
rest() { az rest --method "$1" --url "$2" "${@:3}" --only-show-errors </dev/null; }

# Longer from try to try: 10, 20, 40 and then 60 seconds. Tests do not wait.
pause() { # TRY
  local seconds=$((10 << ($1 > 3 ? 3 : $1 - 1)))
  sleep "${DEPLOY_WAIT_SECONDS:-$((seconds > 60 ? 60 : seconds))}"
}

# Runs a command, with its answer in $work/out. Of its failures, those whose text matches PASSING pass by themselves
# and are tried again; any other one, and the last, ends the script with what to do about it.
attempt() { # WHAT TRIES PASSING COMMAND...
  local what=$1 tries=$2 passing=$3 try=1
  shift 3
  until "$@" >"$work/out" 2>"$work/err"; do
    if ! grep -Eiq -e "$passing" "$work/err" || [ "$try" -ge "$tries" ]; then
      cat "$work/err" >&2
      [ "$try" -lt "$tries" ] || what="$what, after $tries tries"
      fail "could not $what" "$(mend_for "$work/err")"
    fi
    # Not with the rest of what is said: what a step prints may be on its way into a file.
    say "not yet ($(reason_in "$work/err")); trying again ($try of $tries)" >&2
    pause "$try"
    try=$((try + 1))
  done
}

# The first line that says something, cut to a line's length.
reason_in() { grep -v '^[[:space:]]*$' "$1" | head -n 1 | cut -c 1-140; }

# What to do about a failure, by what Azure says. Sources: Azure's own error codes, and issues of its tools.
mend_for() { # FILE
  says() { grep -Eiq -e "$1" "$file"; }
  local file=$1
  if says 'az login|AADSTS|interactive authentication'; then
    echo "Log in first: az login"
  elif says 'misspelled or not recognized|unrecognized arguments'; then
    echo "The Azure CLI is too old; 2.60 or newer knows this: az upgrade"
  elif says 'RoleDefinitionWithSameNameExists'; then
    echo "A role with this name is left from an earlier installation: delete it ('az role definition list --custom-role-only'), or change baseName in the parameters."
  elif says 'RoleAssignmentUpdateNotPermitted|RoleAssignmentExists'; then
    echo "A role assignment is in the way, of an identity that was deleted or one made by hand. Delete it ('az role assignment list --resource-group $resource_group')."
  elif says 'VaultAlreadyExists|in (a )?deleted.*state|SoftDeletedVaultDoesNotExist'; then
    echo "A deleted vault keeps its name for its retention time: 'az keyvault list-deleted', then 'az keyvault recover --name NAME', or change baseName in the parameters."
  elif says 'roleDefinitions/write'; then
    echo "You may not define roles here. Let an Owner or User Access Administrator of the resource group deploy; or set customRecordsRole = false in the parameters."
  elif says 'AuthorizationFailed|does not have authorization|LinkedAuthorizationFailed'; then
    echo "You need Owner on the resource group, or Contributor and User Access Administrator (infra/README.md)."
  elif says 'quota of 0|InsufficientQuota|QuotaExceeded'; then
    echo "The region has no quota left for this subscription: take another --location, or ask for quota in the portal."
  elif says 'RequestDisallowedByPolicy'; then
    echo "A policy of your organisation forbids it, and is named above. Most are met by parameters: tags, location, privateNetworking."
  elif says 'ForbiddenByConnection|public network access is disabled'; then
    echo "The vault is closed to the internet (privateNetworking). Run this from a machine inside the virtual network."
  elif says 'InaccessibleStorageException|StorageAccount.*(403|Forbidden)'; then
    echo "The app's identity cannot write its package yet. Roles can take up to an hour to arrive: run this again later."
  elif says 'BCP[0-9]+|InvalidTemplate|bicep'; then
    echo "The parameters do not fit the template; the message above says where. Is the file beside infra/main.bicep?"
  else
    echo "The message above is Azure's. If it says that something is not there yet or is busy, run this again in some minutes."
  fi
}
