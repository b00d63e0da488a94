//! Who this job is.

use std::env;

use anyhow::{Context, bail};
use depaudit_model::Secret;
use reqwest::Client;
use reqwest::header::{ACCEPT, HeaderValue};
use serde::Deserialize;
use url::{Host, Url};

use super::ask;

/// Where a job in GitHub Actions asks for its identity, and the secret that lets it.
const REQUEST_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const REQUEST_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

/// The identity token in a variable.
///
/// # Errors
/// When there is none, or it is no such token. Its text is not quoted.
pub(super) fn from_variable(name: &str) -> anyhow::Result<Secret> {
    // The error of `var` would quote a value that is not Unicode.
    match env::var(name) {
        Ok(text) => identity(text.trim()).with_context(|| format!("the variable {name}")),
        Err(_) => bail!("the variable {name} is not set; name the one that your CI puts it into"),
    }
}

/// Asks GitHub Actions for an identity token that is made out to `audience`.
///
/// # Errors
/// When this is no such job, or it may not ask.
pub(super) async fn from_github(client: &Client, audience: &str) -> anyhow::Result<Secret> {
    #[derive(Deserialize)]
    struct Answer {
        value: String,
    }
    let (Ok(url), Ok(token)) = (env::var(REQUEST_URL), env::var(REQUEST_TOKEN)) else {
        bail!(
            "this job has no identity to exchange: in GitHub Actions it needs `permissions: id-token: \
             write`; elsewhere name the variable that holds its identity token with --jwt-env"
        );
    };
    // The error would quote it.
    let Ok(mut url) = url.parse::<Url>() else { bail!("{REQUEST_URL} is no address") };
    if !is_safe(&url) {
        bail!("{REQUEST_URL} is no https address; a secret would go there in the clear");
    }
    url.query_pairs_mut().append_pair("audience", audience);
    let request = client
        .get(url)
        .header(ACCEPT, HeaderValue::from_static("application/json"))
        .header(reqwest::header::AUTHORIZATION, ask::bearer(&token)?);
    let (status, body) =
        ask::send(request).await.context("cannot ask GitHub Actions for the job's identity")?;
    if status != 200 {
        bail!("GitHub Actions answers {status} instead of the job's identity");
    }
    // The error could quote what it read.
    let Ok(Answer { value }) = serde_json::from_slice(&body) else {
        bail!("GitHub Actions answers something else than the job's identity");
    };
    identity(&value).context("GitHub Actions")
}

/// Three parts of letters that URLs take (RFC 7515, section 7.1); the server looks at the rest.
fn identity(text: &str) -> anyhow::Result<Secret> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let parts = text.split('.').filter(|part| !part.is_empty() && part.bytes().all(letter)).count();
    if parts == 3 && text.split('.').count() == 3 {
        Ok(Secret::new(text.to_owned()))
    } else {
        bail!("what it gives is no identity token (a JWT)")
    }
}

fn is_safe(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(_)) | None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_27_what_is_no_identity_token_is_not_quoted() {
        assert_eq!(identity("a-b_c.d.e").unwrap().reveal(), "a-b_c.d.e");
        for bad in ["", "canary", "canary.b", "canary.b.", "canary.b.c.d", "canary.b\n.c", "a.b.é"]
        {
            let error = format!("{:#}", identity(bad).unwrap_err());
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn a_secret_goes_nowhere_in_the_clear() {
        for (url, safe) in [
            ("https://pipelines.example/x?api-version=2.0", true),
            ("http://127.0.0.1:1/", true),
            ("http://pipelines.example/", false),
            ("http://127.0.0.1.evil.example/", false),
            ("ftp://127.0.0.1/", false),
        ] {
            assert_eq!(is_safe(&url.parse().unwrap()), safe, "{url}");
        }
    }
}
