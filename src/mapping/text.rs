//! Text functions. Positions count characters, from 1.

use std::sync::Arc;

use super::datum::Datum;
use super::expr::{Function, Side};

/// The longest text that LPAD and RPAD make, in characters: no document needs more, and servers differ in how much they allow.
const PAD_CHARS_MAX: i128 = 65_535;

/// Calls a text function whose arguments are texts and counts in print; `None` is NULL.
pub(super) fn call(function: Function, args: &[Arc<str>]) -> Result<Datum, &'static str> {
    use Function::*;
    let count = |i: usize| args[i].parse::<i128>().map_err(|_| "a count is not an integer");
    let first = &args[0];
    Ok(match function {
        Concat => Datum::text(args.concat()),
        ConcatWs => Datum::text(args[1..].join(&**first)),
        Trim(side) => Datum::text(trim(first, &args[1], side)),
        Lower => Datum::text(lower(first)),
        Upper => Datum::text(upper(first)),
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
        Replace => Datum::text(replace(first, &args[1], &args[2])),
        _ => Datum::Text(first.clone()),
    })
}

/// `LOWER`: letters whose other case is one letter.
fn lower(s: &str) -> String {
    s.chars().map(|c| single(c, c.to_lowercase())).collect()
}

/// `UPPER`: letters whose other case is one letter (`ß` stays).
fn upper(s: &str) -> String {
    s.chars().map(|c| single(c, c.to_uppercase())).collect()
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
        assert_eq!(upper("straße"), "STRAßE");
    }
}
