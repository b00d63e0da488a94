use super::*;

fn line(name: &str, version: &str, content: &[u8]) -> String {
    let cksum = Checksum::of(content);
    format!(
        "{{\"name\":\"{name}\",\"vers\":\"{version}\",\"deps\":[],\"cksum\":\"{cksum}\",\"features\":{{}},\"yanked\":false,\"later\":[1.50]}}\n"
    )
}

fn merged(upstream: &str) -> Merged {
    merge(&"foo".parse().unwrap(), &Bytes::from(upstream.to_owned()), &Bytes::new(), &[])
}

fn reasons(merged: &Merged) -> Vec<(usize, LineFault)> {
    merged.dropped.iter().map(|dropped| (dropped.number, dropped.reason)).collect()
}

#[test]
fn lines_pass_byte_for_byte_unknown_fields_and_missing_newline_included() {
    let body = format!("{}\n{}", line("Foo", "1.0.0", b"a"), line("Foo", "1.1.0", b"b").trim_end());
    let merged = merged(&body);
    assert_eq!(merged.body, body);
    assert_eq!(merged.new_pins.len(), 2);
    let second = &merged.lines[1];
    assert_eq!(second.name.as_str(), "Foo");
    assert_eq!(
        merged.body[second.range.clone()],
        *line("Foo", "1.1.0", b"b").trim_end().as_bytes()
    );
}

#[test]
fn bad_input_6_a_changed_checksum_is_blocked_and_the_old_line_stays() {
    let name = "foo".parse().unwrap();
    let old = Bytes::from(line("foo", "1.0.0", b"old"));
    let pins = merge(&name, &old, &Bytes::new(), &[]).new_pins;
    let new = Bytes::from(line("foo", "1.0.0", b"new") + &line("foo", "1.1.0", b"next"));
    let merged = merge(&name, &new, &old, &pins);
    assert_eq!(merged.body, line("foo", "1.0.0", b"old") + &line("foo", "1.1.0", b"next"));
    let (pinned, offered) = (Checksum::of(b"old"), Checksum::of(b"new"));
    let version: Version = "1.0.0".parse().unwrap();
    assert_eq!(merged.conflicts, [Conflict { version, pinned, offered }]);
    assert_eq!(merged.lines[0].checksum, pinned);
    assert_eq!(merged.lines[1].range.end, merged.body.len());

    let forgotten = merge(&name, &new, &Bytes::new(), &pins);
    assert_eq!(forgotten.body, line("foo", "1.1.0", b"next"));
    assert_eq!(reasons(&forgotten), [(1, LineFault::Conflict)]);
}

#[test]
fn bad_input_7_no_checksum_no_service() {
    let empty = line("foo", "1.0.0", b"").replace(&Checksum::of(b"").to_string(), "");
    let missing = line("foo", "1.0.1", b"").replace("\"cksum\"", "\"sum\"");
    let upper = line("foo", "1.0.2", b"").to_uppercase();
    let merged = merged(&(empty + &missing + &upper));
    assert_eq!(
        reasons(&merged),
        [(1, LineFault::Checksum), (2, LineFault::Checksum), (3, LineFault::NotAnEntry)]
    );
    assert!(merged.body.is_empty());
}

#[test]
fn bad_input_8_one_version_in_two_lines_is_the_first() {
    let body = line("foo", "1.0.7", b"a") + &line("foo", "1.0.7+x", b"b");
    let merged = merged(&body);
    assert_eq!(reasons(&merged), [(2, LineFault::Duplicate)]);
    assert_eq!(merged.body, line("foo", "1.0.7", b"a"));
}

#[test]
fn bad_input_8_another_build_does_not_displace_a_pinned_version() {
    let name = "foo".parse().unwrap();
    let old = Bytes::from(line("foo", "1.0.7", b"a"));
    let pins = merge(&name, &old, &Bytes::new(), &[]).new_pins;
    let new = Bytes::from(line("foo", "1.0.7+x", b"b") + &line("foo", "1.0.7", b"a"));
    let merged = merge(&name, &new, &old, &pins);
    assert_eq!(merged.body, old);
    assert_eq!(reasons(&merged), [(1, LineFault::Duplicate)]);
    assert!(merged.new_pins.is_empty());
}

#[test]
fn bad_input_9_unusable_lines_go_and_the_rest_is_served() {
    let good = line("foo", "1.0.0", b"a");
    let body = format!(
        "{}{{broken\n\0\n{}{}{}",
        line("bar", "1.0.0", b"a"),
        line("foo", "1.x", b"a"),
        good,
        line("FOO", "1.0.1", b"a"),
    );
    let merged = merged(&body);
    assert_eq!(merged.body, good);
    assert_eq!(
        reasons(&merged),
        [
            (1, LineFault::OtherCrate),
            (2, LineFault::NotAnEntry),
            (3, LineFault::NotAnEntry),
            (4, LineFault::Version),
            (6, LineFault::OtherCrate),
        ]
    );
}

#[test]
fn bad_input_12_a_page_of_html_has_no_line() {
    let merged = merged("<!doctype html>\n<title>Sign in</title>\n");
    assert!(merged.lines.is_empty());
}

proptest::proptest! {
    #[test]
    fn no_body_panics_and_what_is_kept_was_sent(body in "(\\PC|\n|\\{\"name\":\"foo\",\"vers\":\"1.0.0\"){0,40}") {
        let merged = merged(&body);
        for line in &merged.lines {
            let text = std::str::from_utf8(&merged.body[line.range.clone()]).unwrap();
            proptest::prop_assert!(body.contains(text.trim_end()));
        }
    }
}

#[test]
fn bad_input_3_a_first_line_in_another_spelling_does_not_displace_the_known_one() {
    let name = "foo".parse().unwrap();
    let old = Bytes::from(line("Foo", "1.0.0", b"a"));
    let new = Bytes::from(line("FOO", "0.9.0", b"x") + &line("Foo", "1.0.0", b"a"));
    let merged = merge(&name, &new, &old, &[]);
    assert_eq!(merged.body, old);
    assert_eq!(reasons(&merged), [(1, LineFault::OtherCrate)]);

    let renamed = Bytes::from(line("FOO", "1.0.0", b"a"));
    assert_eq!(merge(&name, &renamed, &old, &[]).body, renamed, "nobody uses the old one any more");
}

#[test]
fn bad_input_11_a_body_that_may_have_been_cut_is_not_intact() {
    let whole = line("foo", "1.0.0", b"a") + &line("foo", "1.1.0", b"b");
    assert!(merged(&whole).intact);
    assert!(!merged(whole.trim_end()).intact, "no newline at the end");
    assert!(!merged(&whole[..whole.len() - 9]).intact, "in the middle of a line");
}
