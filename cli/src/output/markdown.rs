use anstyle::Style;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use textwrap::{Options, WordSplitter};

use super::TITLE;

/// No line of running text is longer, however wide the terminal is: long lines are hard to read.
const WIDEST: usize = 100;

/// What stands before a line of code.
const CODE_INDENT: &str = "    ";

/// Lays Markdown out for a terminal of `columns` cells: headings bold, running text wrapped, code
/// indented and never wrapped. Backticks stay: without colours they are all that tells code from
/// words.
///
/// Meant for texts of our own. What it does not know (tables, images) comes out as its plain words.
#[must_use]
pub fn for_terminal(markdown: &str, columns: usize) -> String {
    let mut page = Page { width: columns.min(WIDEST), ..Page::default() };
    for event in Parser::new(markdown) {
        page.event(event);
    }
    page.end_block();
    page.out
}

#[derive(Default)]
struct Page {
    out: String,
    width: usize,
    /// The running text of the block that is open.
    text: String,
    in_code: bool,
    /// The number of the next item of each open list; `None` where it has points.
    lists: Vec<Option<u64>>,
    /// What stands before the next block, when it begins an item.
    marker: String,
    /// Where the link that is open leads to.
    link: String,
    /// Whether the next block follows the one before it without an empty line.
    tight: bool,
}

impl Page {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.in_code => self.code(&text),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text += &text,
            Event::Code(text) => self.text += &format!("`{text}`"),
            Event::SoftBreak => self.text.push(' '),
            Event::HardBreak => self.text.push('\n'),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => self.style(TITLE, true),
            Tag::Strong => self.style(TITLE, true),
            Tag::CodeBlock(_) => {
                self.end_block();
                self.part();
                self.in_code = true;
            }
            Tag::List(first) => {
                self.end_block();
                self.tight = !self.lists.is_empty();
                self.lists.push(first);
            }
            Tag::Item => {
                self.marker = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".to_owned(),
                };
            }
            Tag::Link { dest_url, .. } => self.link = dest_url.into_string(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                self.style(TITLE, false);
                self.end_block();
                self.tight = true;
            }
            TagEnd::Strong => self.style(TITLE, false),
            TagEnd::Paragraph => self.end_block(),
            TagEnd::CodeBlock => self.in_code = false,
            TagEnd::Item => {
                self.end_block();
                self.tight = true;
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.tight = !self.lists.is_empty();
            }
            TagEnd::Link => {
                let link = std::mem::take(&mut self.link);
                if !self.text.ends_with(&link) {
                    self.text += &format!(" ({link})");
                }
            }
            _ => {}
        }
    }

    fn style(&mut self, style: Style, begins: bool) {
        self.text += &if begins { style.render().to_string() } else { format!("{style:#}") };
    }

    /// Writes the running text that is open, if there is any.
    fn end_block(&mut self) {
        let text = std::mem::take(&mut self.text);
        if text.is_empty() {
            return;
        }
        self.part();
        let outer = "  ".repeat(self.lists.len().saturating_sub(1));
        let first = outer.clone() + &std::mem::take(&mut self.marker);
        let others = if self.lists.is_empty() { outer } else { outer + "  " };
        let options = Options::new(self.width)
            .initial_indent(&first)
            .subsequent_indent(&others)
            .break_words(false)
            .word_splitter(WordSplitter::NoHyphenation);
        self.out += &textwrap::fill(&text, options);
        self.out.push('\n');
    }

    fn code(&mut self, text: &str) {
        for line in text.lines() {
            self.out += format!("{CODE_INDENT}{line}").trim_end();
            self.out.push('\n');
        }
    }

    /// The empty line between two blocks.
    fn part(&mut self) {
        if !std::mem::take(&mut self.tight) && !self.out.is_empty() {
            self.out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use depaudit_auditor::rules;
    use unicode_width::UnicodeWidthStr;

    use super::*;

    fn plain(markdown: &str, columns: usize) -> String {
        anstream::adapter::strip_str(&for_terminal(markdown, columns)).to_string()
    }

    #[test]
    fn text_is_wrapped_and_code_is_indented_as_it_is() {
        let markdown = "# Title\n\nSome `code` and\nmore words.\n\n## Example\n```toml\n\
                        a = \"a line that is longer than the terminal is wide\"\n\n[b]\n```\nEnd.\n";
        assert_eq!(
            plain(markdown, 20),
            "Title\nSome `code` and more\nwords.\n\nExample\n    \
             a = \"a line that is longer than the terminal is wide\"\n\n    [b]\n\nEnd.\n"
        );
        assert!(for_terminal(markdown, 20).starts_with("\u{1b}[1mTitle\u{1b}[0m\n"));
    }

    #[test]
    fn lists_hang_and_links_say_where_they_lead() {
        let markdown = "Do:\n\n- one thing that is long\n- **two**\n  1. and\n  2. then\n\n\
                        [Read](https://a.example) <https://b.example>\n";
        assert_eq!(
            plain(markdown, 16),
            "Do:\n\n- one thing that\n  is long\n- two\n  1. and\n  2. then\n\n\
             Read\n(https://a.example)\nhttps://b.example\n"
        );
    }

    #[test]
    fn no_word_of_a_rule_is_lost_and_no_line_of_text_is_too_wide() {
        for rule in rules::ALL {
            let shown = plain(rule.documentation, 60);
            let mut rest = shown.as_str();
            let marks = ["#", "##", "-"];
            let words = rule.documentation.split_whitespace();
            let fence = |word: &&str| !word.starts_with("```") && !marks.contains(word);
            for word in words.filter(fence) {
                let at = rest.find(word);
                assert!(at.is_some(), "{}: {word} is not in {rest}", rule.code);
                rest = &rest[at.unwrap() + word.len()..];
            }
            let text = shown.lines().filter(|line| !line.starts_with(CODE_INDENT));
            for line in text.filter(|line| line.contains(' ')) {
                assert!(line.width() <= 60, "{}: {line}", rule.code);
            }
        }
    }
}
