//! Levels and decisions, without I/O.
