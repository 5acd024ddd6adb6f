//! Which texts a column's collation takes for equal, and in which order it puts them.
//!
//! The answer is exact or an error: a collation is known for a domain of characters, and two texts that hold the same
//! characters are equal under every collation. Where servers' tables are followed, they are of MySQL 9.7 and MariaDB 10.11
//! (`tests/expression_oracle.rs` compares them character by character).

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::OnceLock;

/// What each letter counts for, by collation; those of MySQL before 8.0 and of MariaDB are the same table by table.
const TABLES: [(&str, &str); 12] = [
    ("general_ci", include_str!("collations/general_ci.txt")),
    ("unicode_ci", include_str!("collations/unicode_ci.txt")),
    ("unicode_520_ci", include_str!("collations/unicode_520_ci.txt")),
    ("0900_ai_ci", include_str!("collations/0900_ai_ci.txt")),
    ("0900_as_ci", include_str!("collations/0900_as_ci.txt")),
    ("0900_as_cs", include_str!("collations/0900_as_cs.txt")),
    ("uca1400_ai_ci", include_str!("collations/uca1400_ai_ci.txt")),
    ("uca1400_as_ci", include_str!("collations/uca1400_as_ci.txt")),
    ("uca1400_as_cs", include_str!("collations/uca1400_as_cs.txt")),
    ("latin1_swedish_ci", include_str!("collations/latin1_swedish_ci.txt")),
    ("latin1_general_ci", include_str!("collations/latin1_general_ci.txt")),
    ("gbk_chinese_ci", include_str!("collations/gbk_chinese_ci.txt")),
];

/// A collation, as far as its answers differ from others'.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Collation {
    family: Family,
    charset: Charset,
    /// Blanks at the end do not count (PAD SPACE); `None` where servers differ.
    pad: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    /// The usual case-insensitive ones: for texts that no column's collation rules.
    Usual,
    /// Nothing is known but that equal characters are equal.
    Other,
    /// By code point.
    Points,
    /// By a table of [`TABLES`].
    Table(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    Utf8mb4,
    /// utf8, utf8mb3.
    Utf8mb3,
    Latin1,
    Gbk,
    Ascii,
    Other,
}

const UNCLEAR: &str = "whether these texts are equal under the column's collation is not known: compare columns that hold \
                       plain letters and digits, or write LOWER(…) around both";
const ORDER: &str = "the order of these texts under the column's collation is not known: compare numbers or dates";
const BLANKS: &str = "texts that differ in trailing blanks only: write TRIM(…) around them";

impl Collation {
    /// Of literals, and of columns whose collation is not known: as the usual collations do.
    pub const USUAL: Collation = Collation { family: Family::Usual, charset: Charset::Utf8mb4, pad: None };

    /// By its name in the server (`utf8mb4_general_ci`).
    pub fn named(name: &str) -> Collation {
        let name = name.to_ascii_lowercase();
        // MariaDB leaves the charset out of the names of its newest collations.
        let (charset, rest) =
            if name.starts_with("uca1400") { ("utf8mb4", &*name) } else { name.split_once('_').unwrap_or((&name, "")) };
        let nopad = rest.contains("nopad");
        let rest = rest.replace("nopad_", "");
        let table = if rest.starts_with("uca1400") || rest.starts_with("0900") {
            rest.clone()
        } else {
            unicode(charset, &rest)
        };
        let family = match TABLES.iter().position(|(name, _)| *name == table) {
            _ if rest == "bin" || rest == "0900_bin" => Family::Points,
            Some(table) => Family::Table(table),
            None => Family::Other,
        };
        let charset = match charset {
            "utf8mb4" => Charset::Utf8mb4,
            "utf8mb3" | "utf8" => Charset::Utf8mb3,
            "latin1" => Charset::Latin1,
            "gbk" => Charset::Gbk,
            "ascii" => Charset::Ascii,
            _ => Charset::Other,
        };
        let pad = !nopad && !rest.starts_with("0900_");
        Collation { family, charset, pad: Some(pad) }
    }

    /// True where some letters are known that it takes for equal, or that it takes none for it.
    pub fn is_known(self) -> bool {
        self.family != Family::Other
    }

    /// The charset of a column's text.
    pub fn charset(self) -> Charset {
        self.charset
    }

    /// The same collation where blanks at the end count.
    pub fn unpadded(self) -> Collation {
        Collation { pad: self.pad.map(|_| false), ..self }
    }

