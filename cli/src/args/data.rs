use std::path::PathBuf;

use clap::Args;

use crate::config::serve::DEFAULT_DATA;

/// Where a server keeps its data.
#[derive(Debug, Clone, Args)]
pub struct DataFolder {
    /// Data folder of the server
    #[arg(long = "data", value_name = "DIR", env = "DEPAUDIT_DATA", default_value = DEFAULT_DATA)]
    pub path: PathBuf,
}
