mod ask;
mod deliver;
mod job;

use clap::Args;
use depaudit_model::RegistryName;

use crate::args::ServerUrl;
use crate::commands::block_on;
use crate::exit::Exit;

/// Exchange the identity of a CI job for a token that lives for minutes
///
/// So no secret has to be stored in CI. The server says for which repositories and branches
/// (`[[oidc]]` in its configuration). In GitHub Actions the job needs `permissions: id-token: write`;
/// elsewhere, name the variable that holds the job's identity token. Each identity token can be
/// exchanged once.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  depaudit token exchange --server https://depaudit.example --github-env\n  \
                        depaudit token exchange --server https://depaudit.example --jwt-env DEPAUDIT_ID_TOKEN"
)]
pub(super) struct ExchangeArgs {
    /// The depaudit server
    #[arg(long, value_name = "URL")]
    server: ServerUrl,
    /// What the server calls itself towards the issuer (its `audience`) [default: the server's address]
    #[arg(long, value_name = "AUDIENCE", conflicts_with = "jwt_env")]
    audience: Option<String>,
    /// The variable that holds the identity token, where it is not asked for: GitLab's `id_tokens`
    #[arg(long, value_name = "NAME")]
    jwt_env: Option<String>,
    /// Give the token to the later steps of the GitHub job, masked, and print nothing else
    #[arg(long)]
    github_env: bool,
    /// What Cargo's configuration calls the registry, for the name of the variable; repeatable
    #[arg(long, value_name = "NAME", default_value = crate::cargo_snippet::OUR_NAME)]
    registry: Vec<RegistryName>,
}

impl ExchangeArgs {
    pub(super) fn run(&self) -> anyhow::Result<Exit> {
        // Before a token is made that nobody could have.
        let delivery = deliver::Delivery::choose(self.github_env, &self.registry)?;
        let token = block_on(async {
            let client = ask::client()?;
            let identity = match &self.jwt_env {
                Some(variable) => job::from_variable(variable)?,
                None => {
                    let audience = self.audience.clone().unwrap_or_else(|| self.own_audience());
                    job::from_github(&client, &audience).await?
                }
            };
            ask::exchange(&client, &self.server, &identity).await
        })?;
        delivery.deliver(&token)?;
        Ok(Exit::Done)
    }

    /// The address as people write it in a configuration: a URL without a path ends in `/` otherwise.
    fn own_audience(&self) -> String {
        self.server.to_string().trim_end_matches('/').to_owned()
    }
}
