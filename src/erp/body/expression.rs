//! A string of a body: text, an expression, or text with expressions in it.
//!
//! Number literals of an expression are made exact decimals before it is compiled, so `line.quantity > 0` compares two of them;
//! only an index (`lines[0]`) and a whole argument (`|left(30)`) stay what they are.

use std::sync::LazyLock;

use minijinja::{Environment, Error, ErrorKind, Expression as Compiled, UndefinedBehavior, Value};

use super::context::Context;
use super::figures;

static LANGUAGE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut env = Environment::empty();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    figures::add_filters(&mut env);
    env.add_test("none", |a: Value| a.is_none());
    env.add_test("defined", |a: Value| !a.is_undefined());
    env
});

/// An expression, ready to be computed.
#[derive(Debug)]
pub(super) struct Expression {
    source: String,
    compiled: Compiled<'static, 'static>,
    /// The names that it takes from its context, dotted.
    names: Vec<String>,
    /// It may name what is not there: that is what it asks.
    asks: bool,
}

/// How expressions stand in a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Braces {
    /// `{{ number }}`: a body's.
    Double,
    /// `{number}` too: a field list's.
    Single,
}

/// What a string is.
#[derive(Debug)]
pub(super) enum Leaf {
    /// No expression in it.
    Text(String),
    /// An expression and nothing else: its value.
    Value(Expression),
    /// Text with expressions in it.
    Mixed(Vec<Part>),
}

#[derive(Debug)]
pub(super) enum Part {
    Text(String),
    Value(Expression),
}

impl Expression {
    /// Compiles one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn new(source: &str) -> Result<Expression, String> {
        let source = source.trim();
        if source.is_empty() {
            return Err("there is no expression between the braces".into());
        }
        let compiled =
            LANGUAGE.compile_expression_owned(with_exact_numbers(source)).map_err(|error| said(source, &error))?;
        let mut names: Vec<String> = compiled.undeclared_variables(true).into_iter().collect();
        names.sort();
        let asks = source.contains("defined") || source.contains("default");
        Ok(Expression { source: source.to_owned(), compiled, names, asks })
    }

    /// Its value in a context; never an undefined one.
    ///
    /// # Errors
    /// Why it has none; without the document's values.
    pub(super) fn value(&self, context: &Context) -> Result<Value, String> {
        // The language itself lets a name that is not there be compared, and a branch that is not taken name anything.
        if !self.asks && self.names.iter().any(|name| context.lacks(name).is_some()) {
            return Err(self.unknown(context));
        }
        match self.compiled.eval(context.root()) {
            Ok(value) if value.is_undefined() => Err(self.unknown(context)),
            Ok(value) => Ok(value),
            Err(error) if error.kind() == ErrorKind::UndefinedError => Err(self.unknown(context)),
            Err(error) => Err(said(&self.source, &error)),
        }
    }

    /// Names what the context lacks.
    fn unknown(&self, context: &Context) -> String {
        let lacking = self.names.iter().find_map(|name| context.lacks(name));
        match lacking {
            Some((name, known)) if known.is_empty() => format!("`{name}` is not known"),
            Some((name, known)) => format!("`{name}` is not known; there are {known}"),
            None => format!("`{}` names something that is not there", self.source),
        }
    }
}

fn said(source: &str, error: &Error) -> String {
    let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    let said = format!("`{source}`: {}{detail}", error.kind());
    match detail.contains("unsupported types") {
        true => format!("{said}; amounts are computed with |plus(…), |minus(…), |times(…) and |neg"),
        false => said,
    }
}

impl Leaf {
    /// Reads a string.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn new(text: &str, braces: Braces) -> Result<Leaf, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(start) = next(rest, braces)? {
            let double = rest[start..].starts_with("{{");
            let width = if double { 2 } else { 1 };
            let inner = &rest[start + width..];
            let end = end(inner, width).ok_or_else(|| {
                format!("a {} without its {}", &rest[start..start + width], if double { "}}" } else { "}" })
            })?;
            if start > 0 {
                parts.push(Part::Text(rest[..start].to_owned()));
            }
            parts.push(Part::Value(Expression::new(&inner[..end])?));
            rest = &inner[end + width..];
        }
        if !rest.is_empty() || parts.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(match parts.as_slice() {
            [_] => match parts.remove(0) {
                Part::Text(text) => Leaf::Text(text),
                Part::Value(expression) => Leaf::Value(expression),
            },
            _ => Leaf::Mixed(parts),
        })
    }
}

