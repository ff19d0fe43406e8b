#!/usr/bin/env bash
# The official OCI conformance suite against `pullsim serve`: at 1.1 and at dev, over memory and over image layouts, with
# no authentication, Basic and tokens. Prints one closing line, `N passed, N failed`, and fails when anything failed.
#
# The suite's exit status cannot be trusted: it is 0 when the configuration is bad, set-up fails or no report could be
# written. So every run must leave a junit.xml, run every group, and say Pass in words.
set -u -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# `conformance/` has no tags: a commit of main after 1.1.1, the first that the Go module proxy has.
version=v0.0.0-20260831232431-97274622c111
work=$(mktemp -d)
server=
stop_server() {
  [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
  server=
}
trap 'stop_server; rm -rf "$work"' EXIT
passed=0
failed=0

node scripts/ready.mjs || exit 1
if ! GOBIN="$work" CGO_ENABLED=0 go install "github.com/opencontainers/distribution-spec/conformance@$version"; then
  echo 'oci-conformance: the suite could not be built; it needs Go 1.24 or later and its module proxy' >&2
  echo '0 passed, 1 failed'
  exit 1
fi

world() {
  printf 'apiVersion: pullsim/v1\nkind: World\nregistries:\n  - host: registry.example\n    auth: %s\n' "$1"
  [ "$1" = none ] || printf '    users: [{ name: ci, password: secret }]\n'
  [ "$2" = memory ] || printf '    layout: %s\n' "$3"
}

# run VERSION AUTH STORE
run() {
  local name="OCI $1, auth $2, $3" folder="$work/$1-$2-$3" ready log url
  mkdir -p "$folder/results"
  ready="$folder/ready.json" log="$folder/suite.log"
  world "$2" "$3" "$folder/content" >"$folder/world.yaml"
  node dist/cli/main.js serve --quiet --config "$folder/world.yaml" --port 0 --ready-file "$ready" &
  server=$!
  for _ in $(seq 100); do [ -s "$ready" ] && break || sleep 0.1; done
  url=$(node -p "new URL(require('$ready').url).host") || url=
  OCI_REGISTRY=$url OCI_TLS=disabled OCI_VERSION=$1 OCI_USERNAME=ci OCI_PASSWORD=secret \
    OCI_RESULTS_DIR="$folder/results" OCI_CONFIGURATION=/dev/null "$work/conformance" >"$log" 2>&1
  stop_server
  judge "$name" "$log" "$folder/results"
}

count() { sed -nE "s/^ +$1\.+: +([0-9]+)$/\1/p" "$2" | head -n 1; }

judge() {
  local name=$1 log=$2 results=$3 good fails errors skipped bad group
  good=$(count Pass "$log") fails=$(count FAIL "$log") errors=$(count Error "$log") skipped=$(count Skip "$log")
  bad=$((${fails:-1} + ${errors:-0}))
  for group in ping empty 'sha256 blobs' 'sha512 blobs' image index artifacts-with-subject missing-manifest; do
    grep -q "^ *OCI Conformance Test/$group: Pass" "$log" || { echo "$name: group \"$group\" did not pass" >&2 && bad=$((bad + 1)); }
  done
  [ -s "$results/junit.xml" ] || { echo "$name: there is no junit.xml" >&2 && bad=$((bad + 1)); }
  grep -q '^OCI Conformance Result: Pass$' "$log" || { echo "$name: the suite does not say Pass" >&2 && bad=$((bad + 1)); }
  printf '%s: %d passed, %d failed, %d skipped\n' "$name" "${good:-0}" "$bad" "${skipped:-0}"
  [ "$bad" -eq 0 ] || grep -E ': FAIL|: Error|level=WARN|level=ERROR' "$log" | cut -c 1-300 | head -n 40 >&2
  passed=$((passed + ${good:-0}))
  failed=$((failed + bad))
}

run 1.1 none memory
run dev none memory
run 1.1 token memory
run dev token layout
run dev basic layout

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
