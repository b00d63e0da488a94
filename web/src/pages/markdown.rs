use askama::filters::{Html, escape};
use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

/// Lays Markdown out as part of a page: headings from the second order on, running text, lists, code.
/// Whatever else stands in it, markup of its own among it, comes out as its plain words.
pub(super) fn for_page(markdown: &str) -> String {
    let mut out = String::new();
    for event in Parser::new(markdown) {
        match event {
            Event::Start(tag) => start(&tag, &mut out),
            Event::End(tag) => end(tag, &mut out),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                out.push_str(&escaped(&text));
            }
            Event::Code(text) => {
                out.push_str("<code>");
                out.push_str(&escaped(&text));
                out.push_str("</code>");
            }
            Event::SoftBreak => out.push('\n'),
            Event::HardBreak => out.push_str("<br>"),
            _ => {}
        }
    }
    out
}

fn escaped(text: &str) -> String {
    // Writing to a string does not fail, and what cannot be escaped is not shown.
    escape(text, Html).map(|safe| safe.0.to_string()).unwrap_or_default()
}

/// The page has a heading of its own.
const fn heading(level: HeadingLevel) -> &'static str {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => "h2",
        _ => "h3",
    }
}

fn start(tag: &Tag<'_>, out: &mut String) {
    match tag {
        Tag::Paragraph => out.push_str("<p>"),
        Tag::Heading { level, .. } => open(heading(*level), out),
        Tag::CodeBlock(_) => out.push_str("<pre>"),
        Tag::List(None) => open("ul", out),
        Tag::List(Some(_)) => open("ol", out),
        Tag::Item => open("li", out),
        Tag::Strong => open("strong", out),
        Tag::Emphasis => open("em", out),
        _ => {}
    }
}

fn end(tag: TagEnd, out: &mut String) {
    match tag {
        TagEnd::Paragraph => close("p", out),
        TagEnd::Heading(level) => close(heading(level), out),
        TagEnd::CodeBlock => close("pre", out),
        TagEnd::List(false) => close("ul", out),
        TagEnd::List(true) => close("ol", out),
        TagEnd::Item => close("li", out),
        TagEnd::Strong => close("strong", out),
        TagEnd::Emphasis => close("em", out),
        _ => {}
    }
}

fn open(element: &str, out: &mut String) {
    out.push('<');
    out.push_str(element);
    out.push('>');
}

fn close(element: &str, out: &mut String) {
    out.push_str("</");
    out.push_str(element);
    out.push_str(">\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_paragraphs_lists_and_code() {
        let page =
            for_page("## Why\nSome `a<b>` and\nmore.\n\n- **one**\n- two\n\n```toml\n[a]\n```\n");
        assert_eq!(
            page,
            "<h2>Why</h2>\n<p>Some <code>a&#60;b&#62;</code> and\nmore.</p>\n<ul><li><strong>one\
             </strong>\n</li>\n<li>two</li>\n</ul>\n<pre>[a]\n</pre>\n"
        );
    }

    #[test]
    fn bad_input_45_markup_in_a_text_is_shown_and_never_obeyed() {
        let page = for_page(
            "<script>alert(1)</script>\n\nx <img src=x onerror=alert(1)> [y](javascript:alert(1)) \
             ![z](https://h.example/z)\n\n```\n</pre><script>\n```\n",
        );
        assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
        assert!(!page.contains("javascript:") && !page.contains("href"), "{page}");
        assert!(page.contains("&#60;script&#62;alert(1)"), "{page}");
    }
}