fn next(text: &str, braces: Braces) -> Result<Option<usize>, String> {
    if let Some(at) = text.find("{%").or(text.find("{#")) {
        return Err(format!(
            "{} is not known here: a condition is \"$if\" and a repetition \"$for\"",
            &text[at..at + 2]
        ));
    }
    Ok(match braces {
        Braces::Double => text.find("{{"),
        Braces::Single => text.find('{'),
    })
}

/// Where the expression ends, past its own strings and braces.
fn end(text: &str, width: usize) -> Option<usize> {
    let mut depth = 0usize;
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q && before != '\\' => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') if depth > 0 => depth -= 1,
            (None, '}') if text[at..].starts_with(&"}}"[..width]) => return Some(at),
            (None, _) => {}
        }
        before = c;
    }
    None
}

/// What a bracket stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opened {
    Group,
    Call,
    Index,
}

const OPERATORS: [&str; 10] = ["and", "or", "not", "in", "is", "if", "else", "true", "false", "none"];

/// `a > 0` as `a > ("0"|number)`.
fn with_exact_numbers(source: &str) -> String {
    let mut out = String::with_capacity(source.len() + 16);
    let mut opened = Vec::new();
    // What came last, blanks apart: a value can be indexed, called and subtracted from, anything else cannot.
    let (mut after_value, mut last) = (false, ' ');
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\'' | '"' => 1 + end_of_text(&rest[1..], c),
            c if c.is_alphabetic() || c == '_' => word(rest),
            c if c.is_ascii_digit() => number(rest),
            '-' if !after_value => match rest[1..].trim_start() {
                digits if digits.starts_with(|c: char| c.is_ascii_digit()) => {
                    rest.len() - digits.len() + number(digits)
                }
                _ => 1,
            },
            c => c.len_utf8(),
        };
        let (token, following) = rest.split_at(length);
        rest = following;
        let is_number = token.ends_with(|c: char| c.is_ascii_digit()) && (c == '-' || c.is_ascii_digit());
        if is_number && last != '.' && !stays(token, opened.last().copied(), last, rest) {
            out.push_str(&format!("(\"{}\"|number)", token.replace([' ', '_'], "")));
        } else {
            out.push_str(token);
        }
        if c.is_whitespace() {
            continue;
        }
        match c {
            '(' => opened.push(if after_value { Opened::Call } else { Opened::Group }),
            '[' => opened.push(if after_value { Opened::Index } else { Opened::Group }),
            ')' | ']' => drop(opened.pop()),
            _ => {}
        }
        let names = c.is_alphabetic() || c == '_';
        after_value = is_number || matches!(c, ')' | ']' | '\'' | '"') || (names && !OPERATORS.contains(&token));
        last = token.chars().next_back().unwrap_or(' ');
    }
    out
}

/// Indices, and numbers that are a whole argument.
fn stays(token: &str, within: Option<Opened>, last: char, rest: &str) -> bool {
    let whole = !token.contains('.');
    match within {
        Some(Opened::Index) => whole,
        Some(Opened::Call) => whole && matches!(last, '(' | ',') && rest.trim_start().starts_with([')', ',']),
        Some(Opened::Group) | None => false,
    }
}

fn end_of_text(text: &str, quote: char) -> usize {
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if c == quote && before != '\\' {
            return at + 1;
        }
        before = c;
    }
    text.len()
}

fn word(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

fn number(text: &str) -> usize {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let whole = digits(text);
    match text[whole..].strip_prefix('.') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => whole + 1 + digits(rest),
        Some(_) | None => whole,
    }
}
