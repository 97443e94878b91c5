# shellcheck shell=bash
# The app's own secrets: in the vault of the settings, and read by the app through Key Vault references.

# The settings that are references, and the names of the secrets behind them.
list_references() {
  attempt "read the app's settings" 5 "$busy|ResourceNotFound" azure functionapp config appsettings list --resource-group "$resource_group" --name "$app" --output tsv \
    --query "[?starts_with(value || '', '@Microsoft.KeyVault(')].value"
  sed 's|.*/secrets/||; s|[/)].*||' "$work/out" | sort -u >"$work/wanted"
}

ensure_secrets() {
  local name
  step "The app's secrets in $settings_vault"
  list_references
  read_secret_names
  : >"$work/missing"
  while read -r name; do
    grep -qx -e "$name" "$work/there" || echo "$name" >>"$work/missing"
  done <"$work/wanted"
  if [ ! -s "$work/missing" ]; then
    say "all there: $(paste -sd ' ' "$work/wanted")"
  elif [ -n "$ask_secrets" ]; then
    # By another number than standard input, from which the answers come.
    while read -r name <&3; do
      ask_secret "$name"
    done 3<"$work/missing"
  else
    tell_missing
  fi
}

# Only names are read: whether a secret is there, not what it is.
read_secret_names() {
  local try told=''
  for ((try = 1; ; try++)); do
    azure keyvault secret list --vault-name "$settings_vault" --query '[?attributes.enabled].name' --output tsv >"$work/there" 2>"$work/err" && return
    if may_arrive; then
      [ "$try" -lt 8 ] || give_up_on_vault "$(officer_command)"
      [ -n "$told" ] || say 'you may not see its secrets. If you own the resource group, give yourself the role, in another terminal:'
      [ -n "$told" ] || officer_command
      told=yes
    elif ! grep -Eiq -e "$busy" "$work/err" || [ "$try" -ge 8 ]; then
      give_up_on_vault "$(mend_for "$work/err")"
    fi
    say "not yet ($(reason_in "$work/err")); trying again ($try of 8)"
    pause "$try"
  done
}

# A role that was given just now is refused for some minutes; a closed vault stays closed.
may_arrive() { grep -Eiq 'Forbidden' "$work/err" && ! grep -Eiq 'ForbiddenByConnection|public network access' "$work/err"; }

give_up_on_vault() { # WHAT TO DO
  cat "$work/err" >&2
  fail "could not list the secrets of $settings_vault" "$1"
}

officer_command() {
  cat <<TEXT
     az role assignment create --role "Key Vault Secrets Officer" --assignee-principal-type User \\
       --assignee-object-id "\$(az ad signed-in-user show --query id --output tsv)" \\
       --scope "\$(az keyvault show --name $settings_vault --subscription $subscription --query id --output tsv)"
TEXT
}

tell_missing() {
  local name
  {
    printf '\nerror: %s lacks secrets that the app needs. Run this again with --ask-secrets, or put them there, each from a\n' "$settings_vault"
    printf 'file with the value alone (no line end), or from standard input by --file /dev/stdin:\n'
    while read -r name; do
      printf '\n  %s: %s\n' "$name" "$(meaning_of "$name")"
      printf '  az keyvault secret set --vault-name %s --name %s --file FILE --encoding utf-8 --output none\n' "$settings_vault" "$name"
    done <"$work/missing"
    printf '\nWhat is done stays; run the same command again to continue.\n'
  } >&2
  exit 1
}

meaning_of() {
  case $1 in
    planetscale-service-token) echo "the PlanetScale service token (pscale_tkn_…), without its id" ;;
    service-hook-password) echo "the password of the service hooks, at least 16 characters without white space" ;;
    service-hook-previous-password) echo "the hooks' previous password, while it is being changed" ;;
    boards-personal-access-token) echo "the personal access token for Azure Boards, Work Items (Read)" ;;
    *) echo "a secret that the template's settings refer to" ;;
  esac
}

# From the terminal without echo, or a line of standard input; then by a file that only we may read.
ask_secret() { # NAME
  local name=$1 value='' may_be_made=''
  [ "$name" != service-hook-password ] || may_be_made='; empty: a random one is made'
  printf '   %s: %s%s\n   > ' "$name" "$(meaning_of "$name")" "$may_be_made" >&2
  IFS= read -rs value || [ -n "$value" ] || fail "there is no answer for $name on standard input" "With --ask-secrets the answers are typed, or come one a line."
  printf '\n' >&2
  value=${value%$'\r'}
  if [ -z "$value" ] && [ -n "$may_be_made" ]; then
    value=$(LC_ALL=C tr -dc 'A-Za-z0-9' < <(head -c 4096 /dev/urandom) | cut -c 1-40)
  fi
  [ -n "$value" ] || fail "$name is empty"
  case $value in *[[:space:]]*) fail "$name has white space in it" 'Paste the value alone.' ;; esac
  [ "$name" != service-hook-password ] || [ "${#value}" -ge 16 ] || fail "$name is shorter than 16 characters" 'It guards a door to the internet.'
  printf '%s' "$value" >"$work/value"
  value=''
  attempt "set $name" 3 "$busy" azure keyvault secret set --vault-name "$settings_vault" --name "$name" --file "$work/value" --encoding utf-8 --output none
  rm -f "$work/value"
  say "$name is set"
}

# A reference that failed before the role or the secret was there stays so for up to a day, unless it is asked for again.
resolve_references() {
  local try references="$app_id/config/configreferences/appsettings"
  step 'Key Vault references'
  for ((try = 1; ; try++)); do
    attempt 'refresh the references' 5 "$busy" rest post "$references/refresh?api-version=2022-03-01" --output none
    attempt 'read the state of the references' 5 "$busy" rest get "$references?api-version=2022-03-01" --query 'value[].[name, properties.status]' --output tsv
    awk -F '\t' '$2 != "Resolved"' "$work/out" >"$work/open"
    if [ "$(grep -c . "$work/out")" -ge "$(grep -c . "$work/wanted")" ] && [ ! -s "$work/open" ]; then
      say 'all resolved'
      return
    fi
    if [ "$try" -ge 12 ]; then
      cat "$work/open" >&2
      fail 'not every Key Vault reference can be resolved' "$(mend_references)"
    fi
    say "not yet: $(paste -sd ' ' "$work/open" | tr '\t' ' ') ($try of 12)"
    pause "$try"
  done
}

mend_references() {
  if grep -q 'AccessToKeyVaultDenied' "$work/open"; then
    echo "The identity $identity may not read $settings_vault. Its role Key Vault Secrets User comes from the template, and can take up to an hour to arrive: run this again later."
  elif grep -q 'SecretNotFound' "$work/open"; then
    echo "The secret is missing, disabled or deleted in $settings_vault: az keyvault secret list --vault-name $settings_vault --query '[].[name, attributes.enabled]' --output table"
  elif grep -Eq 'MSINotEnabled|InvalidSyntax|VaultNotFound' "$work/open"; then
    echo "The template's settings were changed by hand; deploy it as it is."
  else
    echo "See the app's settings in the portal, which shows the reason of each reference; and whether $settings_vault lets it in (networking)."
  fi
}
