//! Text functions. Positions count characters, from 1.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use smol_str::SmolStr;

use super::collation::Charset;
use super::datum::Datum;
use super::expr::{Function, Side};

/// The longest text that LPAD and RPAD make, in characters: no document needs more, and servers differ in how much they allow.
const PAD_CHARS_MAX: i128 = 65_535;

/// Where the other case of a letter depends on the server and the collation; elsewhere it is Unicode's, where that is one letter.
const CASE_DIFFERS: &[RangeInclusive<char>] = &[
    '\u{130}'..='\u{130}',
    '\u{180}'..='\u{19e}',
    '\u{220}'..='\u{29e}',
    '\u{370}'..='\u{37f}',
    '\u{3cf}'..='\u{3ff}',
    '\u{48a}'..='\u{48b}',
    '\u{4c0}'..='\u{4cf}',
    '\u{4f6}'..='\u{52f}',
    '\u{10a0}'..='\u{10ff}',
    '\u{13a0}'..='\u{13fd}',
    '\u{1c80}'..='\u{1cbf}',
    '\u{1d79}'..='\u{1d8e}',
    '\u{1e9e}'..='\u{1e9e}',
    '\u{1efa}'..='\u{1eff}',
    '\u{1f80}'..='\u{1fff}',
    '\u{2132}'..='\u{214e}',
    '\u{2183}'..='\u{2184}',
    '\u{2c00}'..='\u{2d2d}',
    '\u{a640}'..='\u{a69b}',
    '\u{a722}'..='\u{a7ff}',
    '\u{ab53}'..='\u{abbf}',
    '\u{10000}'..='\u{10ffff}',
];
/// Letters whose other case latin1 and gbk do not have, or their tables do not know.
const CASE_DIFFERS_IN_LATIN1: &str = "µÿŒœŠšŸŽžƒ";
const CASE_DIFFERS_IN_GBK: &str = "àáèéêìíòóùúüāēěīńňōūǎǐǒǔǖǘǚǜɑɡⅪⅫ";

/// Calls a text function whose arguments are texts and counts in print; `None` is NULL.
pub(super) fn call(function: Function, args: &[Cow<'_, SmolStr>]) -> Result<Datum, &'static str> {
    use Function::*;
    let texts = |of: &[Cow<'_, SmolStr>], between: &str| of.iter().map(|arg| &***arg).collect::<Vec<_>>().join(between);
    let count = |i: usize| args[i].parse::<i128>().map_err(|_| "a count is not an integer");
    let first = &*args[0];
    Ok(match function {
        Concat => Datum::text(texts(args, "")),
        ConcatWs => Datum::text(texts(&args[1..], first)),
        Trim(side) => {
            let trimmed = trim(first, &args[1], side);
            if trimmed.len() == first.len() { Datum::Text(first.clone()) } else { Datum::text(trimmed) }
        }
        Left => Datum::text(left(first, count(1)?)),
        Right => Datum::text(right(first, count(1)?)),
        Substring => {
            let length = if args.len() > 2 { Some(count(2)?) } else { None };
            Datum::text(substring(first, count(1)?, length))
        }
        SubstringIndex => Datum::text(substring_index(first, &args[1], count(2)?)),
        LeftPad | RightPad => match pad(first, count(1)?, &args[2], function == LeftPad)? {
            Some(padded) => Datum::text(padded),
            None => Datum::Null,
        },
        CharLength => Datum::Int(i64::try_from(first.chars().count()).unwrap_or(i64::MAX)),
        Replace if args[1].is_empty() || !first.contains(&**args[1]) => Datum::Text(first.clone()),
        Replace => Datum::text(replace(first, &args[1], &args[2])),
        _ => Datum::Text(first.clone()),
    })
}

/// `LOWER` or `UPPER` of a text in a charset: letters whose other case is one letter (`ß` stays).
pub(super) fn in_case(s: &str, upper: bool, charset: Charset) -> Result<String, &'static str> {
    let unclear = |c: char| match charset {
        _ if c.is_ascii() => false,
        Charset::Latin1 => CASE_DIFFERS_IN_LATIN1.contains(c),
        Charset::Gbk => CASE_DIFFERS_IN_GBK.contains(c),
        Charset::Ascii | Charset::Other => true,
        Charset::Utf8mb4 | Charset::Utf8mb3 => CASE_DIFFERS.iter().any(|range| range.contains(&c)),
    };
    let turned = |c: char| {
        let (lower, upper_case) = (single(c, c.to_lowercase()), single(c, c.to_uppercase()));
        if (lower != c || upper_case != c) && unclear(c) {
            return Err("servers differ in the other case of a letter of this text: leave LOWER or UPPER out");
        }
        Ok(if upper { upper_case } else { lower })
    };
    s.chars().map(turned).collect()
}

/// `LEFT(s, n)`; nothing for a negative `n`.
fn left(s: &str, n: i128) -> &str {
    prefix(s, usize::try_from(n.max(0)).unwrap_or(usize::MAX))
}

/// `RIGHT(s, n)`; nothing for a negative `n`.
fn right(s: &str, n: i128) -> &str {
    let count = s.chars().count() as i128;
    &s[left(s, count - n.clamp(0, count)).len()..]
}

/// `SUBSTRING_INDEX(s, delimiter, n)`: what stands before the n-th delimiter, or from the end after it; case counts.
fn substring_index<'a>(s: &'a str, delimiter: &str, n: i128) -> &'a str {
    if delimiter.is_empty() || n == 0 {
        return "";
    }
    let nth = usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX) - 1;
    if n > 0 {
        s.match_indices(delimiter).nth(nth).map_or(s, |(at, _)| &s[..at])
    } else {
        s.rmatch_indices(delimiter).nth(nth).map_or(s, |(at, _)| &s[at + delimiter.len()..])
    }
}

