use super::*;
use crate::cargo_snippet::settings;

fn ours() -> Vec<Setting> {
    let server = "http://127.0.0.1:8417".parse().unwrap();
    settings(&server, &"payments".parse().unwrap())
}

const SNIPPET: &str = "[source.crates-io]\nreplace-with = \"depaudit\"\n\n[registries.depaudit]\n\
                       index = \"sparse+http://127.0.0.1:8417/t/payments/crates-io/index/\"\n";

fn changed(text: &str, force: bool) -> String {
    match plan(text, &ours(), force).unwrap() {
        Plan::Change(new) => {
            assert_eq!(plan(&new, &ours(), false).unwrap(), Plan::Nothing, "never twice");
            new
        }
        Plan::Nothing => panic!("a change was expected"),
    }
}

fn refused(text: &str) -> String {
    plan(text, &ours(), false).unwrap_err().to_string()
}

#[test]
fn an_empty_file_gets_the_snippet() {
    assert_eq!(changed("", false), SNIPPET);
}

#[test]
fn what_is_there_stays_byte_for_byte_and_the_settings_follow() {
    let text = "# ours\nbuild.jobs=2   # few\n\n[net]\n  retry = 3\n# the end";
    assert_eq!(changed(text, false), format!("{text}\n\n{SNIPPET}"));
}

#[test]
fn settings_go_into_tables_of_every_form() {
    let headers =
        changed("[source]\n# s\n[registries.other]\nindex = \"i\"\n[net]\nretry = 3\n", false);
    assert!(headers.contains("# s\n[registries.other]\n"), "{headers}");
    assert!(headers.contains("[source.crates-io]\nreplace-with = \"depaudit\"\n"), "{headers}");
    let inline = changed("registries = { other = { index = \"i\" } }\n", false);
    assert!(inline.starts_with("registries = { other = { index = \"i\" }"), "{inline}");
    let dotted = changed("registries.other.index = \"i\"\n[net]\nretry = 3\n", false);
    assert!(dotted.starts_with("registries.other.index = \"i\"\n"), "{dotted}");
    let half = changed("[source.crates-io]\nreplace-with = \"depaudit\" # done\n", false);
    assert!(half.starts_with("[source.crates-io]\nreplace-with = \"depaudit\" # done\n"), "{half}");
}

#[test]
fn windows_line_ends_and_the_byte_order_mark_stay() {
    let text = "\u{feff}[net]\r\nretry = 3\r\n";
    let new = changed(text, false);
    assert!(new.starts_with(text), "{new:?}");
    assert_eq!(new.matches('\n').count(), new.matches("\r\n").count());
    assert!(refused("[net]\r\nretry = 3\n").contains("both kinds of line ends"));
}

#[test]
fn another_replacement_is_refused_with_its_line_and_replaced_by_force() {
    let text = "[net]\nretry = 3\n\n[source.crates-io]\n# our mirror\nreplace-with = \"corp\" # for now\n\
                [source.corp]\nregistry = \"sparse+https://corp.example/\"\n";
    let told = refused(text);
    assert!(
        told.contains("`source.crates-io.replace-with = \"corp\"` in line 6; --force"),
        "{told}"
    );
    let forced = changed(text, true);
    assert!(forced.contains("# our mirror\nreplace-with = \"depaudit\" # for now\n"), "{forced}");
    assert!(forced.contains("[source.corp]\nregistry = \"sparse+https://corp.example/\"\n"));
}

#[test]
fn a_source_that_means_something_else_is_in_the_way_too() {
    let told = refused("[source.crates-io]\ndirectory = \"vendor\"\n");
    assert!(told.contains("`source.crates-io.directory = \"vendor\"` in line 2"), "{told}");
    let told = refused("[source.depaudit]\ndirectory = \"vendor\"\n");
    assert!(told.contains("`source.depaudit` in line 1"), "{told}");
    let told = refused("[registries.depaudit]\nindex = \"sparse+https://me:canary@other/\"\n");
    assert!(told.contains("`registries.depaudit.index"), "{told}");
    assert!(!told.contains("canary"), "{told}");
    let forced =
        changed("[source.crates-io]\ndirectory = \"vendor\"\n[source.depaudit]\na = 1\n", true);
    assert_eq!(forced, SNIPPET);
}

#[test]
fn what_is_no_toml_or_no_table_is_told_with_its_place() {
    assert!(refused("[net]\nretry = = 3\n").starts_with("line 2, column 9: "));
    assert!(refused("[registries.x]\ntoken = \"canary\n").starts_with("line 2, column "));
    assert!(!refused("[registries.x]\ntoken = \"canary\n").contains("canary"));
    assert_eq!(refused("source = 3\n"), "`source` is no table");
    assert_eq!(refused("source.crates-io = 3\n"), "`source.crates-io` is no table");
}

#[test]
fn bad_input_41_deep_nesting_is_an_error_and_no_stack_overflow() {
    let deep = format!("a = {}", "[".repeat(100_000));
    assert!(refused(&deep).starts_with("line 1, column "));
    let dotted = format!("{} = 1", vec!["a"; 100_000].join("."));
    assert!(plan(&dotted, &ours(), false).is_err());
}
