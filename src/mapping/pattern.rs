//! LIKE and FIND_IN_SET, letter by letter under a collation.

use super::collation::Collation;

/// `text LIKE pattern ESCAPE escape`.
pub(super) fn like(
    text: &str,
    pattern: &str,
    escape: Option<char>,
    collation: Collation,
) -> Result<bool, &'static str> {
    let text: Vec<char> = text.chars().collect();
    let pattern = tokens(pattern, escape);
    let (mut t, mut p) = (0, 0);
    // The last % met, and how much of the text it has swallowed.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        let fits = match pattern.get(p) {
            Some(Token::Any) => {
                retry = Some((p, t));
                p += 1;
                continue;
            }
            Some(Token::One) => true,
            Some(Token::Letter(c)) => collation.same_letter(text[t], *c)?,
            None => false,
        };
        match (fits, retry) {
            (true, _) => (t, p) = (t + 1, p + 1),
            (false, Some((any, swallowed))) => {
                retry = Some((any, swallowed + 1));
                (t, p) = (swallowed + 1, any + 1);
            }
            (false, None) => return Ok(false),
        }
    }
    Ok(pattern[p..].iter().all(|token| *token == Token::Any))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// `%`
    Any,
    /// `_`
    One,
    Letter(char),
}

fn tokens(pattern: &str, escape: Option<char>) -> Vec<Token> {
    let mut chars = pattern.chars();
    let mut tokens = Vec::new();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            // At the end of the pattern it stands for itself.
            c if Some(c) == escape => Token::Letter(chars.next().unwrap_or(c)),
            '%' => Token::Any,
            '_' => Token::One,
            c => Token::Letter(c),
        });
    }
    tokens
}

/// `FIND_IN_SET(item, list)`: the place of an item in a list that commas separate, from 1; 0 where it is not in it.
pub(super) fn find_in_set(item: &str, list: &str, collation: Collation) -> Result<i64, &'static str> {
    if item.contains(',') || list.is_empty() {
        return Ok(0);
    }
    for (place, candidate) in (1..).zip(list.split(',')) {
        if collation.unpadded().same(item, candidate)? {
            if item.len() > list.len() {
                return Err("servers differ in FIND_IN_SET where the item has more bytes than the list");
            }
            return Ok(place);
        }
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_and_underscore_and_escape() {
        let like = |t: &str, p: &str| like(t, p, Some('\\'), Collation::USUAL).unwrap();
        assert!(like("Hello", "h_l%"));
        assert!(like("", "%"));
        assert!(!like("", "_"));
        assert!(like("a%c", "a\\%c"));
        assert!(!like("abc", "a\\%c"));
        assert!(like("a\\", "a\\"));
        assert!(like("xaabaab", "%aab"));
        assert!(!like("ab ", "ab"));
        assert!(like("北京市", "北%"));
    }

    #[test]
    fn a_list_is_searched_item_by_item() {
        let find = |item, list| find_in_set(item, list, Collation::USUAL).unwrap();
        assert_eq!(find("b", "a,B,c"), 2);
        assert_eq!(find("", "a,,c"), 2);
        assert_eq!(find("", ""), 0);
        assert_eq!(find("a,b", "a,b"), 0);
    }
}
