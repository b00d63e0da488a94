use std::io::{self, Write};

use depaudit_model::AccessToken;
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
    writeln!(
        hint,
        "\nCargo reads it from the variable CARGO_REGISTRIES_DEPAUDIT_TOKEN, or from where\n\
         `cargo login --registry depaudit` keeps it, once a provider is configured:\n\n\
         [registry]\nglobal-credential-providers = [\"cargo:token\"]"
    )
}
