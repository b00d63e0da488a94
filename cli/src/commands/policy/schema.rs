use std::io::Write;

use clap::Args;

use crate::exit::Exit;
use crate::output::Out;

/// What editors check and complete a `depaudit.toml` by.
const SCHEMA: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/depaudit.toml.schema.json"));

/// Print the JSON schema of `depaudit.toml`, for editors
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit policy schema > depaudit.toml.schema.json")]
pub struct SchemaArgs {}

/// Runs the command.
///
/// # Errors
/// When the output takes no more.
pub fn run(_: &SchemaArgs) -> anyhow::Result<Exit> {
    let mut out = Out::new();
    out.write_all(SCHEMA.as_bytes())?;
    out.flush()?;
    Ok(Exit::Done)
}
