//! Statements by the table: what they do to `t(id INT PRIMARY KEY, name VARCHAR(20) gbk, price DECIMAL(10,2))`.

use super::super::shapes::{Followed, Shapes};
use super::*;
use crate::change::TableShape;

const T: &str =
    "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(20) CHARACTER SET gbk, price DECIMAL(10,2)) CHARSET utf8";

fn shapes() -> Shapes {
    let mut shapes = Shapes::new("shop", &[], false, 90_704);
    assert_eq!(shapes.follow(T, "shop"), Followed::Moved);
    shapes
}

/// Columns as `name:type`.
fn columns(shape: Option<&TableShape>) -> String {
    let column = |c: &ColumnShape| format!("{}:{}", c.name, c.data_type);
    shape.map_or("-".into(), |s| s.columns.iter().map(column).collect::<Vec<_>>().join(" "))
}

#[test]
fn statements_move_columns() {
    for (sql, after) in [
        ("ALTER TABLE t ADD a INT AFTER id, DROP price", "id:int a:int name:varchar"),
        ("ALTER TABLE t ADD (a INT, b TEXT(300))", "id:int name:varchar price:decimal a:int b:text"),
        ("ALTER TABLE shop.t CHANGE COLUMN name title VARCHAR(30) FIRST", "title:varchar id:int price:decimal"),
        ("ALTER TABLE t RENAME COLUMN name TO title, ADD name INT", "id:int title:varchar price:decimal name:int"),
        (
            "ALTER TABLE t ADD COLUMN c SET('x,y', 'it''s') NOT NULL DEFAULT 'x,y' COMMENT 'a, b' FIRST",
            "c:set id:int name:varchar price:decimal",
        ),
        ("ALTER TABLE other.t DROP name", "id:int name:varchar price:decimal"),
        (
            "ALTER TABLE t ADD INDEX i (name(5)), ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES u (id), ENGINE='InnoDB'",
            "id:int name:varchar price:decimal",
        ),
        (
            "ALTER TABLE t MODIFY id BIGINT UNSIGNED ZEROFILL AUTO_INCREMENT PARTITION BY HASH (id) PARTITIONS 4",
            "id:bigint name:varchar price:decimal",
        ),
        ("ALTER TABLE t /*!50100 ADD h INT */", "id:int name:varchar price:decimal h:int"),
        ("ALTER TABLE t DROP COLUMN name, ADD COLUMN name JSON", "id:int price:decimal name:json"),
        ("ALTER TABLE t RENAME COLUMN name TO price, RENAME COLUMN price TO name", "id:int price:varchar name:decimal"),
        (
            "ALTER TABLE t CHANGE name price VARCHAR(9), CHANGE price name INT, ADD a INT AFTER price",
            "id:int price:varchar a:int name:int",
        ),
        ("ALTER TABLE t ADD a INT AFTER price, RENAME COLUMN name TO price, DROP price", "id:int price:varchar a:int"),
        (
            "SET STATEMENT max_statement_time=60, lock_wait_timeout=(1+1) FOR ALTER TABLE t DROP name",
            "id:int price:decimal",
        ),
        (
            "ALTER TABLE t ADD a INT REFERENCES u (id) ON UPDATE SET DEFAULT ON DELETE SET DEFAULT FIRST",
            "a:int id:int name:varchar price:decimal",
        ),
        ("ALTER TABLE t CHANGE COLUMN IF EXISTS x name INT", "id:int name:varchar price:decimal"),
        ("ALTER TABLE t RENAME u", "-"),
        ("DROP TABLE x, `t`", "-"),
    ] {
        let mut shapes = shapes();
        let _ = shapes.follow(sql, "shop");
        assert_eq!(columns(shapes.get("t")), after, "{sql}");
    }
}

/// MySQL logs the statement where it does nothing, too.
#[test]
fn a_table_that_may_be_there_is_made_only_where_it_is_known_not_to_be() {
    let make = "CREATE TABLE IF NOT EXISTS u (a INT)";
    for (mariadb, before, made) in [
        (false, "", false),
        (true, "", true),
        (false, "DROP TABLE IF EXISTS u", true),
        (false, "CREATE DATABASE shop", true),
        (false, "CREATE DATABASE IF NOT EXISTS shop", false),
        (false, "CREATE DATABASE other", false),
        (false, "DROP DATABASE shop", true),
        (false, "RENAME TABLE u TO v", true),
    ] {
        let mut shapes = Shapes::new("shop", &[], mariadb, 0);
        for sql in [before, make] {
            let _ = shapes.follow(sql, "shop");
        }
        assert_eq!(shapes.get("u").is_some(), made, "{before}");
    }
}

#[test]
fn a_labels_blanks_count_where_it_is_bytes() {
    let mut shapes = Shapes::new("shop", &[], false, 0);
    let _ = shapes.follow("CREATE TABLE b (a ENUM('a ') CHARACTER SET binary, b ENUM('b ')) CHARSET utf8mb4", "shop");
    let labels: Vec<&String> =
        shapes.get("b").map(|s| s.columns.iter().flat_map(|c| &c.labels).collect()).unwrap_or_default();
    assert_eq!(labels, ["a ", "b"]);
}

#[test]
fn a_swap_moves_both_tables() {
    let mut shapes = shapes();
    for sql in ["CREATE TABLE _t_gho LIKE t", "ALTER TABLE _t_gho ADD x INT", "RENAME TABLE t TO _t_del, _t_gho TO t"] {
        assert_eq!(shapes.follow(sql, "shop"), Followed::Moved, "{sql}");
    }
    assert_eq!(columns(shapes.get("t")), "id:int name:varchar price:decimal x:int");
    assert_eq!(columns(shapes.get("_t_del")), "id:int name:varchar price:decimal");
}

#[test]
fn values_are_kept_by_what_widens() {
    let of = |ty: &str| {
        let mut shapes = Shapes::new("shop", &[], false, 0);
        let _ = shapes.follow(&format!("CREATE TABLE k (v {ty}) CHARSET utf8mb4"), "shop");
        shapes.get("k").map(|s| s.columns[0].clone()).unwrap_or_else(|| panic!("{ty}"))
    };
    for (before, after, kept) in [
        ("INT", "BIGINT", true),
        ("INT", "SMALLINT", false),
        ("INT", "INT UNSIGNED", false),
        ("VARCHAR(10)", "VARCHAR(20)", true),
        ("VARCHAR(20)", "VARCHAR(10)", false),
        ("VARCHAR(20) CHARACTER SET utf8mb3", "VARCHAR(20)", true),
        ("VARCHAR(20) CHARACTER SET gbk", "VARCHAR(20)", false),
        ("VARCHAR(20)", "TEXT", true),
        ("TEXT", "LONGTEXT", true),
        ("TEXT", "VARCHAR(100)", false),
        ("DECIMAL(10,2)", "DECIMAL(12,2)", true),
        ("DECIMAL(10,2)", "DECIMAL(12,3)", false),
        ("ENUM('a','b')", "ENUM('a','b','c')", true),
        ("ENUM('a','b')", "ENUM('b','a')", false),
        ("INT", "INT NOT NULL", false),
        ("INT NOT NULL", "INT", true),
        ("DATETIME", "DATETIME(3)", false),
        ("INT", "INT DEFAULT 7 COMMENT 'x'", true),
        ("BLOB", "LONGBLOB", true),
        ("DOUBLE", "FLOAT", false),
    ] {
        assert_eq!(keeps_values(&of(before), &of(after)), kept, "{before} to {after}");
    }
}
