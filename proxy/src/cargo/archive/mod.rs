//! A look through a crate file, without unpacking it.
