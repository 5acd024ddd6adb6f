//! A SELECT as it is written, in the store's own table names: what the store itself is asked with.
//!
//! Evaluation needs none of this. A look at the live store does: an owner's expression finds its rows there, and `verify` has
//! the server run the very text that we evaluate. Words are taken from the file as they stand, and only tables are renamed.

use sqlparser::ast::{ObjectNamePart, Select, SelectItem, TableFactor};
use sqlparser::dialect::MySqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, Word};

use super::refusal::Place;
use super::settings::{OwnColumn, Settings};

/// The parts of one SELECT.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// What the first table is called by.
    pub root: String,
    /// Names and expressions, in their order.
    pub outputs: Vec<(String, String)>,
    /// Behind FROM.
    pub from: String,
    /// Behind WHERE.
    pub filter: Option<String>,
    /// Behind GROUP BY.
    pub group: Option<String>,
}

impl Written {
    /// The expression of an output.
    pub fn output(&self, name: &str) -> Option<&str> {
        self.outputs.iter().find(|(n, _)| n == name).map(|(_, expr)| expr.as_str())
    }

    /// The SELECT with these of its outputs, for the rows that meet one more condition.
    pub fn select(&self, outputs: &[&str], condition: Option<&str>) -> String {
        let wanted = |(name, _): &&(String, String)| outputs.is_empty() || outputs.contains(&name.as_str());
        let list = self.outputs.iter().filter(wanted).map(|(name, expr)| format!("{expr} AS {}", quoted(name)));
        let mut text = format!("SELECT {} FROM {}", list.collect::<Vec<_>>().join(", "), self.from);
        let conditions: Vec<String> =
            condition.into_iter().chain(self.filter.as_deref()).map(|c| format!("({c})")).collect();
        if !conditions.is_empty() {
            text += &format!(" WHERE {}", conditions.join(" AND "));
        }
        if let Some(group) = &self.group {
            text += &format!(" GROUP BY {group}");
        }
        text
    }
}

/// A name between back-ticks.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A text as a literal that reads the same under every `sql_mode`.
pub(super) fn literal(text: &str) -> String {
    if text.bytes().all(|b| b != b'\'' && b != b'\\' && !b.is_ascii_control()) {
        return format!("'{text}'");
    }
    let hex: String = text.bytes().map(|b| format!("{b:02X}")).collect();
    format!("_utf8mb4 X'{hex}'")
}

/// How tables are called: in the file, and in the store.
#[derive(Clone, Copy)]
pub(super) struct Tables<'a> {
    pub settings: &'a Settings,
    pub written_prefix: &'a str,
}

/// The SELECTs of a file that has been read without a fault; `names` are their outputs.
pub(super) fn all(
    text: &str,
    selects: &[&Select],
    names: &[String],
    overridden: &[OwnColumn],
    tables: Tables<'_>,
) -> Vec<Written> {
    let Some(file) = Source::of(text) else { return vec![Written::default(); selects.len()] };
    let own: Vec<(&str, String)> = overridden.iter().map(|c| (c.name.as_str(), expression(&c.expr, tables))).collect();
    let written = |select: &&Select| {
        let begin = Place::of(select.select_token.0.span);
        let aliased = |i: usize| matches!(select.projection.get(i), Some(SelectItem::ExprWithAlias { .. }));
        let mut written = file.select(begin, names, &aliased, tables);
        written.root = root(select);
        for (name, expr) in &own {
            match written.outputs.iter_mut().find(|(n, _)| n == name) {
                Some(output) => output.1.clone_from(expr),
                None => written.outputs.push(((*name).to_owned(), expr.clone())),
            }
        }
        written
    };
    selects.iter().map(written).collect()
}

