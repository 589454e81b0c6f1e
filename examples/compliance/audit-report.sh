#!/bin/sh
# The report of the day as JSON for machines and as a page for people; the share of masked targets goes to standard output.
# Exit code 9 where there is something to do, 8 where a copy did not pass; the files are written in either case.
set -u
name="${1:-compliance-$(date -u +%Y-%m-%d)}"
decant audit report --json --html "$name.html" > "$name.json"
status=$?
jq -r '"masked: \(.compliance.coverage.masked) of \(.compliance.coverage.targets) targets"' "$name.json"
exit "$status"
