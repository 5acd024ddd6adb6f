//! A statement's tokens, without blanks and comments.

use sqlparser::dialect::MySqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::{Dialect, Name, Unread};

/// Tokens that are still to be read.
#[derive(Debug, Clone)]
pub(super) struct Words {
    /// Last first.
    rest: Vec<Word>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    text: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A bare word: a keyword or a name.
    Bare,
    /// A quoted name.
    Quoted,
    /// A text.
    Text,
    /// A text in hexadecimal or binary digits.
    Bits,
    Other,
}

impl Words {
    pub fn read(sql: &str, dialect: Dialect) -> Result<Words, Unread> {
        let sql = without_hints(sql, dialect);
        let tokens = Tokenizer::new(&MySqlDialect {}, &sql).tokenize().map_err(|_| Unread)?;
        let mut rest: Vec<Word> = Vec::with_capacity(tokens.len());
        for token in tokens {
            let (text, kind) = match token {
                Token::Whitespace(_) => continue,
                Token::SemiColon => break,
                Token::Word(word) if word.quote_style.is_some() => (word.value, Kind::Quoted),
                Token::Word(word) => (word.value, Kind::Bare),
                // A name with ANSI_QUOTES, else a text: where a name must stand it is one.
                Token::DoubleQuotedString(text) => (text, Kind::Text),
                Token::SingleQuotedString(text) | Token::NationalStringLiteral(text) => (text, Kind::Text),
                Token::HexStringLiteral(text) | Token::SingleQuotedByteStringLiteral(text) => (text, Kind::Bits),
                Token::Number(digits, _) => (digits, Kind::Other),
                other => (other.to_string(), Kind::Other),
            };
            rest.push(Word { text, kind });
        }
        rest.reverse();
        Ok(Words { rest })
    }

    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// True where this keyword, or sign, is next.
    pub fn is_at(&self, word: &str) -> bool {
        self.rest.last().is_some_and(|next| is(next, word))
    }

    /// True where it is the one after.
    pub fn second_is(&self, word: &str) -> bool {
        self.rest.len() >= 2 && is(&self.rest[self.rest.len() - 2], word)
    }

    pub fn second_is_end(&self) -> bool {
        self.rest.len() < 2
    }

    /// True where one of these keywords is still to come.
    pub fn has_any(&self, words: &[&str]) -> bool {
        self.rest.iter().any(|next| words.iter().any(|word| is(next, word)))
    }

    /// True where one of these keywords is still to come, outside of brackets.
    pub fn has_outside(&self, words: &[&str]) -> bool {
        let mut here = self.clone();
        while !here.is_at_end() {
            if words.iter().any(|word| here.is_at(word)) {
                return true;
            }
            if here.bracket().is_none() {
                here.next_text();
            }
        }
        false
    }

    /// Takes a keyword, or sign, where it is next.
    pub fn take(&mut self, word: &str) -> bool {
        let here = self.is_at(word);
        if here {
            self.rest.pop();
        }
        here
    }

    /// Takes these, one after another, or nothing.
    pub fn take_all(&mut self, words: &[&str]) -> bool {
        let mut here = self.clone();
        let all = words.iter().all(|word| here.take(word));
        if all {
            *self = here;
        }
        all
    }

    /// Takes these in any order, as long as they come.
    pub fn skip_any(&mut self, words: &[&str]) {
        while words.iter().any(|word| self.take(word)) {}
    }

    /// The next keyword in upper case; empty for anything else, which is taken, too.
    pub fn keyword(&mut self) -> String {
        match self.rest.pop() {
            Some(Word { text, kind: Kind::Bare }) => text.to_ascii_uppercase(),
            _ => String::new(),
        }
    }

    /// The next token's text.
    pub fn next_text(&mut self) -> Option<String> {
        self.rest.pop().map(|word| word.text)
    }

    /// True where a text is next that stands in digits.
    pub fn is_at_bits(&self) -> bool {
        self.rest.last().is_some_and(|word| word.kind == Kind::Bits)
    }

    /// True where a text is next.
    pub fn is_at_text(&self) -> bool {
        self.rest.last().is_some_and(|word| matches!(word.kind, Kind::Text | Kind::Bits))
    }

    /// A name.
    pub fn identifier(&mut self) -> Option<String> {
        let word = self.rest.pop()?;
        (!matches!(word.kind, Kind::Other | Kind::Bits)).then_some(word.text)
    }

    /// `table` or `database.table`.
    pub fn name(&mut self) -> Result<Name, Unread> {
        let first = self.identifier().ok_or(Unread)?;
        if !self.take(".") {
            return Ok(Name { database: None, table: first });
        }
        Ok(Name { database: Some(first), table: self.identifier().ok_or(Unread)? })
    }

    /// What stands in the brackets that open here; they are taken.
    pub fn bracket(&mut self) -> Option<Words> {
        if !self.is_at("(") {
            return None;
        }
        self.rest.pop();
        let (mut inside, mut depth) = (Vec::new(), 1usize);
        while let Some(word) = self.rest.pop() {
            match word.text.as_str() {
                "(" if word.kind == Kind::Other => depth += 1,
                ")" if word.kind == Kind::Other => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                inside.reverse();
                return Some(Words { rest: inside });
            }
            inside.push(word);
        }
        None
    }

