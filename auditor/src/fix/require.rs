use toml_edit::Value;

use super::layout::Layout;
use super::refusal::Why;
use super::splice::Splices;

/// Writes another requirement into an entry that has one.
pub(super) fn require(text: &str, keys: &[String], requirement: &str) -> Result<String, Why> {
    let layout = Layout::parse(text)?;
    let spot = layout.spot(keys).ok_or(Why::Changed)?;
    let written = match spot.item.as_table_like() {
        Some(entry) => entry.get("version").ok_or(Why::Shape("the entry names no version"))?,
        None => spot.item,
    };
    let span = written.is_str().then(|| written.span()).flatten().ok_or(Why::Changed)?;
    let mut splices = Splices::default();
    splices.replace(span, Value::from(requirement).to_string());
    Ok(splices.apply(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn required(entry: &str) -> Result<String, Why> {
        let text = format!("[dependencies]\n{entry}\n");
        require(&text, &["dependencies", "a"].map(str::to_owned), "1.2")
            .map(|text| text.trim_start_matches("[dependencies]\n").trim_end().to_owned())
    }

    #[test]
    fn a_requirement_changes_wherever_it_stands() {
        assert_eq!(required("a = '1' # c").unwrap(), "a = \"1.2\" # c");
        let inline = required("a = { version = \"1\", features = [] }").unwrap();
        assert_eq!(inline, "a = { version = \"1.2\", features = [] }");
        assert_eq!(required("a.version = \"1\"").unwrap(), "a.version = \"1.2\"");
        assert!(matches!(required("a = { path = \"x\" }"), Err(Why::Shape(_))));
    }
}
