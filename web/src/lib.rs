//! Pages and JSON API, health and metrics.
