//! MySQL's binary JSON: read into a tree, changed by partial updates, printed as the server prints it.
//!
//! Layout (`sql-common/json_binary.h`): a type byte, then the value. Objects and arrays hold a count, their size, then entries
//! of keys (offset, length) and values (type, offset or the value itself), all offsets from the container's own start. Partial
//! updates (`sql-common/json_diff.h`) are lists of operation, path and value.
//!
//! Offsets may point anywhere, so that a few bytes could stand for very many values: what is read is bounded by the bytes that
//! a document has, because none of the server's own uses a byte twice.

use base64::Engine as _;

use super::codec::{Undecodable, decimal_text, fraction};
use super::cursor::{Cursor, little_endian};
use super::print;

/// How deep the server lets documents nest.
const DEPTH_MAX: usize = 100;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Double(f64),
    Text(String),
    /// A value of an SQL type, by its type code.
    Opaque(u8, Vec<u8>),
    Array(Vec<Json>),
    /// In the server's order: by length of the key, then by its bytes.
    Object(Vec<(String, Json)>),
}

const MALFORMED: Undecodable = Undecodable::Malformed;

/// Reads a document. No bytes at all are the JSON `null` of an invalid insert into a NOT NULL column.
pub(super) fn read(bytes: &[u8]) -> Result<Json, Undecodable> {
    read_at(bytes, 0)
}

/// Reads a value that stands so deep in a document.
fn read_at(bytes: &[u8], depth: usize) -> Result<Json, Undecodable> {
    let Some((&ty, value)) = bytes.split_first() else { return Ok(Json::Null) };
    Reader { values: bytes.len(), bytes: bytes.len() }.value(ty, value, depth)
}

/// What may still be read.
struct Reader {
    values: usize,
    bytes: usize,
}

impl Reader {
    fn value(&mut self, ty: u8, bytes: &[u8], depth: usize) -> Result<Json, Undecodable> {
        self.values = self.values.checked_sub(1).ok_or(MALFORMED)?;
        if depth > DEPTH_MAX {
            return Err(MALFORMED);
        }
        let fixed = |n: usize| bytes.get(..n).map(little_endian).ok_or(MALFORMED);
        Ok(match ty {
            0 | 1 => self.object(bytes, ty == 1, depth)?,
            2 | 3 => self.array(bytes, ty == 3, depth)?,
            4 => match bytes.first() {
                Some(0) => Json::Null,
                Some(1) => Json::Bool(true),
                Some(2) => Json::Bool(false),
                _ => return Err(MALFORMED),
            },
            5 => Json::Int(i64::from(fixed(2)? as u16 as i16)),
            6 => Json::UInt(fixed(2)?),
            7 => Json::Int(i64::from(fixed(4)? as u32 as i32)),
            8 => Json::UInt(fixed(4)?),
            9 => Json::Int(fixed(8)?.cast_signed()),
            10 => Json::UInt(fixed(8)?),
            // JSON has no word for what is not a number, and the server stores none.
            11 => Json::Double(Some(f64::from_bits(fixed(8)?)).filter(|d| d.is_finite()).ok_or(MALFORMED)?),
            12 => {
                let (length, text) = variable_length(bytes)?;
                Json::Text(self.text(text.get(..length).ok_or(MALFORMED)?)?)
            }
            15 => {
                let (&field, rest) = bytes.split_first().ok_or(MALFORMED)?;
                let (length, data) = variable_length(rest)?;
                let data = data.get(..length).ok_or(MALFORMED)?;
                self.spend(data.len())?;
                Json::Opaque(field, data.to_vec())
            }
            _ => return Err(MALFORMED),
        })
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Undecodable> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or(MALFORMED)?;
        Ok(())
    }