    /// True where the column's charset has all letters of a text.
    pub fn holds(self, text: &str) -> bool {
        let table = |name: &str| TABLES.iter().position(|(n, _)| *n == name).map(table_of);
        let has = |table: Option<&Table>, c: char| {
            c < ' ' || table.is_none_or(|t| t.domain.iter().any(|range| range.contains(&c)))
        };
        match self.charset {
            Charset::Utf8mb4 => true,
            Charset::Utf8mb3 => text.chars().all(|c| c <= '\u{ffff}'),
            Charset::Latin1 => text.chars().all(|c| has(table("latin1_swedish_ci"), c)),
            Charset::Gbk => text.chars().all(|c| has(table("gbk_chinese_ci"), c)),
            Charset::Ascii | Charset::Other => text.is_ascii(),
        }
    }

    /// What rules where texts of two columns meet: Unicode's larger charset, or the one by code points; `None` where the
    /// server refuses them.
    pub fn with(self, other: Collation) -> Option<Collation> {
        let points = |c: Collation| c.family == Family::Points;
        let rank = |c: Collation| match c.charset {
            Charset::Utf8mb4 => 2,
            Charset::Utf8mb3 => 1,
            _ => 0,
        };
        if self == other && self.family != Family::Other {
            Some(self)
        } else if self.charset == other.charset && self.charset != Charset::Other && points(self) != points(other) {
            Some(if points(self) { self } else { other })
        } else if rank(self) != rank(other) {
            Some(if rank(self) > rank(other) { self } else { other })
        } else {
            None
        }
    }

