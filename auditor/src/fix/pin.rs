use toml_edit::{Key, TableLike, Value};

use super::layout::{Layout, Spot};
use super::lines;
use super::refusal::Why;
use super::splice::Splices;

/// Writes `rev` in the place of `branch` or `tag`, or behind `git` where there is neither.
pub(super) fn pin(text: &str, keys: &[String], commit: &str) -> Result<String, Why> {
    let layout = Layout::parse(text)?;
    let spot = layout.spot(keys).ok_or(Why::Changed)?;
    let entry = spot.item.as_table_like().ok_or(Why::Changed)?;
    let value = Value::from(commit).to_string();
    let mut splices = Splices::default();
    match (entry.get_key_value("branch"), entry.get_key_value("tag"), entry.contains_key("rev")) {
        (Some((key, item)), None, false) | (None, Some((key, item)), false) => {
            splices.replace(key.span().ok_or(Why::Changed)?, "rev");
            splices.replace(item.span().ok_or(Why::Changed)?, value);
        }
        (None, None, false) => {
            let (at, new) = behind_git(text, &spot, entry, &value)?;
            splices.replace(at..at, new);
        }
        _ => return Err(Why::Changed),
    }
    Ok(splices.apply(text))
}

/// Whether the entry follows this commit already.
pub(super) fn is_pinned(text: &str, keys: &[String], commit: &str) -> bool {
    let layout = Layout::parse(text).ok();
    let spot = layout.as_ref().and_then(|layout| layout.spot(keys));
    let entry = spot.and_then(|spot| spot.item.as_table_like());
    let rev = entry.and_then(|entry| entry.get("rev"));
    rev.and_then(toml_edit::Item::as_str) == Some(commit)
}

/// Where a new `rev` goes, and its text.
fn behind_git(
    text: &str,
    spot: &Spot<'_>,
    entry: &dyn TableLike,
    value: &str,
) -> Result<(usize, String), Why> {
    let (key, item) = entry.get_key_value("git").ok_or(Why::Changed)?;
    let (key, git) = (Key::span(key).ok_or(Why::Changed)?, item.span().ok_or(Why::Changed)?);
    if spot.in_braces || spot.item.is_inline_table() {
        if entry.is_dotted() {
            return Err(Why::Shape("a dotted key stands in an inline table"));
        }
        return Ok((git.end, format!(", rev = {value}")));
    }
    // With dotted keys, what stands before `git` on its line stands before `rev`, too.
    let before = text.get(lines::start(text, key.start)..key.start).unwrap_or_default();
    let line_break = lines::line_break(text);
    Ok((lines::content_end(text, git.end), format!("{line_break}{before}rev = {value}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pinned(entry: &str) -> String {
        let text = format!("[dependencies]\n{entry}");
        let keys = ["dependencies", "a"].map(str::to_owned);
        let pinned = pin(&text, &keys, "0123").unwrap();
        pinned.strip_prefix("[dependencies]\n").unwrap().to_owned()
    }

    #[test]
    fn a_branch_or_tag_becomes_a_commit_in_its_place() {
        for (before, after) in [
            (
                "a = { branch = 'm', git = \"x\" } # why\n",
                "a = { rev = \"0123\", git = \"x\" } # why\n",
            ),
            ("\"a\" = {git=\"x\",tag=\"v\"}", "\"a\" = {git=\"x\",rev=\"0123\"}"),
            ("a.git = \"x\"\na.branch = \"m\" # m\n", "a.git = \"x\"\na.rev = \"0123\" # m\n"),
            (
                "[dependencies.a]\ngit = \"x\"\r\n# b\r\n\"branch\" = \"m\"\r\n",
                "[dependencies.a]\ngit = \"x\"\r\n# b\r\nrev = \"0123\"\r\n",
            ),
        ] {
            assert_eq!(pinned(before), after);
        }
    }

    #[test]
    fn the_default_branch_becomes_a_commit_behind_the_repository() {
        for (before, after) in [
            ("a = { git = \"x\" }\n", "a = { git = \"x\", rev = \"0123\" }\n"),
            (
                "a = {\n  git = \"x\", # from x\n  optional = true,\n}\n",
                "a = {\n  git = \"x\", rev = \"0123\", # from x\n  optional = true,\n}\n",
            ),
            (
                "a . git = \"x\" # x\na.optional = true\n",
                "a . git = \"x\" # x\na . rev = \"0123\"\na.optional = true\n",
            ),
            (
                "[dependencies.a]\n  git = \"x\"\n  optional = true",
                "[dependencies.a]\n  git = \"x\"\n  rev = \"0123\"\n  optional = true",
            ),
            ("[dependencies.a]\ngit = \"x\"", "[dependencies.a]\ngit = \"x\"\nrev = \"0123\""),
        ] {
            assert_eq!(pinned(before), after);
        }
    }

    #[test]
    fn an_entry_that_is_pinned_or_contradicts_itself_is_left_alone() {
        for entry in ["{ git = 'x', rev = 'y' }", "{ git = 'x', tag = 'y', branch = 'z' }", "1"] {
            let text = format!("[dependencies]\na = {entry}\n");
            let keys = ["dependencies", "a"].map(str::to_owned);
            assert_eq!(pin(&text, &keys, "0123"), Err(Why::Changed), "{entry}");
        }
    }
}