    fn text(&mut self, bytes: &[u8]) -> Result<String, Undecodable> {
        self.spend(bytes.len())?;
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Undecodable::Charset)
    }

    fn object(&mut self, bytes: &[u8], large: bool, depth: usize) -> Result<Json, Undecodable> {
        let mut head = Head::read(bytes, large)?;
        // Keys without bytes of their own still have their entries.
        self.spend(head.count.checked_mul(head.key_bytes()).ok_or(MALFORMED)?)?;
        let mut keys = Vec::new();
        for _ in 0..head.count {
            let offset = head.number()?;
            let length = head.two()?;
            let end = offset.checked_add(length).ok_or(MALFORMED)?;
            keys.push(self.text(head.bytes.get(offset..end).ok_or(MALFORMED)?)?);
        }
        let mut members = Vec::new();
        for key in keys {
            members.push((key, self.entry(&mut head, depth)?));
        }
        Ok(Json::Object(members))
    }

    fn array(&mut self, bytes: &[u8], large: bool, depth: usize) -> Result<Json, Undecodable> {
        let mut head = Head::read(bytes, large)?;
        let mut items = Vec::new();
        for _ in 0..head.count {
            items.push(self.entry(&mut head, depth)?);
        }
        Ok(Json::Array(items))
    }

    /// A value's entry: small ones stand in it themselves.
    fn entry(&mut self, head: &mut Head<'_>, depth: usize) -> Result<Json, Undecodable> {
        let ty = head.one()?;
        let inlined = matches!(ty, 4..=6) || (head.large && matches!(ty, 7 | 8));
        if inlined {
            let here = head.rest();
            head.number()?;
            return self.value(ty, here, depth + 1);
        }
        let offset = head.number()?;
        self.value(ty, head.bytes.get(offset..).ok_or(MALFORMED)?, depth + 1)
    }
}

/// A container's entries.
struct Head<'a> {
    /// The container, as far as its size says.
    bytes: &'a [u8],
    at: usize,
    large: bool,
    count: usize,
}

impl<'a> Head<'a> {
    fn read(bytes: &'a [u8], large: bool) -> Result<Head<'a>, Undecodable> {
        let mut head = Head { bytes, at: 0, large, count: 0 };
        let (count, size) = (head.number()?, head.number()?);
        head.count = count;
        head.bytes = bytes.get(..size).ok_or(MALFORMED)?;
        Ok(head)
    }

    /// A key's entry: where it is and how long.
    fn key_bytes(&self) -> usize {
        if self.large { 6 } else { 4 }
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, n: usize) -> Result<usize, Undecodable> {
        let bytes = self.rest().get(..n).ok_or(MALFORMED)?;
        self.at += n;
        usize::try_from(little_endian(bytes)).map_err(|_| MALFORMED)
    }

    fn one(&mut self) -> Result<u8, Undecodable> {
        self.take(1).and_then(|n| u8::try_from(n).map_err(|_| MALFORMED))
    }

    fn two(&mut self) -> Result<usize, Undecodable> {
        self.take(2)
    }

    /// A count, size or offset.
    fn number(&mut self) -> Result<usize, Undecodable> {
        self.take(if self.large { 4 } else { 2 })
    }
}

/// Seven bits a byte, the lowest first; the top bit says that more follow.
fn variable_length(bytes: &[u8]) -> Result<(usize, &[u8]), Undecodable> {
    let mut length = 0usize;
    for (i, &byte) in bytes.iter().enumerate().take(5) {
        length |= usize::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return Ok((length, &bytes[i + 1..]));
        }
    }
    Err(MALFORMED)
}

impl Json {
    /// As the server prints it.
    pub fn to_text(&self) -> Result<String, Undecodable> {
        let mut text = String::new();
        self.write(&mut text)?;
        Ok(text)
    }

