# shellcheck shell=bash
# What is in the package: its functions, and which host it was made for.

read_package() {
  step 'The package'
  [ -f "$package" ] || wrong "--package: there is no file '$package'; make it with: dotnet run --project src/Sandbox -- package --output iteration-branches.zip"
  unzip -Z1 "$package" >"$work/names" 2>/dev/null || wrong "--package: '$package' is not a zip"
  grep -qx 'host.json' "$work/names" || wrong "--package: '$package' has no host.json at its root; zip what is in the published folder, not the folder"
  ! grep -qx 'local.settings.json' "$work/names" || wrong "--package: '$package' holds a local.settings.json, and with it somebody's secrets; make it again with the verb package"
  unzip -p "$package" host.json >"$work/host.json"
  if grep -q '"customHandler"' "$work/host.json"; then
    read_custom_handler
  else
    read_isolated_worker
  fi
  [ -s "$work/functions" ] || wrong "--package: '$package' has no function"
  grep -qx 'Doctor' "$work/functions" || wrong "--package: '$package' has no function Doctor; it was made by an older version"
  say "$package: $worker_host, functions $(paste -sd ' ' "$work/functions")"
}

read_custom_handler() {
  local executable
  worker_host=custom runtime='custom 1.0'
  executable=$(sed -n 's/.*"defaultExecutablePath"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p' "$work/host.json")
  # The files of a running app cannot be changed, so what is not executable in the zip never is.
  unzip -Z "$package" "$executable" 2>/dev/null | grep -q '^-rwx' ||
    wrong "--package: '$executable' in '$package' cannot be executed (zipped on Windows?); make it with the verb package"
  sed -n 's|^\([^/]*\)/function\.json$|\1|p' "$work/names" | sort >"$work/functions"
}

# The isolated worker has no folder a function: its build wrote them down in one file.
read_isolated_worker() {
  worker_host=dotnet-isolated runtime='dotnet-isolated 10.0'
  grep -qx 'functions.metadata' "$work/names" || wrong "--package: host.json of '$package' names no customHandler, and there is no functions.metadata of an isolated worker"
  unzip -p "$package" functions.metadata | tr -d ' \r\n\t' | grep -o '"name":"[^"]*","scriptFile"' | cut -d '"' -f 4 | sort >"$work/functions" || true
}
