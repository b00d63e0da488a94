//! Log lines: to standard error, in the form that was asked for.

use anyhow::{Context, bail};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::config::serve::LogFormat;

/// Starts logging. `filter` is a level or a list such as `depaudit_proxy=debug,warn`.
///
/// # Errors
/// When the filter makes no sense.
pub fn start(format: LogFormat, filter: &str) -> anyhow::Result<()> {
    let wrong =
        || format!("--log {filter}: expected error, warn, info, debug, trace, off or a filter");
    // A single word that is no level would be taken for the name of a module, and silence everything.
    if !filter.contains(['=', ',', ':']) && filter.parse::<LevelFilter>().is_err() {
        bail!(wrong());
    }
    let filter = EnvFilter::try_new(filter).with_context(wrong)?;
    let base = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Json => base.json().flatten_event(true).init(),
        LogFormat::Text => {
            // As `--color`, NO_COLOR and the terminal decide.
            let choice = anstream::AutoStream::choice(&std::io::stderr());
            base.with_ansi(choice != anstream::ColorChoice::Never).with_target(false).init();
        }
    }
    Ok(())
}
