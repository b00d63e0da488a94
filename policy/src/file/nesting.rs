use std::ops::Range;

use toml_parser::Source;
use toml_parser::lexer::TokenKind;

/// How deep brackets may be nested: twice what any key of a policy needs.
const DEEPEST: usize = 4;

/// The first bracket that lies too deep.
///
/// The parser has bounds of its own, but they multiply: 80 brackets around dotted keys of 80 parts
/// are 6,400 tables in one another, and freeing them overflows a thread's stack.
pub(super) fn too_deep(text: &str) -> Option<Range<usize>> {
    let mut depth = 0_usize;
    Source::new(text).lex().find_map(|token| {
        match token.kind() {
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => depth += 1,
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => {
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
        (depth > DEEPEST).then(|| token.span().start()..token.span().end())
    })
}
