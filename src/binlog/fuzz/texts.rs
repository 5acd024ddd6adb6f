//! Texts that people and servers write: positions and statements.

use super::*;
use crate::binlog::position::{self, From, parse};
use crate::binlog::statement;
use crate::binlog::tables::Tables;
use crate::binlog::{Followed, Shapes};
use crate::change::{ColumnShape, Footprint, Position, TableUse};

const TEXT_MULTIPLE: u64 = 512;

const OF_POSITIONS: &[&str] = &[
    "mysql:",
    "mariadb:",
    "file:",
    "now",
    "earliest",
    "434510fa-e6db-11f1-93d7-02fc00000001",
    "434510fae6db11f193d702fc00000001",
    ":",
    "-",
    ",",
    "1",
    "5",
    "0",
    "7-71-",
    "18446744073709551615",
    "9223372036854775807",
    "9223372036854775806",
    "#",
    "bin.000001",
    ":4",
    " ",
    "shop",
    "_",
    "#1-4-00000000",
    "é",
    "\u{0}",
    "+1",
    "1-9223372036854775806",
];

const OF_STATEMENTS: &[&str] = &[
    "CREATE",
    "TABLE",
    "ALTER",
    "RENAME",
    "DROP",
    "TEMPORARY",
    "IF",
    "NOT",
    "EXISTS",
    "OR",
    "REPLACE",
    "LIKE",
    "TO",
    "AS",
    "ADD",
    "COLUMN",
    "MODIFY",
    "CHANGE",
    "FIRST",
    "AFTER",
    "`orders`",
    "orders",
    "shop",
    ".",
    "`a``b`",
    "\"q\"",
    "id",
    "state",
    "(",
    ")",
    ",",
    "INT",
    "VARCHAR",
    "(40)",
    "(10,2)",
    "DECIMAL",
    "ENUM",
    "('a','b''c')",
    "SET",
    "TEXT",
    "(70000)",
    "(4294967295)",
    "UNSIGNED",
    "NOT NULL",
    "PRIMARY KEY",
    "DEFAULT",
    "'a,b'",
    "CHARACTER SET",
    "utf8mb4",
    "gbk",
    "binary",
    "COLLATE",
    "utf8mb4_bin",
    "CONVERT",
    "ENGINE",
    "=",
    "InnoDB",
    "PARTITION BY",
    "COMMENT",
    "'x",
    "\\",
    "/*",
    "*/",
    "/*!50100",
    "/*M!",
    "/*!99999999999",
    "-- ",
    "#",
    "\n",
    ";",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "XA",
    "START",
    "TRUNCATE",
    "UPDATE",
    "INSERT INTO",
    "X'31',X'',1",
    "é",
    "\u{0}",
    "\u{fffd}",
    "0",
    "-1",
    "b'1'",
    "N'x'",
    "_utf8",
    "$$",
    "@",
    "1e",
    "::",
    "||",
];

/// Fragments, with blanks between most of them, and now and then what the script itself holds.
fn text(script: &mut Script<'_>, fragments: &[&str], blanks: bool) -> String {
    let mut text = String::new();
    while !script.is_at_end() {
        match script.byte() % 16 {
            0 => text.push_str(&String::from_utf8_lossy(script.take(6))),
            1 => {
                let (fragment, times) = (script.one_of(fragments), script.below(40));
                text.push_str(&fragment.repeat(times));
            }
            _ => text.push_str(script.one_of(fragments)),
        }
        if blanks && !script.one_in(16) {
            text.push(' ');
        }
    }
    text
}

#[test]
fn positions_are_understood_or_refused_and_print_as_they_are_read() {
    target!(script => {
        let text = text(&mut script, OF_POSITIONS, false);
        bounded(text.len(), TEXT_MULTIPLE, || {
            let at = Position(text.clone());
            if let Ok(parsed) = parse(&at) {
                let printed = parsed.to_position();
                assert_eq!(parse(&printed).as_ref(), Ok(&parsed), "{printed}");
                assert!(parsed.covers(&parsed) && position::reached(&printed, &at), "{printed}");
                assert!(position::comparable(&at, &printed));
            }
            if let Ok(From::At(position)) = text.parse::<From>() {
                assert_eq!(format!("{position}").parse(), Ok(From::At(position)));
            }
            let _ = (position::includes(&at, &text), position::is_gtid(&text), position::is_file(&at));
        });
    });
}

fn shapes() -> Vec<TableShape> {
    let column =
        |name: &str, ty: &str| ColumnShape { name: name.into(), data_type: ty.into(), ..ColumnShape::default() };
    ["orders", "id", "a`b"]
        .map(|table| TableShape {
            table: table.into(),
            columns: vec![column("id", "int"), column("state", "varchar")],
            key: vec!["id".into()],
            ..TableShape::default()
        })
        .to_vec()
}

#[test]
fn statements_are_followed_or_lose_their_tables() {
    target!(script => {
        let (mariadb, folds, version) = (script.one_in(2), script.one_in(2), script.one_of(&[0, 80_040, 101_119]));
        let text = text(&mut script, OF_STATEMENTS, true);
        let mut following = Shapes::new("shop", &shapes(), mariadb, version).folding_case(folds);
        bounded(text.len(), TEXT_MULTIPLE, || {
            let before = following.all();
            match following.follow(&text, "shop") {
                Followed::Nothing => assert_eq!(following.all(), before),
                Followed::Moved => assert_ne!(following.all(), before),
                Followed::Lost(tables) => assert!(tables.iter().all(|table| following.get(table).is_none())),
            }
            // A second statement finds what the first has left.
            let _ = following.follow("ALTER TABLE orders ADD COLUMN again INT FIRST", "shop");
        });
    });
}

#[test]
fn statements_are_classified() {
    let uses = TableUse { table: "orders".into(), columns: vec!["id".into(), "state".into()], key: vec![0] };
    let tables = Tables::new(&Footprint { tables: vec![uses] }, &shapes(), Some("shop"), true);
    target!(script => {
        let text = text(&mut script, OF_STATEMENTS, true);
        bounded(text.len(), TEXT_MULTIPLE, || {
            let _ = (statement::classify(&text, "shop", &tables), statement::first_words(&text));
        });
    });
}
