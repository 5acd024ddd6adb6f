//! Texts of the store and of the ERP as PostgreSQL can hold them.
//!
//! A MySQL value may hold the character 0, which no PostgreSQL text can; and it may be longer than a B-tree takes (some
//! 2,700 bytes for all columns of an index together). JSON, ids of transactions and our own words need neither care.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};
use tokio_postgres::Row;

/// Longer keys and owners are cut to [`HEAD_BYTES`] and told apart by a hash.
const INDEXED_BYTES_MAX: usize = 700;

const HEAD_BYTES: usize = 500;

/// Stands before `0` for the character 0, and before `1` for itself: so different texts stay different, in the same order.
const ESCAPE: char = '\u{1}';

/// Reads texts back.
pub(super) trait Texts {
    /// The text in a column.
    fn text(&self, column: usize) -> String;

    /// The text in a column, where there is one.
    fn some_text(&self, column: usize) -> Option<String>;
}

impl Texts for Row {
    fn text(&self, column: usize) -> String {
        read(self.get(column))
    }

    fn some_text(&self, column: usize) -> Option<String> {
        self.get::<_, Option<&str>>(column).map(read)
    }
}

/// A text that an index holds, as it is written: the whole, or where it is long its head and a hash of the whole.
pub(in crate::state) fn indexed(text: &str) -> Cow<'_, str> {
    let text = written(text);
    if text.len() <= INDEXED_BYTES_MAX {
        return text;
    }
    let head = text.floor_char_boundary(HEAD_BYTES);
    let mut short = String::with_capacity(HEAD_BYTES + 64);
    short.push_str(&text[..head]);
    for byte in Sha256::digest(text.as_bytes()) {
        short.push_str(&format!("{byte:02x}"));
    }
    Cow::Owned(short)
}

/// A text as it is written.
pub(in crate::state) fn written(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte > ESCAPE as u8) {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        match c {
            '\0' => written.extend([ESCAPE, '0']),
            ESCAPE => written.extend([ESCAPE, '1']),
            c => written.push(c),
        }
    }
    Cow::Owned(written)
}

/// A text as it was before it was written.
pub(in crate::state) fn read(text: &str) -> String {
    let mut read = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, if c == ESCAPE { chars.next() } else { None }) {
            (ESCAPE, Some('0')) => read.push('\0'),
            (ESCAPE, _) => read.push(ESCAPE),
            (c, _) => read.push(c),
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_read_back_and_keeps_its_place() {
        let mut texts = ["", "\0", "\0\0", "\0\u{1}", "\u{1}", "\u{1}0", "\u{1}\0", "\u{2}", "0", "张\0伟"];
        texts.sort_unstable();
        for text in texts {
            assert!(!written(text).contains('\0'), "{text:?}");
            assert_eq!(read(&written(text)), text);
        }
        assert!(texts.windows(2).all(|pair| written(pair[0]) < written(pair[1])));
    }

    #[test]
    fn long_texts_are_cut_and_stay_different() {
        let (a, b) = ("张".repeat(400), "张".repeat(401));
        assert_eq!(indexed("short"), "short");
        assert!(indexed(&a).len() <= HEAD_BYTES + 64 && indexed(&a) != indexed(&b));
        assert_eq!(indexed(&indexed(&a)), indexed(&a));
    }
}
