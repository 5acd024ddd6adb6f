//! MySQL's binary JSON and its partial updates.

use mysql_common::binlog::jsonb::Value as Theirs;
use mysql_common::io::ParseBuf;

use super::*;
use crate::binlog::json::{self, Json};

/// What a byte may stand for at most, in bytes of memory: a number of two bytes is a value of its own, and is printed.
const JSON_MULTIPLE: u64 = 128;

const KEYS: [&str; 6] = ["a", "b", "key", "长", "odd key", ""];

fn tree(script: &mut Script<'_>, depth: usize) -> Json {
    match script.byte() % if depth < 5 { 12 } else { 8 } {
        0 => Json::Null,
        1 => Json::Bool(script.one_in(2)),
        2 => Json::Int(script.odd_number().cast_signed()),
        3 => Json::UInt(script.odd_number()),
        4 => Json::Double(script.one_of(&[0.0, 1.0, -2.5, 1e15, 1e300, 5e-324, 0.1])),
        5 => Json::Text("x\n\"长\u{1}".repeat(script.below(30))),
        6 => Json::Opaque(script.one_of(&[7, 10, 11, 12]), script.odd_number().to_le_bytes().to_vec()),
        7 => Json::Opaque(252, script.take(9).to_vec()),
        8 | 9 => Json::Array((0..script.below(6)).map(|_| tree(script, depth + 1)).collect()),
        _ => {
            let members: std::collections::BTreeMap<(usize, &str), Json> = (0..script.below(6))
                .map(|_| {
                    let key = script.one_of(&KEYS);
                    ((key.len(), key), tree(script, depth + 1))
                })
                .collect();
            Json::Object(members.into_iter().map(|((_, key), value)| (key.to_owned(), value)).collect())
        }
    }
}

/// A document as the server stores it, in small containers or large ones.
fn stored(json: &Json, large: bool) -> Vec<u8> {
    let (ty, value) = parts(json, large);
    [vec![ty], value].concat()
}

fn parts(json: &Json, large: bool) -> (u8, Vec<u8>) {
    match json {
        Json::Null => (4, vec![0]),
        Json::Bool(is) => (4, vec![if *is { 1 } else { 2 }]),
        Json::Int(i) => (9, i.to_le_bytes().to_vec()),
        Json::UInt(u) => (10, u.to_le_bytes().to_vec()),
        Json::Double(d) => (11, d.to_le_bytes().to_vec()),
        Json::Text(text) => (12, [length(text.len()), text.as_bytes().to_vec()].concat()),
        Json::Opaque(field, data) => (15, [vec![*field], length(data.len()), data.clone()].concat()),
        Json::Array(items) => (2 + u8::from(large), container(&[], items.iter().collect(), large)),
        Json::Object(members) => {
            let keys: Vec<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
            (u8::from(large), container(&keys, members.iter().map(|(_, value)| value).collect(), large))
        }
    }
}

fn length(mut n: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while n >= 0x80 {
        bytes.push(n as u8 | 0x80);
        n >>= 7;
    }
    bytes.push(n as u8);
    bytes
}

fn container(keys: &[&str], values: Vec<&Json>, large: bool) -> Vec<u8> {
    let width = if large { 4 } else { 2 };
    let number = |n: usize| n.to_le_bytes()[..width].to_vec();
    let mut at = 2 * width + keys.len() * (width + 2) + values.len() * (width + 1);
    let (mut entries, mut data) = (Vec::new(), Vec::new());
    for key in keys {
        entries.extend([number(at), (key.len() as u16).to_le_bytes().to_vec()].concat());
        data.extend(key.as_bytes());
        at += key.len();
    }
    for value in values.iter().copied() {
        let (ty, bytes) = parts(value, large);
        entries.push(ty);
        if ty == 4 {
            entries.extend(number(usize::from(bytes[0])));
        } else {
            entries.extend(number(at));
            at += bytes.len();
            data.extend(bytes);
        }
    }
    [number(values.len()), number(at), entries, data].concat()
}

