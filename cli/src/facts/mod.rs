//! Where a scan's facts about published releases come from.

mod bytes;
mod cargo_cache;
mod index_views;
mod line;
mod record;
mod server;
mod stored_index;

use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use depaudit_auditor::{Absent, Facts};
use depaudit_model::{TeamId, Timestamp};
use depaudit_store::MetaStore;
use tokio::runtime::Runtime;

use crate::args::{ServerUrl, TokenSource};

pub use bytes::Bytes;
pub use cargo_cache::CargoCache;
pub use index_views::IndexViews;
pub use record::RecordClient;
pub use server::Server;
pub use stored_index::StoredIndex;

/// Whom to ask what has been published.
#[derive(Debug, Clone, Default, Args)]
pub struct FactsArgs {
    /// Ask this depaudit server what has been published, and when. Without it, Cargo's own index
    /// cache is read, which may be old
    #[arg(long, value_name = "URL", env = "DEPAUDIT_SERVER", hide_env_values = true)]
    pub server: Option<ServerUrl>,
    /// The team in whose name the server is asked; one that takes part in no build keeps the record
    /// of what teams received clean [default: depaudit-scan; with a token, the team of --team]
    #[arg(long, value_name = "TEAM")]
    pub server_team: Option<TeamId>,
    #[command(flatten)]
    pub token: TokenSource,
    /// Ask nobody what has been published, and read no cache: what needs to know is not evaluated
    #[arg(long)]
    pub no_facts: bool,
}

/// Where facts come from.
#[derive(Debug)]
pub enum Source {
    /// From nowhere.
    Nowhere(Absent),
    /// From what Cargo last saw of the default registry's index.
    CargoCache(CargoCache),
    /// From a server.
    Server(Box<Server>),
    /// From what a server on this machine has stored.
    Stored {
        /// The index.
        index: StoredIndex,
        /// What it is read on, as long as it is asked.
        _runtime: Runtime,
    },
}

impl Source {
    /// Chooses, as the command line says. Opens no connection yet.
    ///
    /// # Errors
    /// When the machine gives no means to ask a server, or the token for it cannot be read.
    pub fn open(args: &FactsArgs) -> anyhow::Result<Self> {
        if args.no_facts {
            return Ok(Self::Nowhere(Absent));
        }
        if let Some(server) = &args.server {
            let team = ("--server-team", args.server_team.as_ref());
            let server = Server::new(server, team, args.token.token()?)?;
            return Ok(Self::Server(Box::new(server)));
        }
        Ok(CargoCache::find().map_or(Self::Nowhere(Absent), Self::CargoCache))
    }

    /// The index that a server's data folder holds.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn stored(meta: Arc<dyn MetaStore>) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.context("cannot start the runtime")?;
        let index = StoredIndex::new(meta, runtime.handle().clone());
        Ok(Self::Stored { index, _runtime: runtime })
    }

    /// The facts.
    #[must_use]
    pub fn facts(&self) -> &dyn Facts {
        match self {
            Self::Nowhere(absent) => absent,
            Self::CargoCache(cache) => cache,
            Self::Server(server) => server.as_ref(),
            Self::Stored { index, .. } => index,
        }
    }

    /// Where they came from and how good they are, once a scan has asked for them: `Cargo's index
    /// cache, 12 crates, newest entry 3 days old`. `None` where nobody was asked, or knew nothing.
    #[must_use]
    pub fn origin(&self, now: Timestamp) -> Option<String> {
        match self {
            Self::Nowhere(_) | Self::Stored { .. } => None,
            Self::CargoCache(cache) => cache.origin(now),
            Self::Server(server) => server.origin(),
        }
    }

    /// What went wrong while asking, for the person who scans. The scan went on without.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        match self {
            Self::Nowhere(_) | Self::CargoCache(_) | Self::Stored { .. } => None,
            Self::Server(server) => server.warning(),
        }
    }
}

fn crates(count: usize) -> String {
    if count == 1 { "1 crate".to_owned() } else { format!("{count} crates") }
}
