use askama::Template;

use super::super::outside as filters;

/// A field of a form: what was typed stays there, and what is wrong with it stands beside it.
#[derive(Debug, Template)]
#[template(path = "policy/field.html")]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// An example, or what is expected.
    pub(super) hint: &'static str,
    /// `text`, `date`, `url`.
    pub(super) kind: &'static str,
    pub(super) value: String,
    pub(super) required: bool,
    pub(super) error: Option<String>,
}

impl Field {
    /// A line of text that has to be there.
    pub(super) fn required(
        (name, label): (&'static str, &'static str),
        hint: &'static str,
        value: &str,
        error: Option<String>,
    ) -> Self {
        let value = value.to_owned();
        Self { name, label, hint, kind: "text", value, required: true, error }
    }

    /// The same, and it may be empty.
    pub(super) fn optional(self) -> Self {
        Self { required: false, ..self }
    }

    pub(super) fn kind(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }
}
