//! Log lines: to standard error, in the form that was asked for.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::config::serve::LogFormat;

/// Starts logging. `filter` is a level or a list such as `depaudit_proxy=debug,warn`.
///
/// # Errors
/// When the filter makes no sense.
pub fn start(format: LogFormat, filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter)
        .with_context(|| format!("--log {filter}: expected a level (info) or a filter"))?;
    let base = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Json => base.json().flatten_event(true).init(),
        LogFormat::Text => {
            let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            base.with_ansi(colour).with_target(false).init();
        }
    }
    Ok(())
}
