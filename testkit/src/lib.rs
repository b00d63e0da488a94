//! Development only: a fake upstream, servers on ephemeral ports, small Cargo projects.
