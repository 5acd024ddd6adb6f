//! What statements do to tables, against what the servers then say that the tables are: one statement after another.

use ledgertap::binlog::{Followed, Shapes, Source, Store};
use ledgertap::change::{ColumnShape, TableShape};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts};
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::world;

/// Statements as people and programs write them; what a server refuses is none of its binlog's.
const ODDITIES: &str = include_str!("corpus/ddl.sql");

/// Types with their arguments.
const TYPES: &[&str] = &[
    "INT",
    "INT(11)",
    "INT UNSIGNED",
    "INT(10) UNSIGNED ZEROFILL",
    "INTEGER",
    "TINYINT(1)",
    "BOOL",
    "BOOLEAN",
    "SMALLINT",
    "MEDIUMINT UNSIGNED",
    "BIGINT",
    "BIGINT(20) UNSIGNED",
    "INT4",
    "INT8",
    "INT2",
    "INT1",
    "MIDDLEINT",
    "DECIMAL",
    "DECIMAL(10)",
    "DECIMAL(10,2)",
    "DECIMAL(65,30) UNSIGNED",
    "NUMERIC(8,3)",
    "DEC(5,1)",
    "FIXED(6,2)",
    "FLOAT",
    "FLOAT(7,3)",
    "FLOAT(20)",
    "FLOAT(30)",
    "DOUBLE",
    "DOUBLE PRECISION",
    "REAL",
    "DOUBLE(12,4) UNSIGNED",
    "BIT",
    "BIT(13)",
    "DATE",
    "TIME",
    "TIME(3)",
    "DATETIME",
    "DATETIME(6)",
    "TIMESTAMP NULL",
    "TIMESTAMP(3) NULL",
    "YEAR",
    "CHAR",
    "CHAR(17)",
    "CHARACTER(9)",
    "VARCHAR(40)",
    "CHARACTER VARYING(12)",
    "CHAR VARYING(12)",
    "NATIONAL CHAR(3)",
    "NATIONAL VARCHAR(7)",
    "NCHAR(4)",
    "NATIONAL CHARACTER VARYING(8)",
    "NVARCHAR(6)",
    "VARCHAR(20) CHARACTER SET latin1",
    "VARCHAR(20) CHARSET gbk",
    "VARCHAR(20) CHARACTER SET utf8",
    "VARCHAR(20) COLLATE utf8mb4_bin",
    "VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
    "VARCHAR(20) CHARACTER SET binary",
    "CHAR(5) BYTE",
    "VARCHAR(9) ASCII",
    "VARCHAR(9) BINARY",
    "TEXT",
    "TEXT(100)",
    "TEXT(60000)",
    "TINYTEXT",
    "MEDIUMTEXT CHARACTER SET gbk",
    "LONGTEXT",
    "LONG",
    "LONG VARCHAR",
    "LONG VARBINARY",
    "BINARY(4)",
    "BINARY",
    "VARBINARY(99)",
    "BLOB",
    "BLOB(10)",
    "BLOB(70000)",
    "TINYBLOB",
    "MEDIUMBLOB",
    "LONGBLOB",
    "ENUM('a','b''c','逗,号','')",
    "ENUM('x') CHARACTER SET latin1",
    "SET('a','b','c')",
    "JSON",
    "GEOMETRY",
    "POINT",
    "LINESTRING",
    "GEOMETRYCOLLECTION",
];

const ATTRIBUTES: &[&str] = &[
    "",
    "",
    "NULL",
    "NOT NULL",
    "COMMENT 'a, (b) it''s'",
    "NOT NULL COMMENT \"x\"",
    "DEFAULT NULL",
    "/* a comment, DROP x */",
    "/*!50100 COMMENT 'hinted' */",
];

const OPTIONS: &[&str] = &[
    "",
    "",
    "ENGINE=InnoDB",
    "ENGINE = 'InnoDB' DEFAULT CHARSET=utf8mb4 COMMENT='t, (x)'",
    "DEFAULT CHARACTER SET gbk",
    "CHARSET=latin1 ROW_FORMAT=DYNAMIC",
    "COLLATE utf8mb4_general_ci, COMMENT 'x'",
    "/*!50100 PARTITION BY HASH (id) PARTITIONS 3 */",
    "AUTO_INCREMENT=17 DEFAULT CHARSET = utf8 COLLATE = utf8_bin",
    "PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), \
     PARTITION p1 VALUES LESS THAN MAXVALUE)",
];

