//! From text to the parser's tree, and what keeps a text from being one.

use sqlparser::ast::{self, Spanned as _, Statement};
use sqlparser::dialect::MySqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use super::refusal::{Place, Refusals};

/// The parser and all that follows it recurse over expressions: their depth is bounded by a file's length.
const TOKENS_MAX: usize = 4000;

/// Room for an expression of so many words and signs, each within the last: the caller's stack may be too small for it.
const STACK_BYTES: usize = 128 << 20;

/// Does what recurses over a parsed expression.
pub(super) fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
        let done = thread.expect("the system has room for a thread").join();
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// The one SELECT of a file.
pub(super) fn statement(text: &str, refusals: &mut Refusals) -> Option<ast::Query> {
    if text.starts_with('\u{feff}') {
        refusals.add(Place::default(), "the file begins with a byte order mark: save it as UTF-8 without one");
        return None;
    }
    let tokens = Tokenizer::new(&MySqlDialect {}, text).tokenize_with_location();
    if tokens.as_ref().is_ok_and(|t| t.len() > TOKENS_MAX) {
        refusals
            .add(Place::default(), format!("the file has more than {TOKENS_MAX} words and signs: map fewer columns"));
        return None;
    }
    if let Some((place, what)) = tokens.as_ref().ok().and_then(|t| misread(t)) {
        refusals.add(place, what);
        return None;
    }
    let parsed = tokens
        .map_err(ParserError::from)
        .and_then(|tokens| Parser::new(&MySqlDialect {}).with_tokens_with_locations(tokens).parse_statements());
    let statements = match parsed {
        Ok(statements) => statements,
        Err(e) => {
            let (place, what) = syntax(&e);
            refusals.add(place, format!("this is not SQL that we can read: {what}"));
            return None;
        }
    };
    let mut statements = statements.into_iter();
    match (statements.next(), statements.next()) {
        (Some(Statement::Query(query)), None) => Some(*query),
        (None, _) => {
            refusals.add(Place::default(), "the file holds no SELECT");
            None
        }
        (Some(_), Some(second)) => {
            refusals
                .add(Place::of(second.span()), "the file holds a second statement: one SELECT a file, or a UNION ALL");
            None
        }
        (Some(other), None) => {
            refusals.add(Place::of(other.span()), "this is not a SELECT");
            None
        }
    }
}

/// The one expression of a text, its places moved; or what is wrong with the text, and where in it.
pub(super) fn expression(text: &str, moved: impl Fn(Location) -> Location) -> Result<ast::Expr, (Place, String)> {
    if let Some(byte) = hint(text) {
        return Err((Place::at_byte(text, byte), "leave the comment with a hint out".to_owned()));
    }
    let unread = |e: ParserError| {
        let (place, what) = syntax(&e);
        (place, format!("this is not SQL that we can read: {what}"))
    };
    let tokens = Tokenizer::new(&MySqlDialect {}, text).tokenize_with_location().map_err(|e| unread(e.into()))?;
    if tokens.len() > TOKENS_MAX {
        let what = format!("it has more than {TOKENS_MAX} words and signs: write fewer operators");
        return Err((Place::default(), what));
    }
    if let Some((place, what)) = misread(&tokens) {
        return Err((place, what.to_owned()));
    }
    let tokens = tokens.into_iter().map(|mut token| {
        token.span.start = moved(token.span.start);
        token.span.end = moved(token.span.end);
        token
    });
    let mut parser = Parser::new(&MySqlDialect {}).with_tokens_with_locations(tokens.collect());
    let expr = parser.parse_expr().map_err(unread)?;
    let next = parser.peek_token();
    if next.token == Token::EOF {
        return Ok(expr);
    }
    Err((Place::of(next.span), "write one expression and nothing behind it, no AS either".to_owned()))
}

/// Signs that do not mean the same to all who read them: the parser binds `&&` tighter than a comparison, the servers do not.
fn misread(tokens: &[TokenWithSpan]) -> Option<(Place, &'static str)> {
    tokens.iter().find_map(|token| {
        let what = match token.token {
            Token::Overlap => "&& is read differently by parsers: write AND",
            Token::StringConcat => "|| is OR or concatenation by the server's sql_mode: write OR or CONCAT(…)",
            _ => return None,
        };
        Some((Place::of(token.span), what))
    })
}

/// The byte at which a comment starts that a server would execute or obey.
pub(super) fn hint(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text.as_bytes()[at..];
        at += match rest {
            [quote @ (b'\'' | b'"' | b'`'), ..] => quoted_length(rest, *quote),
            [b'/', b'*', b'!' | b'+', ..] | [b'/', b'*', b'M', b'!', ..] => return Some(at),
            [b'/', b'*', ..] => rest.windows(2).position(|w| w == b"*/").map_or(rest.len(), |n| n + 2),
            // `--` begins a comment where a blank follows.
            [b'-', b'-', next, ..] if !next.is_ascii_whitespace() => 2,
            [b'#', ..] | [b'-', b'-', ..] => rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len()),
            _ => 1,
        };
    }
    None
}

fn quoted_length(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' if quote != b'`' => at += 1,
            b if b == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    rest.len()
}

/// The parser's message without the place, which it writes at the end.
fn syntax(error: &ParserError) -> (Place, String) {
    let message = match error {
        ParserError::TokenizerError(m) | ParserError::ParserError(m) => m.as_str(),
        ParserError::RecursionLimitExceeded => "it is nested too deeply",
    };
    let Some((what, at)) = message.split_once(" at Line: ") else {
        return (Place::default(), message.to_owned());
    };
    let mut numbers = at.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok());
    let place = Place { line: numbers.next().unwrap_or(0), column: numbers.next().unwrap_or(0), in_settings: false };
    let what = if what.contains("found: !") { format!("{what} (for ! write NOT (…))") } else { what.to_owned() };
    (place, what)
}
