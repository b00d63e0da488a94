use std::io::{self, Write};

use depaudit_model::{AccessToken, TokenScope};
use depaudit_store::Token;

use crate::output::Out;

/// Shows a new token: on standard output the token alone, so that it can be piped into a secret
/// store, and on standard error what to do with it.
pub(super) fn show(text: &AccessToken, token: &Token) -> io::Result<()> {
    let mut out = Out::new();
    writeln!(out, "{}", text.expose())?;
    out.flush()?;
    let mut hint = io::stderr().lock();
    write!(hint, "token {} of {}, scope {}", token.id, token.team, token.scope)?;
    match token.expires {
        Some(expires) => writeln!(hint, ", until {expires}; it is shown only now")?,
        None => writeln!(hint, ", until it is revoked; it is shown only now")?,
    }
    match token.scope {
        TokenScope::Read => writeln!(hint, "{FOR_CARGO}\n\n{FOR_COMMANDS}"),
        TokenScope::Report | TokenScope::Admin => writeln!(hint, "{FOR_COMMANDS}"),
    }
}

/// `cargo login` asks where crates are published, and here none is: it would keep nothing.
const FOR_CARGO: &str = "
Cargo reads it from the variable CARGO_REGISTRIES_DEPAUDIT_TOKEN, or from these lines in
$CARGO_HOME/credentials.toml (`cargo login` works only with registries that can be published to):

[registries.depaudit]
token = \"...\"

Its configuration has to name a provider, too:

[registry]
global-credential-providers = [\"cargo:token\"]";

const FOR_COMMANDS: &str = "
depaudit's own commands that ask a server read it from --token-file FILE or the variable
DEPAUDIT_TOKEN; on the server's pages one logs in with it.";