/// Statements of one kind after another, on tables that come and go; the same on every machine.
struct Author {
    dice: ChaCha8Rng,
    names: u32,
}

impl Author {
    fn name(&mut self) -> String {
        self.names += 1;
        format!("c{}", self.names)
    }

    fn any<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.choose(&mut self.dice).unwrap()
    }

    fn column(&mut self, name: &str) -> String {
        let (ty, attributes) = (self.any(TYPES), self.any(ATTRIBUTES));
        // TIMESTAMP NULL says so itself.
        if ty.ends_with("NULL") { format!("`{name}` {ty}") } else { format!("`{name}` {ty} {attributes}") }
    }

    fn create(&mut self, table: &str) -> String {
        let mut parts = vec![
            self.any(&[
                "id INT PRIMARY KEY",
                "id INT NOT NULL AUTO_INCREMENT, PRIMARY KEY (id)",
                "id INT NOT NULL, CONSTRAINT PRIMARY KEY USING BTREE (id)",
            ])
            .to_owned(),
        ];
        for _ in 0..self.dice.random_range(3..9) {
            let name = self.name();
            parts.push(self.column(&name));
        }
        let lead = self.any(&["CREATE TABLE", "create table if not exists", "CREATE /* x */ TABLE"]);
        format!("{lead} {table} ({}) {}", parts.join(", "), self.any(OPTIONS))
    }

    fn alter(&mut self, shape: &TableShape) -> String {
        let others: Vec<&str> = shape.columns.iter().map(|c| c.name.as_str()).filter(|n| *n != "id").collect();
        let mut clauses = Vec::new();
        let mut touched: Vec<String> = Vec::new();
        for _ in 0..self.dice.random_range(1..4) {
            let old = others.choose(&mut self.dice).copied().unwrap_or("id").to_owned();
            let fresh = self.name();
            let place = match self.dice.random_range(0..4) {
                0 => " FIRST".to_owned(),
                1 => " AFTER `id`".to_owned(),
                _ => String::new(),
            };
            let free = !touched.contains(&old) && old != "id";
            let kind = self.dice.random_range(0..12);
            clauses.push(match kind {
                0 | 1 => format!("ADD COLUMN {}{place}", self.column(&fresh)),
                2 => {
                    let second = self.name();
                    format!("ADD ({}, {})", self.column(&fresh), self.column(&second))
                }
                3 | 4 if free => format!("MODIFY COLUMN {}{place}", self.column(&old)),
                5 if free => format!("CHANGE `{old}` {}{place}", self.column(&fresh)),
                6 if free && others.len() > 2 => format!("DROP COLUMN `{old}`"),
                7 if free => format!("RENAME COLUMN {old} TO {fresh}"),
                8 => self
                    .any(&[
                        "ENGINE=InnoDB",
                        "COMMENT = 'again, and (again)'",
                        "ROW_FORMAT=DYNAMIC",
                        "FORCE",
                        "AUTO_INCREMENT=99",
                    ])
                    .to_owned(),
                9 => format!("ADD INDEX i{fresh} (id)"),
                10 => self
                    .any(&[
                        "DEFAULT CHARACTER SET utf8mb4",
                        "DEFAULT CHARSET=latin1",
                        "ALTER id SET DEFAULT 5",
                        "ENGINE=InnoDB COLLATE=utf8mb4_bin",
                    ])
                    .to_owned(),
                _ => format!("ADD {}", self.column(&fresh)),
            });
            touched.push(old);
        }
        let lead = self.any(&["ALTER TABLE", "alter table", "ALTER  /* why */ TABLE"]);
        format!("{lead} `{}` {}", shape.table, clauses.join(", "))
    }
}

/// A column as far as rows are decoded by it.
fn plain(column: &ColumnShape, mariadb: bool) -> ColumnShape {
    // A collation says nothing about a row's bytes, and is not followed.
    let mut plain = ColumnShape { collation: None, ..column.clone() };
    // MariaDB calls a compressed column's type by another name, and MySQL one geometry type by two.
    if plain.data_type == "geomcollection" {
        plain.data_type = "geometrycollection".into();
    }
    // Display widths and what only says how a number is shown.
    let sized = ["char", "varchar", "decimal", "binary", "varbinary", "bit"];
    if !sized.contains(&plain.data_type.as_str()) || mariadb && plain.data_type == "bit" {
        plain.size = vec![];
    }
    plain
}

