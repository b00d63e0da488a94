use spdx::{Expression, LicenseReq, Licensee, ParseMode};

/// Licences that a policy approves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LicenceSet(Vec<Licensee>);

/// The text is no licence that SPDX lists.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected the SPDX identifier of one licence, such as `MIT` or `Apache-2.0`")]
pub struct LicenceError;

impl LicenceSet {
    /// Adds a licence, with its exception where it has one: `GPL-2.0-only WITH
    /// Classpath-exception-2.0`.
    ///
    /// # Errors
    /// When the text names no licence that SPDX lists.
    pub fn add(&mut self, text: &str) -> Result<(), LicenceError> {
        self.0.push(Licensee::parse(text).map_err(|_| LicenceError)?);
        Ok(())
    }

    /// Whether an expression, as a manifest has it, can be met with approved licences alone: of an
    /// `OR` one side, of an `AND` both. The old spelling with a slash is read as `OR`, as crates.io
    /// does. What is no expression is not admitted.
    #[must_use]
    pub fn admit(&self, expression: &str) -> bool {
        let parsed = Expression::parse_mode(expression, ParseMode::LAX);
        let approved = |wanted: &LicenseReq| self.0.iter().any(|it| it.satisfies(wanted));
        parsed.is_ok_and(|expression| expression.evaluate(approved))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_admitted_when_it_can_be_met() {
        let mut set = LicenceSet::default();
        for licence in ["MIT", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"] {
            set.add(licence).unwrap();
        }
        assert_eq!(set.add("MTI"), Err(LicenceError));
        for (expression, admitted) in [
            ("MIT", true),
            ("MIT OR GPL-3.0-only", true),
            ("MIT/Apache-2.0", true),
            ("MIT AND Apache-2.0", false),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            ("Apache-2.0", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("", false),
            ("none of your business", false),
        ] {
            assert_eq!(set.admit(expression), admitted, "{expression}");
        }
    }
}
