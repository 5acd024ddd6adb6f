//! The store's charsets, as far as they are decoded exactly.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, GBK, WINDOWS_1252};
use mysql_common::collations::{Collation, CollationId};

/// How a text column's bytes become UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    /// No text at all: BINARY, VARBINARY, BLOB.
    Binary,
    /// utf8mb4, utf8mb3 and ascii: already UTF-8, but checked.
    Utf8,
    /// MySQL's latin1 is Windows-1252, its five unassigned bytes being control characters.
    Latin1,
    /// gbk.
    Gbk,
    /// gb18030.
    Gb18030,
}

impl Charset {
    /// The charset of this name, `None` where we cannot decode it exactly.
    pub fn named(name: &str) -> Option<Charset> {
        Some(match name.to_ascii_lowercase().as_str() {
            "binary" => Charset::Binary,
            "utf8mb4" | "utf8mb3" | "utf8" | "ascii" => Charset::Utf8,
            "latin1" => Charset::Latin1,
            "gbk" => Charset::Gbk,
            "gb18030" => Charset::Gb18030,
            _ => return None,
        })
    }

    /// What stands before a literal of this charset's bytes, and works whatever the column's own name for it is.
    pub fn introducer(self) -> &'static str {
        match self {
            Charset::Binary => "",
            Charset::Utf8 => "_utf8mb4 ",
            Charset::Latin1 => "_latin1 ",
            Charset::Gbk => "_gbk ",
            Charset::Gb18030 => "_gb18030 ",
        }
    }

    /// True where it has this character.
    pub fn has(self, c: char) -> bool {
        let mut utf8 = [0; 4];
        let text: &str = c.encode_utf8(&mut utf8);
        let in_encoding = |encoding: &'static Encoding| !encoding.encode(text).2;
        match self {
            Charset::Binary | Charset::Utf8 => true,
            Charset::Latin1 => in_encoding(WINDOWS_1252),
            Charset::Gbk => in_encoding(GBK),
            Charset::Gb18030 => in_encoding(GB18030),
        }
    }

    /// The bytes as UTF-8, `None` where they are not of this charset.
    pub fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        let through = |encoding: &'static Encoding| encoding.decode_without_bom_handling_and_without_replacement(bytes);
        match self {
            Charset::Binary | Charset::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Charset::Latin1 => through(WINDOWS_1252),
            Charset::Gbk => through(GBK),
            Charset::Gb18030 if has_disputed(bytes) => None,
            Charset::Gb18030 => through(GB18030),
        }
    }
}

/// Codes of gb18030 that MySQL takes for other characters than later editions of the standard do.
fn has_disputed(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        rest = match (first, after) {
            (0..=0x80, _) => after,
            (_, [0x30..=0x39, _, _, following @ ..]) => following,
            (0xa3, [0xa0, ..]) | (0xa6, [0xd9..=0xdf | 0xec | 0xed | 0xf3, ..]) => return true,
            (_, [_, following @ ..]) => following,
            (_, []) => return false,
        };
    }
    false
}

/// The charset's name of a collation's number; `None` for numbers of one server only (MariaDB's UCA 14.0 and others).
pub(super) fn of_collation(id: u64) -> Option<&'static str> {
    let id = CollationId::from(u16::try_from(id).ok()?);
    (id != CollationId::UNKNOWN_COLLATION_ID).then(|| Collation::<'static>::from(id).charset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_charset_decodes_its_own_and_refuses_what_is_not() {
        assert_eq!(Charset::Utf8.decode("北京".as_bytes()).unwrap(), "北京");
        assert_eq!(Charset::Utf8.decode(b"\xff"), None);
        assert_eq!(Charset::Latin1.decode(b"\x80\xe9\x81").unwrap(), "\u{20ac}\u{e9}\u{81}");
        assert_eq!(Charset::Gbk.decode(b"\xb1\xb1\xbe\xa9").unwrap(), "北京");
        assert_eq!(Charset::Gbk.decode(b"\xb1"), None);
        assert_eq!(
            Charset::Gb18030.decode(b"\xa1\xa1\x84\x31\xa6\xd9x").as_deref(),
            GB18030.decode_without_bom_handling_and_without_replacement(b"\xa1\xa1\x84\x31\xa6\xd9x").as_deref()
        );
        for disputed in [b"a\xa3\xa0", b"a\xa6\xd9", b"a\xa6\xf3"] {
            assert_eq!(Charset::Gb18030.decode(disputed), None);
        }
    }

    #[test]
    fn collations_name_their_charset() {
        for (id, name) in [
            (33, Some("utf8mb3")),
            (45, Some("utf8mb4")),
            (255, Some("utf8mb4")),
            (28, Some("gbk")),
            (63, Some("binary")),
        ] {
            assert_eq!(of_collation(id), name, "{id}");
        }
        assert_eq!(of_collation(2312), None);
        assert_eq!(of_collation(1 << 40), None);
    }
}
