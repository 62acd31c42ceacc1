# What the tests of this directory share. Each prints one line a check and ends with 1 if one failed.

failures=0

# check NAME COMMAND…: runs the command, says whether it went well, and if not, what it had to say.
check() {
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    printf 'pass %s\n' "$name"
  else
    failures=1
    printf 'FAIL %s\n' "$name"
    printf '%s\n' "$output" | sed 's/^/     /'
  fi
}

# skip NAME REASON
skip() {
  printf 'skip %s: %s\n' "$1" "$2"
}

# finish: to be called last.
finish() {
  exit "$failures"
}

# same EXPECTED ACTUAL: shows the difference, if there is one.
same() {
  diff <(printf '%s\n' "$1") <(printf '%s\n' "$2")
}

# silent COMMAND…: the command went well and had nothing to say.
silent() {
  local output
  output=$("$@") || return
  [ -z "$output" ] || { printf '%s\n' "$output"; return 1; }
}

# alerts: "name severity" of each alert, sorted.
alerts() {
  awk '$1 == "-" && $2 == "alert:" { name = $3 } $1 == "severity:" { print name, $2 }' \
    usher.alerts.yaml | sort
}

# alert_names: each once, sorted.
alert_names() {
  alerts | cut -d' ' -f1 | uniq
}