fn root(select: &Select) -> String {
    match select.from.first().map(|from| &from.relation) {
        Some(TableFactor::Table { alias: Some(alias), .. }) => alias.name.value.clone(),
        Some(TableFactor::Table { name, .. }) => match name.0.last() {
            Some(ObjectNamePart::Identifier(name)) => name.value.clone(),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

/// An expression of its own with the store's table names.
fn expression(text: &str, tables: Tables<'_>) -> String {
    let Some(source) = Source::of(text) else { return text.to_owned() };
    let (mut depth, mut out) = (Depth(vec![false]), String::new());
    for at in 0..source.tokens.len() {
        let _ = source.copy(at, &mut depth, tables, &mut out);
    }
    out.trim().to_owned()
}

/// A text and its tokens, each with the bytes that it takes up.
struct Source<'a> {
    text: &'a str,
    tokens: Vec<TokenWithSpan>,
    bytes: Vec<std::ops::Range<usize>>,
}

/// The parentheses that a token stands in: whether each begins a SELECT. The outermost SELECT itself counts as one.
struct Depth(Vec<bool>);

/// What a token is to the SELECT that it stands in.
#[derive(PartialEq)]
enum Part {
    Plain,
    Comma,
    Word(Keyword),
    End,
}

impl<'a> Source<'a> {
    fn of(text: &'a str) -> Option<Source<'a>> {
        let tokens = Tokenizer::new(&MySqlDialect {}, text).tokenize_with_location().ok()?;
        let mut starts: Vec<usize> = vec![0];
        starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        let byte = |line: u64, column: u64| {
            let line = *starts.get(usize::try_from(line).ok()?.checked_sub(1)?)?;
            let ahead = usize::try_from(column).ok()?.checked_sub(1)?;
            Some(text[line..].char_indices().nth(ahead).map_or(text.len(), |(at, _)| line + at))
        };
        let begins: Option<Vec<usize>> = tokens.iter().map(|t| byte(t.span.start.line, t.span.start.column)).collect();
        let begins = begins?;
        let ends = begins.iter().skip(1).copied().chain([text.len()]);
        let bytes = begins.iter().copied().zip(ends).map(|(begin, end)| begin..end).collect();
        Some(Source { text, tokens, bytes })
    }

    fn select(&self, begin: Place, names: &[String], aliased: &dyn Fn(usize) -> bool, tables: Tables<'_>) -> Written {
        let mut written = Written::default();
        let first = self.tokens.iter().position(|t| Place::of(t.span) == begin).unwrap_or(self.tokens.len());
        let (mut depth, mut clause, mut text, mut item) =
            (Depth(vec![true]), Keyword::SELECT, String::new(), first + 1);
        let mut at = first + 1;
        loop {
            let part = if at < self.tokens.len() { self.copy(at, &mut depth, tables, &mut text) } else { Part::End };
            let ends = matches!(&part, Part::Word(_) | Part::End);
            if clause == Keyword::SELECT && (ends || part == Part::Comma) {
                let i = written.outputs.len();
                let expr = if aliased(i) { self.without_alias(item..at, tables) } else { text.trim().to_owned() };
                written.outputs.push((names.get(i).cloned().unwrap_or_default(), expr));
                (text, item) = (String::new(), at + 1);
            } else if part == Part::Comma {
                text.push(',');
            }
            if ends {
                let done = std::mem::take(&mut text).trim().to_owned();
                match clause {
                    Keyword::FROM => written.from = done,
                    Keyword::WHERE => written.filter = Some(done),
                    Keyword::GROUP => written.group = Some(done),
                    _ => {}
                }
            }
            match part {
                Part::End => return written,
                Part::Word(keyword) => clause = keyword,
                Part::Plain | Part::Comma => {}
            }
            at += 1;
        }
    }

    /// The tokens of an output without its name, the last word, and the AS before it.
    fn without_alias(&self, tokens: std::ops::Range<usize>, tables: Tables<'_>) -> String {
        let mut solid: Vec<usize> = tokens.filter(|&at| !is_blank(&self.tokens[at].token)).collect();
        solid.pop();
        if solid.last().is_some_and(|&at| is_word(&self.tokens[at].token, Keyword::AS)) {
            solid.pop();
        }
        let (Some(&first), Some(&last)) = (solid.first(), solid.last()) else { return String::new() };
        let (mut depth, mut out) = (Depth(vec![true]), String::new());
        for at in first..=last {
            let _ = self.copy(at, &mut depth, tables, &mut out);
        }
        out.trim().to_owned()
    }

    /// Copies a token, unless it is one that parts the outermost SELECT.
    fn copy(&self, at: usize, depth: &mut Depth, tables: Tables<'_>, out: &mut String) -> Part {
        let token = &self.tokens[at].token;
        let outermost = depth.0 == [true];
        match token {
            Token::SemiColon | Token::EOF => return Part::End,
            Token::Comma if outermost => return Part::Comma,
            Token::LParen => depth.0.push(self.after(at).is_some_and(|t| is_word(t, Keyword::SELECT))),
            Token::RParen => drop(depth.0.pop()),
            Token::Word(Word { quote_style: None, keyword, .. }) if outermost => match keyword {
                Keyword::UNION => return Part::End,
                Keyword::FROM | Keyword::WHERE | Keyword::GROUP => return Part::Word(*keyword),
                Keyword::BY if self.before(at).is_some_and(|t| is_word(t, Keyword::GROUP)) => return Part::Plain,
                _ => {}
            },
            _ => {}
        }
        match token {
            token if is_blank(token) => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            Token::Word(word) if self.is_table(at, depth) => out.push_str(&self.table(at, word, tables)),
            _ => out.push_str(self.text[self.bytes[at].clone()].trim_end()),
        }
        Part::Plain
    }

    /// True for a word behind FROM or JOIN of a SELECT: TRIM(… FROM x) is none.
    fn is_table(&self, at: usize, depth: &Depth) -> bool {
        let before = self.before(at);
        depth.0.last() == Some(&true) && before.is_some_and(|t| is_word(t, Keyword::FROM) || is_word(t, Keyword::JOIN))
    }

    /// A table by its name in the store; what it is called by in the SELECT stays.
    fn table(&self, at: usize, word: &Word, tables: Tables<'_>) -> String {
        let name = tables.settings.table_named(&word.value, tables.written_prefix);
        let has_alias = match self.after(at) {
            Some(Token::Word(next)) => next.keyword == Keyword::AS || !is_clause(next),
            _ => false,
        };
        if has_alias { quoted(&name) } else { format!("{} AS {}", quoted(&name), quoted(&word.value)) }
    }

    fn before(&self, at: usize) -> Option<&Token> {
        self.tokens[..at].iter().rev().map(|t| &t.token).find(|t| !is_blank(t))
    }

    fn after(&self, at: usize) -> Option<&Token> {
        self.tokens[at + 1..].iter().map(|t| &t.token).find(|t| !is_blank(t))
    }
}

/// True for a word that goes on with the SELECT, and so is no alias.
fn is_clause(word: &Word) -> bool {
    use Keyword::{CROSS, GROUP, INNER, JOIN, LEFT, ON, UNION, WHERE};
    word.quote_style.is_none() && [CROSS, GROUP, INNER, JOIN, LEFT, ON, UNION, WHERE].contains(&word.keyword)
}

fn is_word(token: &Token, keyword: Keyword) -> bool {
    matches!(token, Token::Word(w) if w.quote_style.is_none() && w.keyword == keyword)
}

/// Comments count as blanks.
fn is_blank(token: &Token) -> bool {
    matches!(token, Token::Whitespace(_))
}

#[cfg(test)]
mod tests {
    use crate::mapping::tests::with;
    use crate::mapping::{Mapping, profile_names};

    use super::*;

    fn order(text: &str, overrides: &str) -> Vec<Written> {
        let mapping = Mapping::from_files(&with("order.sql", text), &overrides.parse().unwrap());
        let mapping = mapping.unwrap_or_else(|e| panic!("{e}"));
        let query = mapping.queries.into_iter().find(|q| q.source.file == "order.sql").unwrap();
        query.branches.into_iter().map(|b| b.written).collect()
    }

    #[test]
    fn a_select_is_taken_apart_and_its_tables_are_renamed() {
        let text = "-- FROM here\nSELECT shop_orders.id, TRIM(LEADING 'a,b' FROM o2.code) number /* , */, o2.user_id AS customer_id,\n\
                    o2.at AS placed_at, 'open' AS `state`, (SELECT SUM(l.amount) FROM shop_lines l WHERE l.order_id = shop_orders.id) \
                    AS total FROM shop_orders LEFT JOIN shop_orders AS o2 ON o2.id = shop_orders.id WHERE shop_orders.hidden = 0 -- x\n\
                    GROUP BY shop_orders.id, o2.id UNION ALL SELECT o.id, o.code, o.user_id, o.at, 'open', 1 FROM shop_orders o;";
        let written = order(text, "table_prefix = 's1_'");
        assert_eq!(written.len(), 2);
        let select = written[0].select(&[], Some("x = 1"));
        assert_eq!(
            select,
            "SELECT shop_orders.id AS `id`, TRIM(LEADING 'a,b' FROM o2.code) AS `number`, o2.user_id AS `customer_id`, o2.at AS \
             `placed_at`, 'open' AS `state`, (SELECT SUM(l.amount) FROM `s1_lines` l WHERE l.order_id = shop_orders.id) AS `total` \
             FROM `s1_orders` AS `shop_orders` LEFT JOIN `s1_orders` AS o2 ON o2.id = shop_orders.id WHERE (x = 1) AND \
             (shop_orders.hidden = 0) GROUP BY shop_orders.id, o2.id"
        );
        assert_eq!(
            written[1].select(&["id", "number"], None),
            "SELECT o.id AS `id`, o.code AS `number` FROM `s1_orders` o"
        );
    }

    #[test]
    fn every_shipped_select_is_read_again_as_it_was_written() {
        for name in profile_names() {
            let mapping = Mapping::load(name, &toml::Table::new()).unwrap_or_else(|e| panic!("{name}: {e}"));
            for branch in mapping.queries.iter().flat_map(|q| &q.branches) {
                let again = branch.written.select(&[], None);
                assert_eq!(branch.written.outputs.len(), branch.outputs.iter().flatten().count(), "{name}: {again}");
                assert!(Source::of(&again).is_some() && !branch.written.from.is_empty(), "{name}: {again}");
            }
        }
    }

    #[test]
    fn literals_read_the_same_under_every_mode() {
        assert_eq!(literal("U17"), "'U17'");
        assert_eq!(literal("O'Brien"), "_utf8mb4 X'4F27427269656E'");
        assert_eq!(literal("\\"), "_utf8mb4 X'5C'");
    }
}
