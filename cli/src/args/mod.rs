//! The command line: what can be said, and the values in it.

mod called;
mod data;
mod next;
mod server_url;
mod token_source;

use clap::{Parser, Subcommand};

use crate::commands::{
    cache, completions, demo, diff, explain, fix, init, ledger, log, policy, portfolio, prefetch,
    reconcile, rules, scan, serve, token, trace, waiver, why,
};
use crate::exit::Exit;

pub use called::command_line;
pub use data::DataFolder;
pub use depaudit_model::Since;
pub use next::Next;
pub use server_url::ServerUrl;
pub use token_source::TokenSource;

/// Dependency governance for Cargo: the same verified bytes for every team, and a record of who
/// received which
#[derive(Debug, Parser)]
#[command(name = "depaudit", version, max_term_width = 100)]
#[command(
    after_help = "Examples:\n  depaudit scan\n  depaudit serve\n  depaudit init --team payments && cargo fetch"
)]
pub struct Cli {
    /// When to use colours; NO_COLOR and CLICOLOR_FORCE count as well.
    #[command(flatten)]
    pub color: colorchoice_clap::Color,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// One variant a command: its arguments, and its `run` in [`crate::commands`].
#[derive(Debug, Subcommand)]
pub enum Command {
    Serve(serve::ServeCommand),
    Prefetch(prefetch::PrefetchArgs),
    Log(log::LogArgs),
    Trace(trace::TraceArgs),
    Reconcile(reconcile::ReconcileArgs),
    Init(init::InitArgs),
    Scan(scan::ScanArgs),
    Diff(diff::DiffArgs),
    Demo(demo::DemoArgs),
    Fix(fix::FixArgs),
    Explain(explain::ExplainArgs),
    Rules(rules::RulesArgs),
    Policy(policy::PolicyArgs),
    Portfolio(portfolio::PortfolioArgs),
    Cache(cache::CacheArgs),
    Token(token::TokenArgs),
    Waiver(waiver::WaiverArgs),
    Why(why::WhyArgs),
    Ledger(ledger::LedgerArgs),
    Completions(completions::CompletionsArgs),
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// When it could not do what it was asked to do; [`crate::output::print_error`] shows it.
    pub fn run(self) -> anyhow::Result<Exit> {
        match self {
            Self::Serve(args) => serve::run(args),
            Self::Prefetch(args) => prefetch::run(args),
            Self::Log(args) => log::run(args),
            Self::Trace(args) => trace::run(&args),
            Self::Reconcile(args) => reconcile::run(&args),
            Self::Init(args) => init::run(args),
            Self::Scan(args) => scan::run(args),
            Self::Diff(args) => diff::run(&args),
            Self::Demo(args) => demo::run(args),
            Self::Fix(args) => fix::run(args),
            Self::Explain(args) => explain::run(args),
            Self::Rules(args) => rules::run(args),
            Self::Policy(args) => policy::run(args),
            Self::Portfolio(args) => portfolio::run(&args),
            Self::Cache(args) => cache::run(args),
            Self::Token(args) => token::run(args),
            Self::Waiver(args) => waiver::run(args),
            Self::Why(args) => why::run(&args),
            Self::Ledger(args) => ledger::run(args),
            Self::Completions(args) => completions::run(args),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_help_of_every_command_has_an_example() {
        fn visit(command: &clap::Command) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("\n  depaudit "), "{} has no example", command.get_name());
            command.get_subcommands().for_each(visit);
        }
        visit(&Cli::command());
    }
}
