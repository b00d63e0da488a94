//! What a Rust file names, read from its tokens: comments are not mistaken for code, a grouped
//! `use` is the same as a long one, and code that only tests compile is marked as such.

use std::str::FromStr as _;

use proc_macro2::{Delimiter, Group, LexError, Spacing, TokenStream, TokenTree};

/// Something that the code says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) kind: Kind,
    /// Counted from 1.
    pub(crate) line: usize,
    /// Only tests compile it.
    pub(crate) in_test: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A path, its segments joined by `::`, groups of a `use` written out.
    Path(String),
    /// A macro's call, by its last segment.
    Call(String),
    /// A name in an attribute.
    Attribute(String),
    /// A literal, as it is spelled.
    Literal(String),
}

/// Reads `text`.
///
/// # Errors
/// When the text is no sequence of Rust tokens.
pub(crate) fn mentions(text: &str) -> Result<Vec<Mention>, LexError> {
    let mut reader = Reader { found: Vec::new() };
    reader.read(TokenStream::from_str(text)?, &[], false);
    Ok(reader.found)
}

struct Reader {
    found: Vec<Mention>,
}

impl Reader {
    /// Reads one level of tokens. `prefix` is the path before the braces of a grouped `use`.
    fn read(&mut self, stream: TokenStream, prefix: &[String], mut all_test: bool) {
        let tokens: Vec<_> = stream.into_iter().collect();
        let mut rest = tokens.as_slice();
        // From `#[cfg(test)]` to the end of the item it stands on.
        let mut in_test = all_test;
        while let Some((token, after)) = rest.split_first() {
            rest = after;
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    let (inner, after) = match rest {
                        [TokenTree::Punct(bang), after @ ..] if bang.as_char() == '!' => {
                            (true, after)
                        }
                        _ => (false, rest),
                    };
                    if let [TokenTree::Group(group), after @ ..] = after {
                        rest = after;
                        let for_test = self.attribute(group, in_test);
                        in_test |= for_test;
                        all_test |= for_test && inner;
                    }
                }
                TokenTree::Punct(punct) if punct.as_char() == ';' => in_test = all_test,
                TokenTree::Punct(_) => {}
                TokenTree::Ident(_) => rest = self.path(token, after, prefix, in_test),
                TokenTree::Literal(literal) => {
                    self.find(token, Kind::Literal(literal.to_string()), in_test);
                }
                TokenTree::Group(group) => {
                    self.read(group.stream(), &[], in_test);
                    if group.delimiter() == Delimiter::Brace {
                        in_test = all_test;
                    }
                }
            }
        }
    }

    /// Reads the path that starts with `first`, and returns what follows it.
    fn path<'a>(
        &mut self,
        first: &TokenTree,
        mut rest: &'a [TokenTree],
        prefix: &[String],
        in_test: bool,
    ) -> &'a [TokenTree] {
        let mut segments = prefix.to_vec();
        segments.push(first.to_string());
        while let [TokenTree::Punct(one), TokenTree::Punct(two), next, after @ ..] = rest
            && (one.as_char(), one.spacing(), two.as_char()) == (':', Spacing::Joint, ':')
        {
            match next {
                TokenTree::Ident(name) => segments.push(name.to_string()),
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    self.read(group.stream(), &segments, in_test);
                    return after;
                }
                _ => break,
            }
            rest = after;
        }
        let kind = match rest {
            [TokenTree::Punct(bang), TokenTree::Group(_), ..] if bang.as_char() == '!' => {
                Kind::Call(segments.pop().unwrap_or_default())
            }
            _ => Kind::Path(segments.join("::")),
        };
        self.find(first, kind, in_test);
        rest
    }

    /// Notes the names in an attribute, and returns whether it leaves its item to tests alone.
    /// The text of a doc comment is an attribute too, and says nothing about the code.
    fn attribute(&mut self, group: &Group, in_test: bool) -> bool {
        let mut names = Vec::new();
        flatten(group.stream(), &mut names);
        let spelled: Vec<_> = names.iter().map(ToString::to_string).collect();
        for (token, name) in names.iter().zip(&spelled) {
            self.find(token, Kind::Attribute(name.clone()), in_test);
        }
        matches!(
            spelled.iter().map(String::as_str).collect::<Vec<_>>().as_slice(),
            ["cfg", "test"] | ["cfg", "all", "test", ..]
        )
    }

    fn find(&mut self, at: &TokenTree, kind: Kind, in_test: bool) {
        self.found.push(Mention { kind, line: at.span().start().line, in_test });
    }
}

fn flatten(stream: TokenStream, names: &mut Vec<TokenTree>) {
    for token in stream {
        match token {
            TokenTree::Ident(_) => names.push(token),
            TokenTree::Group(group) => flatten(group.stream(), names),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(Kind, usize, bool)> {
        let mentions = mentions(text).unwrap();
        mentions.into_iter().map(|found| (found.kind, found.line, found.in_test)).collect()
    }

    fn path(text: &str) -> Kind {
        Kind::Path(text.to_owned())
    }

    #[test]
    fn a_grouped_use_names_every_path_in_it() {
        let found = found("use std::{collections::BTreeMap,\n fs::{self, File}};");
        assert!(found.contains(&(path("std::collections::BTreeMap"), 1, false)));
        assert!(found.contains(&(path("std::fs::self"), 2, false)));
        assert!(found.contains(&(path("std::fs::File"), 2, false)));
    }

    #[test]
    fn comments_and_doc_comments_name_nothing() {
        assert_eq!(
            found("//! std::fs\n// todo!()\n/* println!() */"),
            [(Kind::Attribute("doc".to_owned()), 1, false),]
        );
    }

    #[test]
    fn calls_and_literals_inside_a_macro_are_seen() {
        let found = found("fn f() { assert_eq!(x, todo!(\"soon\")); a != b; }");
        assert!(found.contains(&(Kind::Call("assert_eq".to_owned()), 1, false)));
        assert!(found.contains(&(Kind::Call("todo".to_owned()), 1, false)));
        assert!(found.contains(&(Kind::Literal("\"soon\"".to_owned()), 1, false)));
        assert!(found.contains(&(path("a"), 1, false)));
    }

    #[test]
    fn what_only_tests_compile_ends_with_its_item() {
        let text =
            "#[cfg(test)]\nuse a::b;\nuse c::d;\n#[cfg(test)]\nmod t { use e::f; }\nuse g::h;";
        let found = found(text);
        for (name, line, in_test) in
            [("a::b", 2, true), ("c::d", 3, false), ("e::f", 5, true), ("g::h", 6, false)]
        {
            assert!(found.contains(&(path(name), line, in_test)), "{name}");
        }
    }

    #[test]
    fn a_file_can_be_all_test() {
        assert!(found("#![cfg(test)]\nuse a::b;").contains(&(path("a::b"), 2, true)));
        assert!(!found("#[cfg(not(test))]\nuse a::b;").contains(&(path("a::b"), 2, true)));
    }

    #[test]
    fn a_file_that_is_not_rust_is_an_error() {
        assert!(mentions("fn f( {").is_err());
    }
}
