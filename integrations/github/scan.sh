#!/usr/bin/env bash
# Scans, and hands the results to GitHub: annotations in the log, a job summary, and SARIF in the
# output `sarif`. Ends as the scan ended, unless the input `fail-on` says otherwise.
set -euo pipefail

case "$INPUT_FAIL_ON" in
deny | never) ;;
*)
    echo "depaudit: the input fail-on is deny or never" >&2
    exit 2
    ;;
esac

results=$(mktemp -d "$RUNNER_TEMP/depaudit-results.XXXXXX")
arguments=(
    --format github
    --output "github-sarif=$results/depaudit.sarif"
    --output "markdown=$results/summary.md"
)
if [ -n "$INPUT_POLICY" ]; then arguments+=(--policy "$INPUT_POLICY"); fi
if [ -n "$INPUT_SERVER" ]; then arguments+=(--server "$INPUT_SERVER"); fi

# Split at blanks and line ends, and nothing else: no quotes, no globs. `read` ends with the input,
# and calls that a failure.
read -r -d '' -a more <<<"$INPUT_ARGS" || true
if [ "${#more[@]}" -gt 0 ]; then arguments+=("${more[@]}"); fi

# Behind `--`, a folder's name is never a flag.
arguments+=(--)
while IFS= read -r path; do
    if [ -n "$path" ]; then arguments+=("$path"); fi
done <<<"$INPUT_PATH"

code=0
"$DEPAUDIT" scan "${arguments[@]}" || code=$?

echo "exit-code=$code" >>"$GITHUB_OUTPUT"
# Where the scan itself failed there is no report, and nothing else is given out as one.
if [ -s "$results/summary.md" ]; then cat "$results/summary.md" >>"$GITHUB_STEP_SUMMARY"; fi
if [ -s "$results/depaudit.sarif" ]; then
    echo "sarif=$results/depaudit.sarif" >>"$GITHUB_OUTPUT"
fi

case "$INPUT_FAIL_ON:$code" in
never:1 | never:3) exit 0 ;;
*) exit "$code" ;;
esac