    /// Leaves out these two words, where they stand outside of brackets, and everything after them.
    pub fn cut_before(&mut self, first: &str, second: &str) {
        let mut depth = 0usize;
        for i in (1..self.rest.len()).rev() {
            let word = &self.rest[i];
            match word.text.as_str() {
                "(" if word.kind == Kind::Other => depth += 1,
                ")" if word.kind == Kind::Other => depth = depth.saturating_sub(1),
                _ if depth == 0 && is(word, first) && is(&self.rest[i - 1], second) => {
                    self.rest.drain(..=i);
                    return;
                }
                _ => {}
            }
        }
    }

    /// The parts between commas that stand outside of brackets.
    pub fn split_at_commas(mut self) -> Vec<Words> {
        let (mut parts, mut part, mut depth) = (Vec::new(), Vec::new(), 0usize);
        while let Some(word) = self.rest.pop() {
            match word.text.as_str() {
                "(" if word.kind == Kind::Other => depth += 1,
                ")" if word.kind == Kind::Other => depth = depth.saturating_sub(1),
                "," if word.kind == Kind::Other && depth == 0 => {
                    parts.push(std::mem::take(&mut part));
                    continue;
                }
                _ => {}
            }
            part.push(word);
        }
        parts.push(part);
        let words = |mut part: Vec<Word>| {
            part.reverse();
            Words { rest: part }
        };
        parts.into_iter().map(words).collect()
    }
}

fn is(next: &Word, word: &str) -> bool {
    matches!(next.kind, Kind::Bare | Kind::Other) && next.text.eq_ignore_ascii_case(word)
}

/// The statement with what stands in version comments as the server reads it: `/*!50100 … */` where its version is not above the
/// server's, `/*M! … */` on MariaDB only. MariaDB passes over MySQL's from 5.7 on.
fn without_hints(sql: &str, dialect: Dialect) -> String {
    let mut plain = String::with_capacity(sql.len());
    let mut rest = sql;
    let mut quote = None;
    while let Some(c) = rest.chars().next() {
        let comment = if quote.is_some() { None } else { comment(rest) };
        if let Some(after) = comment {
            plain.push(' ');
            rest = after;
            continue;
        }
        let hint = if quote.is_some() {
            None
        } else {
            rest.strip_prefix("/*M!")
                .map(|inside| (inside, true))
                .or(rest.strip_prefix("/*!").map(|inside| (inside, false)))
        };
        if let Some((inside, theirs)) = hint {
            let end = inside.find("*/").unwrap_or(inside.len());
            let text = &inside[..end];
            let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let digits = if digits >= 5 { digits.min(6) } else { 0 };
            let version: u32 = text[..digits].parse().unwrap_or(0);
            let foreign = dialect.mariadb && !theirs && (50_700..=99_999).contains(&version);
            let too_new = dialect.version > 0 && version > dialect.version;
            plain.push(' ');
            if !too_new && !foreign && (!theirs || dialect.mariadb || dialect.version == 0) {
                plain.push_str(&text[digits..]);
            }
            plain.push(' ');
            rest = inside[end..].strip_prefix("*/").unwrap_or("");
            continue;
        }
        match (quote, c) {
            (None, '\'' | '"' | '`') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (Some('\'' | '"'), '\\') => {
                rest = &rest[1..];
                let Some(next) = rest.chars().next() else { break };
                // The tokenizer takes these two for signs, and the servers for letters.
                if !matches!(next, 'a' | 'f') {
                    plain.push(c);
                }
                plain.push(next);
                rest = &rest[next.len_utf8()..];
                continue;
            }
            _ => {}
        }
        plain.push(c);
        rest = &rest[c.len_utf8()..];
    }
    plain
}

/// What follows the comment that begins here, which may hold single quotes.
fn comment(sql: &str) -> Option<&str> {
    if let Some(inside) = sql.strip_prefix("/*").filter(|inside| !inside.starts_with('!') && !inside.starts_with("M!"))
    {
        return Some(inside.split_once("*/").map_or("", |(_, after)| after));
    }
    let by_dashes = sql.strip_prefix("--").is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
    (by_dashes || sql.starts_with('#')).then(|| sql.split_once('\n').map_or("", |(_, after)| after))
}

/// Most statements in a binlog are no DDL of tables, and say so with their first word.
pub(in crate::binlog) fn may_move(sql: &str) -> bool {
    let first = sql.trim_start_matches(|c: char| c.is_whitespace() || c == '(').as_bytes();
    let begins = |with: &str| first.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with.as_bytes()));
    // A comment may stand before the verb.
    // And SET STATEMENT … FOR ALTER TABLE ….
    ["CREATE", "ALTER", "RENAME", "DROP", "SET", "/*", "#", "--"].iter().any(|with| begins(with))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_comments_count_as_the_server_reads_them() {
        let mysql = Dialect { mariadb: false, version: 80_040 };
        let mariadb = Dialect { mariadb: true, version: 101_119 };
        for (sql, on_mysql, on_mariadb) in [
            ("a /*!50100 b */ c", "a   b   c", "a   b   c"),
            ("a /*!80100 b */ c", "a    c", "a    c"),
            ("a /*!80023 b */ c", "a   b   c", "a    c"),
            ("a /*M!100100 b */ c", "a    c", "a   b   c"),
            ("a /* it's */ /*!80100 b */ c", "a      c", "a      c"),
            ("a -- it's\n/*!50100 b */ # c'", "a    b    ", "a    b    "),
            ("'/*!50100 b */' \"\\\"/*! \"", "'/*!50100 b */' \"\\\"/*! \"", "'/*!50100 b */' \"\\\"/*! \""),
        ] {
            assert_eq!((without_hints(sql, mysql), without_hints(sql, mariadb)), (on_mysql.into(), on_mariadb.into()));
        }
    }
}