/// `LPAD(s, n, with)` or `RPAD`: `None` where it is NULL.
fn pad(s: &str, n: i128, with: &str, at_the_beginning: bool) -> Result<Option<String>, &'static str> {
    let missing = n - s.chars().count() as i128;
    if n < 0 {
        return Ok(None);
    }
    if missing <= 0 {
        return Ok(Some(left(s, n).to_owned()));
    }
    if n > PAD_CHARS_MAX {
        return Err("LPAD and RPAD make 65535 characters at most");
    }
    if with.is_empty() {
        return Err("servers differ in LPAD and RPAD with nothing to fill with");
    }
    let fill: String = with.chars().cycle().take(usize::try_from(missing).unwrap_or(0)).collect();
    Ok(Some(if at_the_beginning { format!("{fill}{s}") } else { format!("{s}{fill}") }))
}

/// `SUBSTRING(s, position, length)`: a negative position counts from the end, position 0 yields nothing.
fn substring(s: &str, position: i128, length: Option<i128>) -> &str {
    let count = s.chars().count() as i128;
    let start = if position < 0 { count + position } else { position - 1 };
    if position == 0 || start < 0 || start >= count {
        return "";
    }
    let skipped = prefix(s, usize::try_from(start).unwrap_or(usize::MAX)).len();
    length.map_or(&s[skipped..], |n| left(&s[skipped..], n))
}

/// `TRIM([side] what FROM s)`.
fn trim<'a>(s: &'a str, what: &str, side: Side) -> &'a str {
    if what.is_empty() {
        return s;
    }
    let mut rest = s;
    while side != Side::Trailing
        && let Some(shorter) = rest.strip_prefix(what)
    {
        rest = shorter;
    }
    while side != Side::Leading
        && let Some(shorter) = rest.strip_suffix(what)
    {
        rest = shorter;
    }
    rest
}

/// `REPLACE(s, from, to)`, case counts.
fn replace(s: &str, from: &str, to: &str) -> String {
    if from.is_empty() { s.to_owned() } else { s.replace(from, to) }
}

fn prefix(s: &str, chars: usize) -> &str {
    s.char_indices().nth(chars).map_or(s, |(byte, _)| &s[..byte])
}

fn single(original: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(c), None) => c,
        _ => original,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_and_filled() {
        assert_eq!(right("北京市", 2), "京市");
        assert_eq!(right("ab", 5), "ab");
        assert_eq!(substring_index("a.b.c", ".", 2), "a.b");
        assert_eq!(substring_index("a.b.c", ".", -1), "c");
        assert_eq!(substring_index("a.b.c", ".", 9), "a.b.c");
        assert_eq!(pad("7", 3, "0", true), Ok(Some("007".into())));
        assert_eq!(pad("7", 4, "ab", false), Ok(Some("7aba".into())));
        assert_eq!(pad("789", 2, "0", true), Ok(Some("78".into())));
        assert_eq!(pad("7", -1, "0", true), Ok(None));
    }

    #[test]
    fn positions_count_characters() {
        assert_eq!(left("北京市", 2), "北京");
        assert_eq!(left("北京市", -1), "");
        assert_eq!(substring("北京市朝阳区", -3, None), "朝阳区");
        assert_eq!(substring("北京市朝阳区", 4, Some(2)), "朝阳");
        assert_eq!(substring("abc", 0, Some(2)), "");
        assert_eq!(substring("abc", -4, None), "");
        assert_eq!(substring("abc", 2, Some(0)), "");
        assert_eq!(trim("xxaxx", "x", Side::Leading), "axx");
        let upper = |s: &str, charset| in_case(s, true, charset);
        assert_eq!(upper("straße, été", Charset::Utf8mb4), Ok("STRAßE, ÉTÉ".to_owned()));
        assert_eq!(upper("北京 a", Charset::Gbk), Ok("北京 A".to_owned()));
        assert!(upper("é", Charset::Gbk).is_err());
        assert!(upper("ɐ", Charset::Utf8mb4).is_err());
    }
}
