//! The accept loop: timers, caps, TLS.