    fn write(&self, text: &mut String) -> Result<(), Undecodable> {
        match self {
            Json::Null => text.push_str("null"),
            Json::Bool(b) => text.push_str(if *b { "true" } else { "false" }),
            Json::Int(i) => text.push_str(&i.to_string()),
            Json::UInt(u) => text.push_str(&u.to_string()),
            Json::Double(d) => text.push_str(&print::json_double(*d)),
            Json::Text(s) => quote(s, text),
            Json::Opaque(field, data) => opaque(*field, data, text)?,
            Json::Array(items) => {
                text.push('[');
                for (i, item) in items.iter().enumerate() {
                    text.push_str(if i == 0 { "" } else { ", " });
                    item.write(text)?;
                }
                text.push(']');
            }
            Json::Object(members) => {
                text.push('{');
                for (i, (key, value)) in members.iter().enumerate() {
                    text.push_str(if i == 0 { "" } else { ", " });
                    quote(key, text);
                    text.push_str(": ");
                    value.write(text)?;
                }
                text.push('}');
            }
        }
        Ok(())
    }
}

fn quote(plain: &str, text: &mut String) {
    text.push('"');
    for c in plain.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            c if c < ' ' => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => text.push(c),
        }
    }
    text.push('"');
}

/// Type codes of values that have a text of their own.
const TIMESTAMP: u8 = 7;
const DATE: u8 = 10;
const TIME: u8 = 11;
const DATETIME: u8 = 12;
const NEWDECIMAL: u8 = 246;

fn opaque(field: u8, data: &[u8], text: &mut String) -> Result<(), Undecodable> {
    match field {
        NEWDECIMAL => {
            let [precision, scale, digits @ ..] = data else { return Err(MALFORMED) };
            let (precision, scale) = (usize::from(*precision), usize::from(*scale));
            if scale > precision || precision > 65 {
                return Err(MALFORMED);
            }
            text.push_str(&decimal_text(digits, precision, scale)?);
        }
        DATE | TIME | DATETIME | TIMESTAMP => {
            let packed = data.first_chunk::<8>().filter(|_| data.len() == 8).ok_or(MALFORMED)?;
            text.push_str(&format!("\"{}\"", temporal(field, i64::from_le_bytes(*packed))));
        }
        other => {
            let data = base64::prelude::BASE64_STANDARD.encode(data);
            text.push_str(&format!("\"base64:type{other}:{data}\""));
        }
    }
    Ok(())
}

/// The server's packed time (`my_time.h`): year × 13 + month, day, hour, minute, second, then 24 bits of microseconds.
fn temporal(field: u8, packed: i64) -> String {
    let sign = if packed < 0 { "-" } else { "" };
    let packed = packed.unsigned_abs();
    let (whole, micros) = (packed >> 24, packed & 0xff_ffff);
    let (minute, second, fraction) = ((whole >> 6) & 63, whole & 63, fraction(micros, 6));
    if field == TIME {
        return format!("{sign}{:02}:{minute:02}:{second:02}{fraction}", (whole >> 12) & 0x3ff);
    }
    let (day, hour) = ((whole >> 17) & 31, (whole >> 12) & 31);
    let months = whole >> 22;
    let date = format!("{:04}-{:02}-{day:02}", months / 13, months % 13);
    if field == DATE { date } else { format!("{date} {hour:02}:{minute:02}:{second:02}{fraction}") }
}

