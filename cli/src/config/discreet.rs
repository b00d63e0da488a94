use std::ffi::OsStr;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command};
use serde::{Deserialize, Deserializer};
use url::Url;

/// Parses a flag or variable that may hold a password. clap's own error quotes the value, and what a
/// server prints at its start is kept in logs.
pub(super) fn discreet<T>() -> Discreet<T> {
    Discreet(PhantomData)
}

/// See [`discreet`]. The type's own error must not quote the text either.
pub(super) struct Discreet<T>(PhantomData<fn() -> T>);

impl<T> Clone for Discreet<T> {
    fn clone(&self) -> Self {
        discreet()
    }
}

impl<T> TypedValueParser for Discreet<T>
where
    T: FromStr<Err: fmt::Display> + Clone + Send + Sync + 'static,
{
    type Value = T;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        let reason = match value.to_str().map(str::parse) {
            Some(Ok(parsed)) => return Ok(parsed),
            Some(Err(error)) => T::Err::to_string(&error),
            None => "it is not UTF-8".to_owned(),
        };
        let name = arg.map(Arg::to_string).unwrap_or_default();
        let text = format!("the value given for '{name}' cannot be used: {reason}\n");
        Err(clap::Error::raw(ErrorKind::ValueValidation, text).with_cmd(command))
    }
}

/// Reads a URL that has to be there.
pub(super) fn required_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

/// Reads a URL in a file; the error of the library quotes it.
pub(super) fn url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(serde::de::Error::custom)
}
