#!/usr/bin/env bash
# Builds depaudit into $DEPAUDIT_ROOT, where the cache has not brought it.
set -euo pipefail

if [ -x "$DEPAUDIT_ROOT/bin/depaudit" ]; then
    echo "depaudit: taken from the cache"
    exit 0
fi
# Outside of the scanned repository: its .cargo/config.toml could name other sources and a wrapper
# for the compiler, and what is judged must not build its judge.
cd "$RUNNER_TEMP"
if [ -z "$INPUT_VERSION" ]; then
    cargo install --locked --root "$DEPAUDIT_ROOT" --path "$GITHUB_ACTION_PATH/cli"
else
    cargo install --locked --root "$DEPAUDIT_ROOT" \
        --git "$GITHUB_SERVER_URL/$DEPAUDIT_REPOSITORY" --rev "$INPUT_VERSION" depaudit
fi
