//! The one encoding of an event: what is hashed into the ledger, and what `--json` prints.
//!
//! JSON as RFC 8785 (JCS) writes it, for the part of JSON that events use: keys in ASCII order, no
//! white space, the shortest escapes, whole numbers only. One event therefore has one encoding, on
//! every machine and in every later version of depaudit.

use serde::Serialize;
use serde_json::Value;

/// The longest encoding, in bytes: what an entry bundle of a tlog-tiles log can hold (C2SP
/// tlog-tiles: entries carry a 16-bit length).
pub const LONGEST: usize = 65_535;

/// Why something has no canonical encoding.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// The value is no JSON at all.
    #[error("this value cannot be written as JSON")]
    NotJson(#[source] serde_json::Error),
    /// A fraction, or a whole number that not every reader of JSON keeps exactly.
    #[error("the number {0} is not a whole number below 2^53")]
    Number(serde_json::Number),
    /// Longer than it may be.
    #[error("the encoding has {length} bytes, more than the {longest} that it may have")]
    TooLong {
        /// Its length, in bytes.
        length: usize,
        /// The most that was allowed.
        longest: usize,
    },
}

/// Encodes a leaf of the ledger.
///
/// # Errors
/// When it holds a fraction or a number of 2^53 or more, or when the encoding is longer than
/// [`LONGEST`].
pub fn encode(value: &impl Serialize) -> Result<Vec<u8>, CanonicalError> {
    encode_within(value, LONGEST)
}

/// Encodes what is no leaf, and has a bound of its own, in bytes.
///
/// # Errors
/// As [`encode`], with this bound.
pub fn encode_within(value: &impl Serialize, longest: usize) -> Result<Vec<u8>, CanonicalError> {
    let value = serde_json::to_value(value).map_err(CanonicalError::NotJson)?;
    let mut out = Vec::with_capacity(512);
    write(&value, &mut out)?;
    let length = out.len();
    if length > longest { Err(CanonicalError::TooLong { length, longest }) } else { Ok(out) }
}

fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => {
            // JCS writes numbers as IEEE doubles do, which is exact only below 2^53.
            let exact = number.as_i64().is_some_and(|whole| whole.unsigned_abs() < 1 << 53);
            if !exact {
                return Err(CanonicalError::Number(number.clone()));
            }
            out.extend_from_slice(number.to_string().as_bytes());
        }
        Value::String(text) => string(text, out)?,
        Value::Array(items) => {
            out.push(b'[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                write(item, out)?;
            }
            out.push(b']');
        }
        Value::Object(fields) => {
            // Sorted here, not by the map: serde_json keeps insertion order as soon as any crate
            // in the build asks for it.
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| key.as_str());
            out.push(b'{');
            for (place, (key, item)) in fields.into_iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                string(key, out)?;
                out.push(b':');
                write(item, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

/// serde_json escapes strings just as JCS asks: the two-character escapes, `\u00xx` for the other
/// control characters, everything else as it is.
fn string(text: &str, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
    serde_json::to_writer(out, text).map_err(CanonicalError::NotJson)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn encoded(value: &Value) -> String {
        String::from_utf8(encode(value).unwrap()).unwrap()
    }

    #[test]
    fn keys_are_sorted_at_every_depth() {
        let value = json!({"b": [1, {"z": null, "a": true}], "a": "x"});
        assert_eq!(encoded(&value), r#"{"a":"x","b":[1,{"a":true,"z":null}]}"#);
    }

    #[test]
    fn bad_input_53_newlines_and_json_in_a_text_stay_one_escaped_text() {
        let value = json!({"user_agent": "cargo\n{\"kind\":\"forged\"}\u{1}é"});
        let expected = "{\"user_agent\":\"cargo\\n{\\\"kind\\\":\\\"forged\\\"}\\u0001é\"}";
        assert_eq!(encoded(&value), expected);
    }

    #[test]
    fn what_readers_would_not_keep_exactly_is_refused() {
        assert!(matches!(encode(&json!(1.5)), Err(CanonicalError::Number(_))));
        assert!(matches!(encode(&json!(1_u64 << 53)), Err(CanonicalError::Number(_))));
        assert!(encode(&json!((1_u64 << 53) - 1)).is_ok());
        let long = "a".repeat(LONGEST);
        assert!(matches!(encode(&json!(long)), Err(CanonicalError::TooLong { .. })));
    }
}
