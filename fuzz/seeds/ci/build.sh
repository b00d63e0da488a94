s#!/bin/sh
set -e
if [ -n "$X" ]; then CARGO_HOME=/x sudo cargo +nightly install --path . ; fi
docker run --rm img cargo build --config "source.x.directory='v'" | tee log # cargo
cargo vendor > .cargo/config.toml <<'END'
`cargo metadata` $(cargo tree)
END
command -v cargo && \
 env CARGO_REGISTRIES-OURS_INDEX=1 cargo\ build "über cargo"
