# shellcheck shell=bash
# Whether the package is an app root of the isolated worker, and which functions are in it.

# What the Functions host reads at the root, besides host.json.
root_files='functions.metadata worker.config.json extensions.json'

read_package() {
  local file
  step 'The package'
  [ -f "$package" ] || not_a_package "there is no file '$package'"
  unzip -Z1 "$package" >"$work/names" 2>/dev/null || not_a_package "'$package' is not a zip"
  grep -qx 'host.json' "$work/names" || not_a_package "'$package' has no host.json at its root; zip what is in the published folder, not the folder"
  ! grep -qx 'local.settings.json' "$work/names" || not_a_package "'$package' holds a local.settings.json, and with it somebody's secrets"
  for file in $root_files; do
    grep -Fqx "$file" "$work/names" || not_a_package "'$package' has no $file at its root, which the build of an isolated worker ($runtime) writes; was it made by an older version?"
  done
  grep -q '^\.azurefunctions/[^/]' "$work/names" ||
    not_a_package "'$package' has no folder .azurefunctions at its root, with the host's own extensions; a zip of '*' leaves out what begins with a dot"
  read_worker
  read_functions
  say "$package: $runtime, functions $(paste -sd ' ' "$work/functions")"
}

read_worker() {
  local language worker
  unzip -p "$package" worker.config.json | tr -d '\r\n' >"$work/worker.json"
  language=$(value_of language "$work/worker.json")
  [ "$language" = "${runtime% *}" ] || not_a_package "worker.config.json in '$package' says the language '$language', not '${runtime% *}'"
  worker=$(value_of defaultWorkerPath "$work/worker.json")
  grep -Fqx "$worker" "$work/names" || not_a_package "worker.config.json in '$package' starts '$worker', which is not in it"
}

# One file has them all, as the build wrote them down.
read_functions() {
  unzip -p "$package" functions.metadata | tr -d ' \r\n\t' | grep -o '"name":"[^"]*","scriptFile"' | cut -d '"' -f 4 | sort >"$work/functions" || true
  [ -s "$work/functions" ] || not_a_package "'$package' has no function"
  grep -qx 'Doctor' "$work/functions" || not_a_package "'$package' has no function Doctor; it was made by an older version"
}

# Of a text in a JSON file on one line.
value_of() { # NAME FILE
  sed -n 's/.*"'"$1"'"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p' "$2"
}

not_a_package() { # PROBLEM
  wrong "--package: $1
Take the zip of the release that these templates are from, or make it: dotnet run --project src/Sandbox -- package --output iteration-branches.zip"
}
