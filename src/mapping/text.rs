//! Text functions. Positions count characters, from 1.

use super::expr::Side;

/// `LOWER`: letters whose other case is one letter.
pub(super) fn lower(s: &str) -> String {
    s.chars().map(|c| single(c, c.to_lowercase())).collect()
}

/// `UPPER`: letters whose other case is one letter (`ß` stays).
pub(super) fn upper(s: &str) -> String {
    s.chars().map(|c| single(c, c.to_uppercase())).collect()
}

/// `LEFT(s, n)`; nothing for a negative `n`.
pub(super) fn left(s: &str, n: i128) -> &str {
    prefix(s, usize::try_from(n.max(0)).unwrap_or(usize::MAX))
}

/// `SUBSTRING(s, position, length)`: a negative position counts from the end, position 0 yields nothing.
pub(super) fn substring(s: &str, position: i128, length: Option<i128>) -> &str {
    let count = s.chars().count() as i128;
    let start = if position < 0 { count + position } else { position - 1 };
    if position == 0 || start < 0 || start >= count {
        return "";
    }
    let skipped = prefix(s, usize::try_from(start).unwrap_or(usize::MAX)).len();
    length.map_or(&s[skipped..], |n| left(&s[skipped..], n))
}

/// `TRIM([side] what FROM s)`.
pub(super) fn trim<'a>(s: &'a str, what: &str, side: Side) -> &'a str {
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
pub(super) fn replace(s: &str, from: &str, to: &str) -> String {
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
