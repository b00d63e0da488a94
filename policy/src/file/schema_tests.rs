//! The schema for editors and the parser accept the same keys.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::door::DoorRule;
use crate::testing::parse;
use crate::{Group, Level};

const SCHEMA: &str = include_str!("../../../schemas/depaudit.toml.schema.json");
const EXAMPLE: &str = include_str!("../../examples/depaudit.toml");

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

/// A part of the schema, with what it refers to in its place.
fn resolved<'s>(root: &'s Value, part: &'s Value) -> &'s Value {
    match part["$ref"].as_str() {
        Some(to) => root.pointer(to.strip_prefix('#').unwrap()).unwrap(),
        None => part,
    }
}

/// Every table of the schema: the header under which its keys stand, and its properties.
fn tables(root: &Value) -> Vec<(String, &serde_json::Map<String, Value>)> {
    let top = root["properties"].as_object().unwrap();
    let mut tables = vec![(String::new(), top)];
    collect("", top, &mut tables);
    tables
}

fn collect<'s>(
    above: &str,
    properties: &'s serde_json::Map<String, Value>,
    tables: &mut Vec<(String, &'s serde_json::Map<String, Value>)>,
) {
    for (key, part) in properties {
        if let Some(properties) = part["properties"].as_object() {
            tables.push((format!("[{above}{key}]"), properties));
            collect(&format!("{above}{key}."), properties, tables);
        }
        if let Some(properties) = part["items"]["properties"].as_object() {
            tables.push((format!("[[{above}{key}]]"), properties));
        }
    }
}

/// The keys that the parser offers where it meets one that it does not know.
fn accepted(header: &str) -> BTreeSet<String> {
    let error = parse(&format!("{header}\n\"?\" = 0")).unwrap_err();
    let (_, offered) = error.what().split_once("expected ").unwrap();
    offered.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_parser_and_the_schema_know_the_same_keys() {
    let root = schema();
    let tables = tables(&root);
    assert_eq!(tables.len(), 11);
    for (header, properties) in tables {
        let known: BTreeSet<String> = properties.keys().cloned().collect();
        assert_eq!(accepted(&header), known, "{header}");
    }
}

#[test]
fn the_parser_refuses_what_the_schema_says_a_key_is_not() {
    let root = schema();
    for (header, properties) in tables(&root) {
        for (key, part) in properties {
            let part = resolved(&root, part);
            let wrong = match part["type"].as_str() {
                Some("string") => "1",
                Some("integer") => "'a'",
                Some("array" | "object" | "boolean") => "'a'",
                _ => "'none of them'",
            };
            let error = parse(&format!("{header}\n{key} = {wrong}")).unwrap_err();
            let place = if header.is_empty() { 1 } else { 2 };
            assert!(
                error.what().starts_with("invalid type")
                    || error.what().starts_with("unknown variant"),
                "{error}"
            );
            assert!(error.place().span.line >= place, "{error}");
        }
    }
}

#[test]
fn words_are_the_same() {
    let root = schema();
    let words = |part: &Value| -> BTreeSet<String> {
        let words = part["enum"].as_array().unwrap();
        words.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let levels = [Level::Deny, Level::Warn, Level::Allow].map(|level| level.to_string());
    assert_eq!(words(&root["$defs"]["level"]), levels.into_iter().collect());
    let waivable = Group::ALL.into_iter().filter(|group| *group != Group::Waiver);
    let rules = DoorRule::ALL.map(|rule| rule.to_string());
    assert_eq!(words(&root["$defs"]["door-rule"]), rules.into_iter().collect());
    let group = &root["properties"]["waiver"]["items"]["properties"]["group"];
    assert_eq!(words(group), waivable.map(|group| group.to_string()).collect());
}

#[test]
fn the_example_uses_every_key_that_the_schema_knows() {
    let whole = toml::Value::Table(toml::from_str(EXAMPLE).unwrap());
    let root = schema();
    for (header, properties) in tables(&root) {
        let name = header.trim_matches(['[', ']']);
        let mut part = Some(&whole);
        for key in name.split('.').filter(|key| !key.is_empty()) {
            part = part.and_then(|part| part.get(key));
        }
        let used: BTreeSet<&String> = match part {
            None => panic!("the example has no {header}"),
            Some(toml::Value::Array(items)) => {
                items.iter().flat_map(|item| item.as_table().unwrap().keys()).collect()
            }
            Some(table) => table.as_table().unwrap().keys().collect(),
        };
        assert_eq!(used, properties.keys().collect(), "{header}");
    }
}
