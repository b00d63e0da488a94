use toml_edit::Value;

use super::lines;

/// Adds a declaration to a policy. What only a person can know is left out, in comments: until
/// they are filled in, the policy counts the declaration as incomplete.
pub(super) fn declare(text: &str, package: &str, source: &str) -> String {
    if is_there(text, package, source) {
        return text.to_owned();
    }
    let line_break = lines::line_break(text);
    let stub = [
        "[[override]]".to_owned(),
        format!("package = {}", Value::from(package)),
        format!("source = {}", Value::from(source)),
        "# Fill these in: without them the override is not declared.".to_owned(),
        "# owner = \"who answers for it\"".to_owned(),
        "# reason = \"why the release does not do\"".to_owned(),
        "# link = \"https://the page where it goes upstream\"".to_owned(),
        "# expires = the first day without it, as in 2026-01-31".to_owned(),
    ];
    let kept = text.trim_end();
    let mut new = kept.to_owned();
    if !kept.is_empty() {
        new.push_str(line_break);
        new.push_str(line_break);
    }
    for line in stub {
        new.push_str(&line);
        new.push_str(line_break);
    }
    new
}

fn is_there(text: &str, package: &str, source: &str) -> bool {
    let document: Option<toml::Table> = toml::from_str(text).ok();
    let listed = document.as_ref().and_then(|document| document.get("override"));
    let says = |entry: &toml::Value, key, value| {
        entry.get(key).and_then(toml::Value::as_str) == Some(value)
    };
    listed.and_then(toml::Value::as_array).is_some_and(|entries| {
        entries.iter().any(|entry| says(entry, "package", package) && says(entry, "source", source))
    })
}

/// What the policy says with the declaration.
pub(super) fn meaning(document: &mut toml::Table, package: &str, source: &str) -> Option<()> {
    let entry = [("package", package), ("source", source)]
        .map(|(key, value)| (key.to_owned(), toml::Value::from(value)));
    let listed = document.entry("override").or_insert_with(|| toml::Value::Array(Vec::new()));
    let entry = toml::Value::Table(toml::Table::from_iter(entry));
    let entries = listed.as_array_mut()?;
    if !entries.contains(&entry) {
        entries.push(entry);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use depaudit_policy::{Declared, Policy, PolicyFile, RuleSet};

    use super::*;

    #[test]
    fn a_stub_is_added_once_and_is_no_declaration_yet() {
        let text = "[levels]\r\nOVR02 = \"warn\" # for now\r\n";
        let source = "https://git.example/shared?a=\"b\"";
        let once = declare(text, "shared", source);
        assert!(once.starts_with("[levels]\r\nOVR02 = \"warn\" # for now\r\n\r\n[[override]]\r\n"));
        assert_eq!(once.matches('\n').count(), once.matches("\r\n").count());
        assert_eq!(declare(&once, "shared", source), once);
        assert!(declare("", "shared", source).starts_with("[[override]]\n"));
    }

    #[test]
    fn the_policy_counts_a_stub_as_incomplete() {
        let source = "https://git.example/shared";
        let rules = RuleSet::new(Vec::new()).unwrap();
        let file = PolicyFile::parse(&declare("", "shared", source), "x", &rules).unwrap();
        let policy = Policy::combine(vec![file], &rules);
        let declared = policy.declared("shared", source, "2026-06-01".parse().unwrap());
        let Declared::Incomplete(stub) = declared else { panic!("{declared:?}") };
        assert_eq!(stub.missing(), ["owner", "reason", "link", "expires"]);
    }
}
