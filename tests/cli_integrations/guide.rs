//! What the guide tells people to type, typed.

use std::process::{Command, Stdio};

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use crate::cli_support::Ran;
use crate::sample::{CLEAN, DENIED, Programs, documents, text, top, tree};

/// The code blocks of the guide in this language.
fn blocks(language: &str) -> Vec<String> {
    let guide = text("integrations/README.md");
    let mut blocks = Vec::new();
    let mut within = false;
    for event in Parser::new(&guide) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) if &*info == language => {
                within = true;
                blocks.push(String::new());
            }
            Event::Text(text) if within => blocks.last_mut().expect("a block").push_str(&text),
            Event::End(TagEnd::CodeBlock) => within = false,
            _ => {}
        }
    }
    blocks
}

#[test]
fn every_command_of_the_guide_works() {
    let programs = Programs::installed();
    let mut ran = 0;
    for (sample, negative) in [(CLEAN, 0), (DENIED, 1)] {
        let repository = tree(&[sample]);
        for line in blocks("sh").iter().flat_map(|block| block.lines()) {
            // What installs depaudit asks the network.
            if line.starts_with("cargo install ") {
                continue;
            }
            let output = Command::new("sh")
                .args(["-c", line])
                .current_dir(repository.path())
                .env("PATH", programs.search_path())
                .stdin(Stdio::null())
                .output();
            let output = Ran::from(output.expect("sh runs"));
            let code = if line.contains("depaudit scan") { negative } else { 0 };
            assert_eq!(output.code, Some(code), "{line}: {output:?}");
            ran += 1;
        }
    }
    assert_eq!(ran, 16, "all commands but the one that installs, in two repositories");
}

#[test]
fn every_piece_of_yaml_in_the_guide_is_yaml_and_names_what_is_there() {
    let blocks = blocks("yaml");
    assert_eq!(blocks.len(), 6);
    for block in &blocks {
        assert_eq!(documents(block).len(), 1, "{block}");
    }
    let hooks = text(".pre-commit-hooks.yaml");
    assert!(blocks[5].contains("id: depaudit-scan\n") && hooks.contains("id: depaudit-scan\n"));
    let gitlab = documents(&blocks[2]);
    let file = gitlab[0]["include"][0]["file"].as_str().expect("a file");
    assert!(top().join(file).exists(), "{file}");
}