/// What the driver's own reader makes of it; what is of an SQL type it prints otherwise.
fn theirs(bytes: &[u8]) -> Option<serde_json::Value> {
    let value: Theirs<'_> = ParseBuf(bytes).parse(()).ok()?;
    value.parse().ok().map(serde_json::Value::from)
}

fn has_opaque(json: &Json) -> bool {
    match json {
        Json::Opaque(..) => true,
        Json::Array(items) => items.iter().any(has_opaque),
        Json::Object(members) => members.iter().any(|(_, value)| has_opaque(value)),
        _ => false,
    }
}

/// Numbers of both as doubles: the one prints a double's fraction and the other does not.
fn alike(ours: &serde_json::Value, theirs: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Number, Object};
    match (ours, theirs) {
        (Number(a), Number(b)) => a.as_f64() == b.as_f64(),
        (Array(a), Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b)),
        (Object(a), Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| alike(value, other)))
        }
        (a, b) => a == b,
    }
}

/// What is accepted is printed as JSON.
fn printed(json: &Json) -> Option<serde_json::Value> {
    let text = json.to_text().ok()?;
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text} is no JSON: {error}")))
}

#[test]
fn documents_are_what_was_stored_and_what_the_driver_reads() {
    target!(script => {
        let large = script.one_in(2);
        let json = tree(&mut script, 0);
        let bytes = stored(&json, large);
        let read = bounded(bytes.len(), JSON_MULTIPLE, || json::read(&bytes));
        assert_eq!(read.as_ref(), Ok(&json));
        let text = bounded(bytes.len(), JSON_MULTIPLE, || printed(&json));
        if let (Some(ours), Some(theirs), false) = (text, theirs(&bytes), has_opaque(&json)) {
            assert!(alike(&ours, &theirs), "{ours} against {theirs}");
        }
    });
}

#[test]
fn damaged_documents_are_read_or_refused() {
    target!(script => {
        let large = script.one_in(2);
        let mut bytes = stored(&tree(&mut script, 0), large);
        for _ in 0..script.times() {
            script.damage(&mut bytes);
        }
        if let Ok(json) = bounded(bytes.len(), JSON_MULTIPLE, || json::read(&bytes)) {
            bounded(bytes.len(), JSON_MULTIPLE, || printed(&json));
        }
    });
}

#[test]
fn arbitrary_documents_are_read_or_refused() {
    target!(script => {
        let bytes = script.rest();
        if let Ok(json) = bounded(bytes.len(), JSON_MULTIPLE, || json::read(bytes)) {
            bounded(bytes.len(), JSON_MULTIPLE, || printed(&json));
        }
    });
}

const LEGS: [&str; 9] = [".a", ".b", ".key", "[0]", "[1]", "[7]", ".\"odd key\"", ".长", ".\"a"];

fn diffs(script: &mut Script<'_>, large: bool) -> Vec<u8> {
    let mut diffs = Vec::new();
    while !script.is_at_end() {
        let operation = script.byte() % 3;
        let legs: String = (0..script.below(4)).map(|_| script.one_of(&LEGS)).collect();
        let path = format!("${legs}");
        diffs.extend([operation, path.len() as u8]);
        diffs.extend(path.as_bytes());
        if operation < 2 {
            let mut value = stored(&tree(script, 3), large);
            value.truncate(250);
            diffs.push(value.len() as u8);
            diffs.extend(value);
        }
        if script.byte() == 3 {
            script.damage(&mut diffs);
        }
    }
    diffs
}

#[test]
fn partial_updates_are_applied_or_refused() {
    target!(script => {
        let large = script.one_in(2);
        let before = stored(&tree(&mut script, 2), large);
        let diffs = diffs(&mut script, large);
        let bytes = before.len() + diffs.len();
        if let Ok(json) = bounded(bytes, JSON_MULTIPLE, || json::patch(&before, &diffs)) {
            bounded(bytes, JSON_MULTIPLE, || printed(&json));
        }
    });
}