    /// True where both texts are one under the collation.
    pub fn same(self, a: &str, b: &str) -> Result<bool, &'static str> {
        if a == b {
            return Ok(true);
        }
        // What shops compare most: whether there is a text at all, and words of plain letters.
        let first = if a.is_empty() { b.chars().next() } else { a.chars().next() };
        if (a.is_empty() || b.is_empty()) && self.family != Family::Other && first.is_some_and(counts_everywhere) {
            return Ok(false);
        }
        if let (Family::Table(_), Some(pad)) = (self.family, self.pad)
            && is_plain(a)
            && is_plain(b)
        {
            let (a, b) = if pad { (a.trim_end_matches(' '), b.trim_end_matches(' ')) } else { (a, b) };
            return Ok(if self.case_counts() { a == b } else { a.eq_ignore_ascii_case(b) });
        }
        match self.family {
            Family::Usual => usual(a, b),
            Family::Other => {
                // Plain texts that differ in more than case are different under every collation in use.
                let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
                if plain(a) && plain(b) { Ok(false) } else { Err(UNCLEAR) }
            }
            _ => match (self.key(a), self.key(b)) {
                (Ok(a), Ok(b)) => Ok(a == b),
                (Err(BLANKS), _) | (_, Err(BLANKS)) => Err(BLANKS),
                _ if self.differ_early(a, b) => Ok(false),
                // Where every letter counts, one that is not known is not nothing, either.
                _ if self.every_letter_counts() && is_blank(a) != is_blank(b) => Ok(false),
                _ => Err(UNCLEAR),
            },
        }
    }

    /// True where the two cases of a letter are two letters.
    fn case_counts(self) -> bool {
        matches!(self.family, Family::Table(table) if TABLES[table].0.ends_with("_cs"))
    }

    /// True where no character is ignored, as those of UCA collations may be.
    fn every_letter_counts(self) -> bool {
        let uca = ["unicode", "0900", "uca1400"];
        matches!(self.family, Family::Table(table) if !uca.iter().any(|u| TABLES[table].0.contains(u)))
    }

    /// True where two texts differ in what comes before the first character that is not known.
    fn differ_early(self, a: &str, b: &str) -> bool {
        let (a, a_whole) = self.beginning(a);
        let (b, b_whole) = self.beginning(b);
        let goes_on = |short: &str, long: &str, whole: bool| {
            if !whole {
                return long.starts_with(short);
            }
            let rest = long.strip_prefix(short);
            rest.is_some_and(|rest| rest.is_empty() || self.pad != Some(false) && rest.trim_matches(' ').is_empty())
        };
        match (a_whole, b_whole) {
            (true, _) => !(goes_on(&b, &a, false) || goes_on(&a, &b, true)),
            (_, true) => !(goes_on(&a, &b, false) || goes_on(&b, &a, true)),
            _ => !(a.starts_with(&b) || b.starts_with(&a)),
        }
    }

    /// The key of a text up to the first character that is not known, less the letter before it, which might join with it; and
    /// whether that is all of it.
    fn beginning(self, text: &str) -> (String, bool) {
        let (mut key, mut before) = (String::new(), 0);
        for c in text.chars() {
            let length = key.len();
            if self.letter(c, &mut key).is_err() {
                key.truncate(before);
                return (key, false);
            }
            before = if ('\u{4e00}'..='\u{9fff}').contains(&c) { key.len() } else { length };
        }
        (key, true)
    }

    /// A text that is the same for two texts exactly if they are equal.
    pub fn key(self, text: &str) -> Result<String, &'static str> {
        let mut key = String::with_capacity(text.len());
        for c in text.chars() {
            self.letter(c, &mut key)?;
        }
        if self.pad.is_none() && key.ends_with(' ') {
            return Err(BLANKS);
        }
        if self.pad != Some(false) {
            key.truncate(key.trim_end_matches(' ').len());
        }
        Ok(key)
    }

    /// The order of two texts.
    pub fn order(self, a: &str, b: &str) -> Result<Ordering, &'static str> {
        if a == b {
            return Ok(Ordering::Equal);
        }
        let (x, y) = match self.family {
            Family::Usual | Family::Other => return Err(ORDER),
            _ => (self.key(a)?, self.key(b)?),
        };
        if x == y {
            return Ok(Ordering::Equal);
        }
        // Where blanks at the end do not count, a text goes on with blanks for ever.
        let (longer, rest) =
            (x.chars().count().max(y.chars().count()), if self.pad == Some(true) { Some(' ') } else { None });
        let fill = |s: &str| {
            let filled = s.chars().map(Some).chain(std::iter::repeat(rest));
            filled.take(longer).collect::<Vec<_>>()
        };
        let (x, y) = (fill(&x), fill(&y));
        let Family::Table(table) = self.family else { return Ok(x.cmp(&y)) };
        let table = table_of(table);
        let folded = |s: &[Option<char>]| s.iter().map(|c| c.map(|c| c.to_ascii_lowercase())).collect::<Vec<_>>();
        // Where case counts, it counts after all letters.
        let letters = if table.case_counts { table.compare(&folded(&x), &folded(&y))? } else { Ordering::Equal };
        Ok(letters.then(table.compare(&x, &y)?))
    }

    /// True where LIKE takes two characters for one.
    pub fn same_letter(self, a: char, b: char) -> Result<bool, &'static str> {
        if a == b {
            return Ok(true);
        }
        if self.family == Family::Usual || self.family == Family::Other {
            let (mut x, mut y) = ([0; 4], [0; 4]);
            return self.same(a.encode_utf8(&mut x), b.encode_utf8(&mut y));
        }
        let (mut x, mut y) = (String::new(), String::new());
        self.letter(a, &mut x)?;
        self.letter(b, &mut y)?;
        Ok(x == y)
    }

    /// Adds what a character counts for.
    fn letter(self, c: char, key: &mut String) -> Result<(), &'static str> {
        match self.family {
            Family::Points => key.push(c),
            Family::Usual | Family::Other if c.is_ascii_digit() => key.push(c),
            Family::Usual if (' '..='~').contains(&c) => key.push(c.to_ascii_lowercase()),
            Family::Usual if ('\u{4e00}'..='\u{9fff}').contains(&c) => key.push(c),
            Family::Usual | Family::Other => return Err(UNCLEAR),
            Family::Table(table) => {
                let table = table_of(table);
                match table.letters.get(&c) {
                    Some(letters) => key.push_str(letters),
                    None if table.domain.iter().any(|range| range.contains(&c)) => key.push(c),
                    None if table.supplementary_are_one && c > '\u{ffff}' => key.push(char::REPLACEMENT_CHARACTER),
                    None => return Err(UNCLEAR),
                }
            }
        }
        Ok(())
    }
}

/// True for characters that no collation ignores.
fn counts_everywhere(c: char) -> bool {
    c.is_ascii_graphic() || ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// True for a text of characters that are, but for case, one by one different in every table; `~` is a `y` in gbk_chinese_ci.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| (b' '..=b'}').contains(&b))
}

