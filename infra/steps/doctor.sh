# shellcheck shell=bash
# Whether the app is well, by its own word.

ask_doctor() {
  local try code
  step 'The doctor'
  for ((try = 1; ; try++)); do
    # Admin functions want the host's master key. It goes to curl by a pipe: no list of processes shows it.
    attempt "read the host's key" 8 "$busy|BadRequest|Bad Request|NotFound" rest post "$app_id/host/default/listkeys?api-version=$web_api" --query masterKey --output tsv
    code=$(sed 's/.*/header = "x-functions-key: &"/' "$work/out" |
      curl --config - --silent --show-error --max-time 240 --output "$work/answer" --write-out '%{http_code}' "https://$host/api/doctor" 2>"$work/err") || code=000
    rm -f "$work/out"
    [ "$code" != 200 ] || break
    [ "$try" -lt 10 ] || fail "https://$host/api/doctor answers $code ($(reason_in "$work/err" || true))" \
      "The code is deployed. 'No poll for an hour' in docs/runbook.md says what to look at; its own log says why it does not answer, some minutes later:
$(log_command)"
    say "https://$host/api/doctor answers $code; it may still be starting ($try of 10)"
    pause "$try"
  done
  show_answer <"$work/answer"
  if grep -Eq '"healthy"[[:space:]]*:[[:space:]]*true' "$work/answer"; then
    step 'Deployed, and well'
    tell_next_steps
  else
    step 'Deployed; the doctor found the above'
    say 'On a first deployment that is the identity, which is not in Azure DevOps yet: the first of the next steps.'
    tell_next_steps
    exit 1
  fi
}

# Each check on a line: its outcome, name and text, and on the next what to do about it.
show_answer() {
  local text='"(([^"\\]|\\.)*)"'
  tr '\n' ' ' | sed -E 's/\{ *"name"/\
{"name"/g' | sed -E -n -e "s/^\{\"name\": *$text, *\"outcome\": *$text, *\"text\": *$text, *\"mend\": *$text.*/   \3  \1: \5\\
           \7/p" -e t -e "s/^\{\"name\": *$text, *\"outcome\": *$text, *\"text\": *$text.*/   \3  \1: \5/p" | unescaped
}

unescaped() { sed -e "s/\\\\u0027/'/g" -e 's/\\u0022/"/g' -e 's/\\u003C/</g' -e 's/\\u003E/>/g' -e 's/\\u0026/\&/g' -e 's/\\u002B/+/g' -e 's/\\u0060/`/g' -e 's/\\"/"/g' -e 's/\\\\/\\/g'; }

tell_next_steps() {
  cat <<TEXT

Next (infra/README.md explains each):
  1. infra/add-to-azure-devops.sh --organization ORG --project PROJECT --resource-group $resource_group
  2. az rest --method post --url "$app_id/host/default/listkeys?api-version=$web_api" --query masterKey --output tsv |
       iteration-branches doctor --url https://$host --key-file -
  3. read the plan in the log (DryRun), then set dryRun = false in $parameters and run this again
  4. iteration-branches hooks create --url https://$host --settings FILE
The records are in the vault $records_vault.
TEXT
}
