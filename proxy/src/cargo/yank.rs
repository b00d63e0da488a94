//! The one change that an index line may undergo (law 1): `yanked` becomes true.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// The line with `"yanked":true`, all other bytes as they were; `None` for what is no JSON object,
/// or says so already.
///
/// A line without the field gets it at its end. Of two fields of that name the last counts, as for
/// every reader that keeps the last.
pub(crate) fn yank(line: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(line).ok()?;
    let fields: BTreeMap<&str, &RawValue> = serde_json::from_str(text).ok()?;
    let Some(value) = fields.get("yanked") else {
        let end = text.rfind('}')?;
        let comma = if fields.is_empty() { "" } else { "," };
        let (head, tail) = text.split_at_checked(end)?;
        return Some(format!("{head}{comma}\"yanked\":true{tail}").into_bytes());
    };
    if value.get() == "true" {
        return None;
    }
    // The value is a part of the line: where it begins is how far it lies behind the line's begin.
    let begin = (value.get().as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let (head, rest) = text.split_at_checked(begin)?;
    let tail = rest.strip_prefix(value.get())?;
    Some(format!("{head}true{tail}").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yanked(line: &str) -> Option<String> {
        yank(line.as_bytes()).map(|line| String::from_utf8(line).unwrap())
    }

    #[test]
    fn only_the_value_changes() {
        let line =
            "{\"name\":\"a\", \"features\":{\"yanked\":[]},\"yanked\" : false ,\"v\":1.50}\n";
        let wanted = line.replace("false", "true");
        assert_eq!(yanked(line).unwrap(), wanted);
        assert_eq!(yanked(&wanted), None);
    }

    #[test]
    fn an_absent_field_is_added_and_null_is_replaced() {
        assert_eq!(yanked("{\"a\":{}}\n").unwrap(), "{\"a\":{},\"yanked\":true}\n");
        assert_eq!(yanked("{\"yanked\":null}").unwrap(), "{\"yanked\":true}");
        assert_eq!(yanked("{}").unwrap(), "{\"yanked\":true}");
        assert_eq!(yanked("[]"), None);
        assert_eq!(yanked("{\"yanked\":false"), None);
    }

    proptest::proptest! {
        #[test]
        fn what_comes_out_says_yanked_and_else_the_same(
            name in "\\PC{0,12}", other in proptest::bool::ANY, spaces in " {0,3}"
        ) {
            let line = serde_json::json!({"name": name, "yanked": false, "x": {"yanked": other}});
            let line = format!("{spaces}{line}");
            let changed: serde_json::Value =
                serde_json::from_slice(&yank(line.as_bytes()).unwrap()).unwrap();
            let mut wanted: serde_json::Value = serde_json::from_str(&line).unwrap();
            wanted["yanked"] = true.into();
            proptest::prop_assert_eq!(changed, wanted);
        }
    }
}
