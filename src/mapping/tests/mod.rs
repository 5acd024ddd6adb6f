//! A small shop of our own, and the mapping of it that the tests vary.

mod conditions;
mod ecshop;
mod evaluation;
mod groups;
mod incremental;
mod refusals;
mod typed;

use std::collections::BTreeMap;

use crate::change::{ColumnShape, TableShape};

use super::{Bound, Mapping, MappingError};

/// The files of a mapping that has no fault.
pub(super) fn files() -> BTreeMap<String, String> {
    [
        ("profile.toml", "table_prefix = \"shop_\"\ntime_zone = \"+08:00\"\ncurrency = \"CNY\"\ntax_rate = \"13\"\n"),
        ("customer.sql", "SELECT u.id AS id, u.name AS name FROM shop_users u"),
        (
            "order.sql",
            "SELECT o.id, o.code AS number, o.user_id AS customer_id, o.at AS placed_at, o.state, o.ship AS shipping,
                    CONCAT_WS(' ', p.name, c.name) AS ship_to, o.total
             FROM shop_orders o
             LEFT JOIN shop_regions c ON c.id = o.region_id
             LEFT JOIN shop_regions p ON p.id = c.parent_id
             WHERE o.hidden = 0",
        ),
        ("order_line.sql", "SELECT l.id, l.order_id, l.sku, l.name, l.qty AS quantity, l.amount FROM shop_lines l"),
        ("refund.sql", "SELECT r.id, r.order_id, FALSE AS included, r.amount FROM shop_refunds r"),
        ("refund_line.sql", "SELECT l.id, l.refund_id, l.sku, l.qty AS quantity FROM shop_refund_lines l"),
    ]
    .map(|(name, text)| (name.to_owned(), text.to_owned()))
    .into()
}

/// The small shop's tables.
pub(super) fn shapes() -> Vec<TableShape> {
    vec![
        shape("shop_users", "id int, name varchar", &["id"]),
        shape(
            "shop_orders",
            "id int unsigned, code varchar, user_id int, at datetime, state varchar, total decimal, ship decimal, \
             region_id int, hidden tinyint, weight double, paid enum, stamp timestamp, seal binary, kind int",
            &["id"],
        ),
        shape("shop_lines", "id int, order_id int, sku varchar, name varchar, qty int, amount decimal", &["id"]),
        shape("shop_refunds", "id int, order_id int, amount decimal", &["id"]),
        shape("shop_refund_lines", "id int, refund_id int, sku varchar, qty int", &["id"]),
        shape("shop_regions", "id int, parent_id int, name varchar", &["id"]),
        shape("shop_labels", "kind int, code varchar, label varchar", &["kind", "code"]),
        shape("shop_prices", "order_id int, kind int, price decimal", &["order_id", "kind"]),
        shape("shop_log", "id int, text varchar", &[]),
    ]
}

/// A table shape from `name type [unsigned], …`.
pub(super) fn shape(table: &str, columns: &str, key: &[&str]) -> TableShape {
    let columns = columns.split(", ").map(|column| {
        let mut words = column.split(' ');
        let (name, data_type) = (words.next().unwrap(), words.next().unwrap());
        let text = ["char", "varchar", "text", "enum"].contains(&data_type);
        ColumnShape {
            collation: None,
            really: None,
            size: vec![],
            nullable: true,
            name: name.to_owned(),
            data_type: data_type.to_owned(),
            unsigned: words.next() == Some("unsigned"),
            charset: text.then(|| "utf8mb4".to_owned()),
            labels: Vec::new(),
        }
    });
    TableShape {
        unique: Vec::new(),
        table: table.to_owned(),
        engine: "InnoDB".to_owned(),
        columns: columns.collect(),
        key: key.iter().map(|&k| k.to_owned()).collect(),
        charset: None,
    }
}

/// Loads and binds.
pub(super) fn bind(files: &BTreeMap<String, String>) -> Result<Bound, MappingError> {
    Mapping::from_files(files, &toml::Table::new())?.bind(&shapes())
}

/// The mapping with one file written otherwise.
pub(super) fn with(file: &str, text: &str) -> BTreeMap<String, String> {
    let mut files = files();
    files.insert(file.to_owned(), text.to_owned());
    files
}