/// Applies a partial update to the document that was there before.
pub(super) fn patch(before: &[u8], diffs: &[u8]) -> Result<Json, Undecodable> {
    let mut document = read(before)?;
    let mut diffs = Cursor::new(diffs, "a partial JSON update");
    while !diffs.is_empty() {
        let operation = diffs.u8().map_err(|_| MALFORMED)?;
        let path = diffs.lenenc_bytes().map_err(|_| MALFORMED)?;
        let path = std::str::from_utf8(path).map_err(|_| MALFORMED)?;
        let mut legs = legs(path).ok_or(MALFORMED)?;
        let value = match operation {
            // Together they are as deep as one document may be.
            0 | 1 => Some(read_at(diffs.lenenc_bytes().map_err(|_| MALFORMED)?, legs.len())?),
            2 => None,
            _ => return Err(MALFORMED),
        };
        let Some(last) = legs.pop() else {
            // The whole document can be replaced, and nothing else be done to it.
            document = value.filter(|_| operation == 0).ok_or(MALFORMED)?;
            continue;
        };
        let parent = legs.iter().try_fold(&mut document, |at, leg| at.find(leg)).ok_or(MALFORMED)?;
        parent.change(&last, operation == 1, value).ok_or(MALFORMED)?;
    }
    Ok(document)
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
enum Leg {
    Member(String),
    Item(usize),
    /// Counted from the last, which is 0.
    FromEnd(usize),
}

impl Leg {
    /// Which item of so many is meant; one that is not there lies at their end or, counted from it, at their beginning.
    fn item(&self, count: usize) -> Option<(usize, bool)> {
        match self {
            Leg::Member(_) => None,
            Leg::Item(at) => Some(((*at).min(count), *at < count)),
            Leg::FromEnd(back) => Some((count.saturating_sub(back.saturating_add(1)), *back < count)),
        }
    }
}

impl Json {
    fn find(&mut self, leg: &Leg) -> Option<&mut Json> {
        match (self, leg) {
            (Json::Object(members), Leg::Member(key)) => members.iter_mut().find(|(k, _)| k == key).map(|(_, v)| v),
            (Json::Array(items), leg) => {
                let (at, _) = leg.item(items.len()).filter(|(_, there)| *there)?;
                items.get_mut(at)
            }
            _ => None,
        }
    }

    /// Replaces, inserts or (without a value) removes what `leg` names; `None` where that cannot be done exactly.
    fn change(&mut self, leg: &Leg, inserts: bool, value: Option<Json>) -> Option<()> {
        match (self, leg) {
            (Json::Object(members), Leg::Member(key)) => {
                let found = members.iter().position(|(k, _)| k == key);
                match (found, value) {
                    (Some(at), Some(value)) if !inserts => members[at].1 = value,
                    (Some(at), None) => drop(members.remove(at)),
                    (None, Some(value)) if inserts => {
                        let order = |k: &str| (k.len(), k.as_bytes().to_vec());
                        let at = members.partition_point(|(k, _)| order(k) < order(key));
                        members.insert(at, (key.clone(), value));
                    }
                    _ => return None,
                }
            }
            (Json::Array(items), leg) => {
                let (at, there) = leg.item(items.len())?;
                match value {
                    Some(value) if inserts => items.insert(at, value),
                    Some(value) if there => items[at] = value,
                    None if there => drop(items.remove(at)),
                    _ => return None,
                }
            }
            _ => return None,
        }
        Some(())
    }
}

/// The steps of `$.a."b c"[3]`.
fn legs(path: &str) -> Option<Vec<Leg>> {
    let mut rest = path.strip_prefix('$')?;
    let mut legs = Vec::new();
    while !rest.is_empty() {
        if let Some(item) = rest.strip_prefix('[') {
            let (number, after) = item.split_once(']')?;
            let number = number.trim();
            legs.push(match number.strip_prefix("last") {
                Some(back) if back.trim().is_empty() => Leg::FromEnd(0),
                Some(back) => Leg::FromEnd(back.trim_start().strip_prefix('-')?.trim().parse().ok()?),
                None => Leg::Item(number.parse().ok()?),
            });
            rest = after;
        } else if let Some(member) = rest.strip_prefix('.') {
            if member.starts_with('"') {
                let mut quoted = serde_json::Deserializer::from_str(member).into_iter::<String>();
                legs.push(Leg::Member(quoted.next()?.ok()?));
                rest = &member[quoted.byte_offset()..];
            } else {
                let end = member.find(['.', '[']).unwrap_or(member.len());
                legs.push(Leg::Member(member[..end].to_owned()));
                rest = &member[end..];
            }
        } else {
            return None;
        }
    }
    Some(legs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_printed_as_the_server_prints_it() {
        // {"a": 1, "bc": [true, null, "x\n"]}, as MySQL 9.7 stores it.
        let array = [3, 0, 18, 0, 4, 1, 0, 4, 0, 0, 12, 13, 0, 2, b'x', b'\n'];
        let mut bytes = vec![0, 2, 0, 0, 0, 18, 0, 1, 0, 19, 0, 2, 0, 5, 1, 0, 2, 21, 0, b'a', b'b', b'c'];
        // The array's own size counts from its start.
        let mut inner = array.to_vec();
        inner[2] = 16;
        bytes.extend(&inner);
        let size = u8::try_from(bytes.len() - 1).unwrap();
        bytes[3] = size;
        assert_eq!(read(&bytes).and_then(|j| j.to_text()).as_deref(), Ok(r#"{"a": 1, "bc": [true, null, "x\n"]}"#));
        assert!(read(&bytes[..bytes.len() - 1]).is_err());
    }

    #[test]
    fn a_few_bytes_cannot_stand_for_many_values() {
        // An array whose entries all point at the array itself.
        let mut bytes = vec![2, 100, 0, 0, 0];
        for _ in 0..100 {
            bytes.extend([2, 0, 0]);
        }
        let size = u16::try_from(bytes.len() - 1).unwrap().to_le_bytes();
        bytes[3..5].copy_from_slice(&size);
        assert_eq!(read(&bytes), Err(MALFORMED));
    }

    #[test]
    fn a_path_has_members_and_items() {
        let member = |key: &str| Leg::Member(key.to_owned());
        assert_eq!(
            legs(r#"$.a."b \"c".d[3][0]"#).unwrap(),
            [member("a"), member("b \"c"), member("d"), Leg::Item(3), Leg::Item(0)]
        );
        assert_eq!(legs("$"), Some(vec![]));
        assert_eq!(legs("$[last][last-2]"), Some(vec![Leg::FromEnd(0), Leg::FromEnd(2)]));
        assert!(legs("a").is_none() && legs("$[x]").is_none() && legs("$.\"a").is_none());
    }

    /// As the server logs `[last]` of JSON_REMOVE and an index past the end of JSON_SET: the way that they were written.
    #[test]
    fn an_item_may_be_counted_from_the_last_and_lie_past_the_end() {
        let items = |n: usize| Json::Array((0..n).map(|i| Json::UInt(i as u64)).collect());
        let changed = |n: usize, path: &str, inserts: bool, value: Option<Json>| {
            let mut array = items(n);
            let leg = legs(path).unwrap().pop().unwrap();
            array.change(&leg, inserts, value).and_then(|()| array.to_text().ok())
        };
        let null = || Some(Json::Null);
        for (path, inserts, value, after) in [
            ("$[last]", false, None, Some("[0, 1]")),
            ("$[last-2]", false, None, Some("[1, 2]")),
            ("$[last-3]", false, None, None),
            ("$[last]", false, null(), Some("[0, 1, null]")),
            ("$[3]", false, null(), None),
            ("$[9]", true, null(), Some("[0, 1, 2, null]")),
            ("$[last-9]", true, null(), Some("[null, 0, 1, 2]")),
        ] {
            assert_eq!(changed(3, path, inserts, value).as_deref(), after, "{path}");
        }
        assert_eq!(changed(0, "$[last]", true, null()).as_deref(), Some("[null]"));
    }

    #[test]
    fn what_a_partial_update_does_not_find_is_refused() {
        let null = [4, 0];
        let remove = [2, 3, b'$', b'.', b'a'];
        assert_eq!(patch(&null, &remove), Err(MALFORMED));
        assert_eq!(patch(&null, &[0, 1, b'$', 2, 4, 1]), Ok(Json::Bool(true)));
    }
}
