#!/usr/bin/env bash
# Scans the repository at hand, for pre-commit. Builds depaudit first, when it is not built yet: into
# the clone that pre-commit keeps of this repository, one for each `rev`. $DEPAUDIT_BINARY names
# another depaudit to use.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
root=$here/target/pre-commit
binary=${DEPAUDIT_BINARY:-$root/bin/depaudit}

if [ ! -x "$binary" ] && [ -z "${DEPAUDIT_BINARY:-}" ]; then
    # Not in the repository at hand: its .cargo/config.toml could name other sources and a wrapper
    # for the compiler.
    cd -- "$here"
    cargo install --locked --quiet --root "$root" --target-dir "$root/build" --path cli
    rm -rf -- "$root/build"
    cd -- "$OLDPWD"
fi
exec "$binary" scan --quiet "$@"