fn same(ours: &TableShape, said: &TableShape, mariadb: bool) -> bool {
    let columns = |shape: &TableShape| shape.columns.iter().map(|c| plain(c, mariadb)).collect::<Vec<_>>();
    // An engine that the statement does not name is the server's to know.
    let engine = ours.engine.is_empty() || ours.engine.eq_ignore_ascii_case(&said.engine);
    columns(ours) == columns(said) && ours.key == said.key && engine
}

async fn oracle(root: String, mariadb: bool) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut conn = Conn::new(Opts::from_url(&root).unwrap()).await.unwrap();
    let name = format!("ddl_{}_{}", if mariadb { "mariadb" } else { "mysql" }, std::process::id());
    for statement in
        [format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"), format!("USE {name}"), "SET sql_mode = ''".to_owned()]
    {
        conn.query_drop(statement).await.unwrap();
    }
    if mariadb {
        conn.query_drop("SET explicit_defaults_for_timestamp = 1").await.unwrap();
    }
    let mut store = Store::connect(&Source::from_url(&format!("{root}/{name}")).unwrap()).await.unwrap();
    let version = if mariadb { 101_119 } else { 90_704 };
    let mut shapes = Shapes::new(&name, &[], mariadb, version);
    let begun = format!("CREATE DATABASE {name} CHARACTER SET utf8mb4");
    let _ = shapes.follow(&begun, &name);
    let mut author = Author { dice: ChaCha8Rng::seed_from_u64(7), names: 0 };
    let mut written: Vec<String> =
        ODDITIES.split(";\n").map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect();
    written.reverse();
    let (mut accepted, mut lost, mut wrong, mut tables) = (0, Vec::new(), Vec::new(), Vec::<String>::new());
    while accepted < 560 {
        let statement = written.pop().unwrap_or_else(|| {
            let known: Vec<&TableShape> = tables.iter().filter_map(|t| shapes.get(t)).collect();
            if known.len() > 8 {
                let old = tables.choose(&mut author.dice).unwrap();
                return format!("DROP TABLE `{}`", old.replace('`', "``"));
            }
            if known.len() < 4 || author.dice.random_range(0..5) == 0 {
                let table = format!("t{}", author.names);
                return author.create(&table);
            }
            let shape = (*known.choose(&mut author.dice).unwrap()).clone();
            author.alter(&shape)
        });
        if conn.query_drop(&statement).await.is_err() {
            continue;
        }
        accepted += 1;
        tables = conn
            .query(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type <> 'VIEW'",
            )
            .await
            .unwrap();
        if let Followed::Lost(_) = shapes.follow(&statement, &name) {
            lost.push(statement.clone());
        }
        let said = store.shapes(&tables).await.unwrap();
        let mut repaired = shapes.all();
        for said in &said {
            let ours = shapes.get(&said.table);
            if ours.is_some_and(|ours| same(ours, said, mariadb)) {
                continue;
            }
            match ours {
                Some(ours) => wrong.push(format!("{statement}\n  ours {ours:?}\n  said {said:?}")),
                // A table that is made by a statement that is not understood is not known; nothing is claimed of it.
                None if !lost.contains(&statement) => lost.push(statement.clone()),
                None => {}
            }
            repaired.retain(|shape| shape.table != said.table);
            repaired.push(said.clone());
        }
        if shapes.all() != repaired {
            shapes = Shapes::new(&name, &repaired, mariadb, version);
            // All tables of the database are known.
            let _ = shapes.follow(&begun, &name);
        }
    }
    conn.query_drop(format!("DROP DATABASE {name}")).await.unwrap();
    assert!(wrong.is_empty(), "{} of {accepted} are wrong:\n{}", wrong.len(), wrong[..wrong.len().min(5)].join("\n"));
    let read = 100 * (accepted - lost.len()) / accepted;
    println!("{accepted} statements, {read} % read; not read: {lost:#?}");
    assert!(read >= 97, "{read} % of {accepted} were read; not: {lost:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_what_mariadb_says_after_every_statement() {
    oracle(world::mariadb(), true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_what_mysql_says_after_every_statement() {
    oracle(world::mysql(), false).await;
}