fn is_blank(text: &str) -> bool {
    text.trim_matches(' ').is_empty()
}

/// The name in [`TABLES`] of a collation before UCA 9.0.0.
fn unicode(charset: &str, rest: &str) -> String {
    if charset.starts_with("utf8") || charset == "ascii" { rest.to_owned() } else { format!("{charset}_{rest}") }
}

/// Those that a text may be compared under where nothing is known.
const USUAL: [&str; 5] = [
    "utf8mb4_general_ci",
    "utf8mb4_unicode_ci",
    "utf8mb4_unicode_520_ci",
    "utf8mb4_0900_ai_ci",
    "utf8mb4_uca1400_ai_ci",
];

/// Equality where all usual collations agree.
fn usual(a: &str, b: &str) -> Result<bool, &'static str> {
    let blanks_only = a.trim_end_matches(' ').eq_ignore_ascii_case(b.trim_end_matches(' '));
    if !blanks_only && a.bytes().chain(b.bytes()).all(|byte| (b' '..=b'~').contains(&byte)) {
        return Ok(false);
    }
    let mut answers = USUAL.iter().map(|name| Collation::named(name).same(a, b));
    let first = answers.next().unwrap_or(Err(UNCLEAR))?;
    for answer in answers {
        if answer? != first {
            return Err(if blanks_only { BLANKS } else { UNCLEAR });
        }
    }
    Ok(first)
}

/// A text that is the same for two texts exactly if a column of this collation takes them for equal.
///
/// # Errors
/// A character of which that is not known.
pub(super) fn key_of(text: &str, collation: Option<&str>) -> Result<String, &'static str> {
    collation.map_or(Collation::USUAL, Collation::named).key(text)
}

/// A file of `collations/`, read.
///
/// Its first line gives the characters of which the collation is known, its second the ASCII ones in their order. In each
/// other line stand the letters that a character counts for (`nothing` for none), and the characters that do. What is not listed
/// counts for itself.
#[derive(Default)]
struct Table {
    domain: Vec<RangeInclusive<char>>,
    order: String,
    letters: HashMap<char, String>,
    /// Characters beyond U+FFFF are all equal.
    supplementary_are_one: bool,
    case_counts: bool,
}

fn table_of(index: usize) -> &'static Table {
    static READ: [OnceLock<Table>; TABLES.len()] = [const { OnceLock::new() }; TABLES.len()];
    let (name, text) = TABLES[index];
    READ[index].get_or_init(|| Table {
        supplementary_are_one: name == "general_ci" || name == "unicode_ci",
        case_counts: name.ends_with("_cs"),
        ..Table::read(text)
    })
}

impl Table {
    /// The order of two texts of one length, each filled up where it was shorter.
    fn compare(&self, x: &[Option<char>], y: &[Option<char>]) -> Result<Ordering, &'static str> {
        let rank = |c: &Option<char>| c.map_or(Some(0), |c| self.order.find(c).map(|at| at + 1));
        for (a, b) in x.iter().zip(y).filter(|(a, b)| a != b) {
            let (a, b) = rank(a).zip(rank(b)).ok_or(ORDER)?;
            if a != b {
                return Ok(a.cmp(&b));
            }
        }
        Ok(Ordering::Equal)
    }

    fn read(text: &str) -> Table {
        let mut table = Table::default();
        for line in text.lines() {
            match line.split_once(' ') {
                Some(("domain", ranges)) => table.domain = ranges.split(' ').filter_map(range).collect(),
                Some(("order", order)) => table.order = unescaped(order),
                Some((letters, characters)) => {
                    let letters = if letters == "nothing" { String::new() } else { unescaped(letters) };
                    table.letters.extend(unescaped(characters).chars().map(|c| (c, letters.clone())));
                }
                None => {}
            }
        }
        table
    }
}

/// `20-7e` or `feff`.
fn range(text: &str) -> Option<RangeInclusive<char>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some(code_point(first)?..=code_point(last)?)
}

/// Invisible characters are written as `\20;`.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (number, rest) = part.split_once(';').unwrap_or((part, ""));
        out.extend(code_point(number));
        out.push_str(rest);
    }
    out
}

