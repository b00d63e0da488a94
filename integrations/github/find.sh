#!/usr/bin/env bash
# Says which depaudit the action runs: `binary`, and where it has to be built first also `root`, the
# folder to build into, and `cache-key`, under which that folder is kept.
set -euo pipefail

if [ -n "$INPUT_BINARY" ]; then
    # A path of several lines would set outputs of its own.
    if [[ $INPUT_BINARY == *$'\n'* || ! -x $INPUT_BINARY || -d $INPUT_BINARY ]]; then
        echo "depaudit: the input binary names no program: $(printf %q "$INPUT_BINARY")" >&2
        exit 2
    fi
    folder=$(cd -- "$(dirname -- "$INPUT_BINARY")" && pwd)
    echo "binary=$folder/$(basename -- "$INPUT_BINARY")" >>"$GITHUB_OUTPUT"
    exit 0
fi

# The key is of what the binary is made from: the commit that was asked for, or else the action's
# own files, and the compiler. That one is asked outside of the scanned repository, which could name
# another toolchain.
if [ -n "$INPUT_VERSION" ]; then
    source=$(printf %s "$INPUT_VERSION" | sha256sum)
else
    source=$(cd "$GITHUB_ACTION_PATH" && find . \( -name .git -o -name target \) -prune -o \
        -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
fi
compiler=$(cd "$RUNNER_TEMP" && rustc --version --verbose | sha256sum)
root=$RUNNER_TEMP/depaudit
{
    echo "root=$root"
    echo "binary=$root/bin/depaudit"
    echo "cache-key=depaudit-$RUNNER_OS-$RUNNER_ARCH-${compiler:0:16}-${source:0:32}"
} >>"$GITHUB_OUTPUT"
