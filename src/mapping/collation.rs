//! Which texts a column's collation takes for equal, and in which order it puts them.
//!
//! The answer is exact or an error: a collation is known for a domain of characters, and two texts that hold the same
//! characters are equal under every collation. Where servers' tables are followed, they are of MySQL 9.7 and MariaDB 10.11
//! (`tests/expression_oracle.rs` compares them character by character).

use std::cmp::Ordering;

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
    GeneralCi,
    Unicode400Ci,
    Unicode520Ci,
    /// UCA 9.0.0 and 14.0.0; whether accents and case count.
    Unicode900(Strength),
    Unicode1400(Strength),
    SwedishCi,
    ChineseCi,
}

/// What makes two texts different besides their letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strength {
    Letters,
    Accents,
    Case,
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
        let strength = |rest: &str| match rest {
            "ai_ci" => Some(Strength::Letters),
            "as_ci" => Some(Strength::Accents),
            "as_cs" => Some(Strength::Case),
            _ => None,
        };
        let family = match rest.as_str() {
            "bin" | "0900_bin" => Family::Points,
            "general_ci" | "general_mysql500_ci" if charset.starts_with("utf8") && rest == "general_ci" => {
                Family::GeneralCi
            }
            "unicode_ci" if charset.starts_with("utf8") => Family::Unicode400Ci,
            "unicode_520_ci" if charset.starts_with("utf8") => Family::Unicode520Ci,
            "swedish_ci" if charset == "latin1" => Family::SwedishCi,
            "chinese_ci" if charset == "gbk" => Family::ChineseCi,
            _ => match (rest.strip_prefix("0900_"), rest.strip_prefix("uca1400_")) {
                (Some(rest), _) => strength(rest).map_or(Family::Other, Family::Unicode900),
                (_, Some(rest)) => strength(rest).map_or(Family::Other, Family::Unicode1400),
                _ => Family::Other,
            },
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

    /// The charset of a column's text.
    pub fn charset(self) -> Charset {
        self.charset
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
        match self.family {
            Family::Usual => usual(a, b),
            Family::Other => {
                // Plain texts that differ in more than case are different under every collation in use.
                let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
                if plain(a) && plain(b) { Ok(false) } else { Err(UNCLEAR) }
            }
            _ => Ok(self.key(a)? == self.key(b)?),
        }
    }

    /// A text that is the same for two texts exactly if they are equal.
    pub fn key(self, text: &str) -> Result<String, &'static str> {
        let mut key = String::with_capacity(text.len());
        for c in text.chars() {
            self.letter(c, &mut key)?;
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
        if self.family == Family::Points && self.pad == Some(false) {
            return Ok(a.cmp(b));
        }
        if self.same(a, b)? {
            return Ok(Ordering::Equal);
        }
        // Digits stand before letters, and letters in their own order, under every collation; a shorter text before a longer.
        let plain = |s: &str| s.bytes().all(|b| b.is_ascii_alphanumeric());
        if !plain(a) || !plain(b) {
            return Err(ORDER);
        }
        if self.family == Family::Points {
            return Ok(a.cmp(b));
        }
        match a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase()) {
            Ordering::Equal => Err(ORDER),
            order => Ok(order),
        }
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

    /// What a character counts for.
    fn letter(self, c: char, key: &mut String) -> Result<(), &'static str> {
        let folds = !matches!(
            self.family,
            Family::Points | Family::Unicode900(Strength::Case) | Family::Unicode1400(Strength::Case)
        );
        match c {
            _ if self.family == Family::Points => key.push(c),
            ' '..='~' if folds => key.push(c.to_ascii_lowercase()),
            ' '..='~' | '\u{4e00}'..='\u{9fff}' => key.push(c),
            _ => return Err(UNCLEAR),
        }
        Ok(())
    }
}

/// Equality under the usual collations: ASCII letters in either case are equal.
fn usual(a: &str, b: &str) -> Result<bool, &'static str> {
    if a.eq_ignore_ascii_case(b) {
        return Ok(true);
    }
    let blanks_only = a.trim_end_matches(' ').eq_ignore_ascii_case(b.trim_end_matches(' '));
    if blanks_only { Err(BLANKS) } else { Ok(false) }
}

/// A text that is the same for two texts exactly if a column of this collation takes them for equal.
///
/// # Errors
/// A character of which that is not known.
pub(super) fn key_of(text: &str, collation: Option<&str>) -> Result<String, &'static str> {
    collation.map_or(Collation::USUAL, Collation::named).key(text)
}