fn code_point(hex: &str) -> Option<char> {
    u32::from_str_radix(hex, 16).ok().and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(collation: &str, a: &str, b: &str) -> Result<bool, &'static str> {
        Collation::named(collation).same(a, b)
    }

    #[test]
    fn letters_are_equal_as_the_collation_says() {
        assert_eq!(same("utf8mb4_general_ci", "É", "e"), Ok(true));
        assert_eq!(same("utf8mb4_general_ci", "ß", "ss"), Ok(false));
        assert_eq!(same("utf8mb4_general_ci", "ß", "s"), Ok(true));
        assert_eq!(same("utf8mb4_general_ci", "😀", "😁"), Ok(true));
        assert_eq!(same("utf8mb4_unicode_ci", "ß", "SS"), Ok(true));
        assert_eq!(same("utf8mb4_unicode_520_ci", "😀", "😁"), Ok(false));
        assert_eq!(same("utf8mb4_0900_ai_ci", "か", "ガ"), Ok(true));
        assert_eq!(same("utf8mb4_0900_as_cs", "a", "A"), Ok(false));
        assert_eq!(same("utf8mb4_0900_as_ci", "é", "É"), Ok(true));
        assert_eq!(same("utf8mb4_0900_as_ci", "é", "e"), Ok(false));
        assert_eq!(same("utf8mb4_bin", "a", "A"), Ok(false));
        assert_eq!(same("latin1_swedish_ci", "张", " "), Ok(false));
        assert!(same("latin1_swedish_ci", "张", "x").is_err());
        assert_eq!(same("latin1_swedish_ci", "Ü", "y"), Ok(true));
        assert_eq!(same("gbk_chinese_ci", "北a", "北A"), Ok(true));
        assert_eq!(same("gbk_chinese_ci", "y", "~"), Ok(true));
        assert_eq!(same("utf8mb4_general_ci", "y", "~"), Ok(false));
        assert_eq!(same("utf8mb4_general_ci", "北", "京"), Ok(false));
        assert!(same("utf8mb4_0900_ai_ci", "ก", "ข").is_err());
        assert_eq!(same("utf8mb4_0900_ai_ci", "abก", ""), Ok(false));
        for name in USUAL {
            assert_eq!(same(name, "浙江杭州西湖区建设\"老\"街1号", ""), Ok(false), "{name}");
        }
        assert_eq!(Collation::USUAL.same("浙江杭州西湖区建设\"老\"街1号", ""), Ok(false));
        assert_eq!(same("utf8mb4_0900_ai_ci", "abccก", "abd"), Ok(false));
        assert!(same("utf8mb4_0900_ai_ci", "abก", "ab").is_err());
        assert_eq!(same("utf8mb4_0900_ai_ci", "aก", ""), Ok(false));
        assert!(same("utf8mb4_0900_ai_ci", "กa", "").is_err());
        assert!(same("utf8mb4_german2_ci", "a", "b").is_err());
    }

    #[test]
    fn blanks_at_the_end_count_where_they_are_not_padding() {
        assert_eq!(same("utf8mb4_general_ci", "a", "a  "), Ok(true));
        assert_eq!(same("utf8mb4_bin", "a", "a "), Ok(true));
        assert_eq!(same("utf8mb4_0900_ai_ci", "a", "a "), Ok(false));
        assert_eq!(same("utf8mb4_general_nopad_ci", "a", "a "), Ok(false));
        assert!(Collation::USUAL.same("a", "a ").is_err());
    }

    #[test]
    fn order_is_known_of_ascii() {
        let order = |collation: &str, a: &str, b: &str| Collation::named(collation).order(a, b);
        assert_eq!(order("utf8mb4_general_ci", "a", "B"), Ok(Ordering::Less));
        assert_eq!(order("utf8mb4_general_ci", "a_", "az"), Ok(Ordering::Greater));
        assert_eq!(order("utf8mb4_0900_ai_ci", "a_", "az"), Ok(Ordering::Less));
        assert_eq!(order("utf8mb4_general_ci", "2026-1", "2026-10"), Ok(Ordering::Less));
        assert_eq!(order("utf8mb4_0900_as_cs", "aZ", "Ab"), Ok(Ordering::Greater));
        assert_eq!(order("utf8mb4_0900_as_cs", "ab", "aB"), Ok(Ordering::Less));
        assert_eq!(order("utf8mb4_bin", "北", "京"), Ok(Ordering::Greater));
        assert!(order("utf8mb4_general_ci", "北", "京").is_err());
        assert!(Collation::USUAL.order("a", "b").is_err());
    }
}
