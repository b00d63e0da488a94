//! Where bytes, metadata and events are kept: seams and backends.
