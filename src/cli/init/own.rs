//! A beginning for a store that no profile ships for: five SELECTs made from the contract.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::mapping::{Contracted, contract};

/// What a SELECT reads in the store that the beginning is written for: its table with an alias, and what it says first.
const FILES: [(&str, &str, &str); 5] = [
    ("customer.sql", "customers c", "One row a customer."),
    ("order.sql", "orders o", "One row an order, whatever its state: `state` is a column and never a filter."),
    ("order_line.sql", "order_items i", "One row a line of an order."),
    ("refund.sql", "refunds r", "One row a refund. Delete this file and refund_line.sql where the shop keeps none."),
    ("refund_line.sql", "refund_items l", "One row a line of a refund."),
];

/// What an output is in such a store, where it is no column of its own name.
const EXPRESSIONS: [(&str, &str, &str); 4] = [
    ("order.sql", "placed_at", "o.created_at"),
    (
        "order.sql",
        "state",
        "CASE WHEN o.status = 'paid' THEN 'posted' WHEN o.status = 'cancelled' THEN 'cancelled' ELSE 'open' END",
    ),
    ("refund.sql", "included", "FALSE"),
    ("refund_line.sql", "id", "l.id"),
];

const META: &str = "\
-- Where a line's values are rows of names and values, one row a line is taken together from them:
--
--   SELECT
--     i.id AS id
--     , i.order_id AS order_id
--     , MAX(CASE WHEN m.k = 'sku' THEN m.v END) AS sku
--     , i.name AS name
--     , MAX(CASE WHEN m.k = 'quantity' THEN CAST(m.v AS DECIMAL(20,4)) END) AS quantity
--     , MAX(CASE WHEN m.k = 'total' THEN CAST(m.v AS DECIMAL(20,4)) END) AS amount
--   FROM order_items i
--   LEFT JOIN order_item_meta m ON m.item_id = i.id
--   GROUP BY i.id
";

/// The files of the folder, by name.
pub(super) fn files() -> BTreeMap<&'static str, String> {
    let outputs = contract();
    let mut files: BTreeMap<&'static str, String> = FILES
        .into_iter()
        .map(|(file, table, about)| {
            let of_file: Vec<&Contracted> = outputs.iter().filter(|o| o.file == file).collect();
            (file, select(file, table, about, &of_file))
        })
        .collect();
    files.insert("profile.toml", PROFILE.to_owned());
    files
}

fn select(file: &str, table: &str, about: &str, outputs: &[&Contracted]) -> String {
    let alias = table.rsplit(' ').next().unwrap_or_default();
    let mut out = format!(
        "-- {about}\n\
         -- Tables and columns are made up: put the store's own in their place. Lines with -- are optional outputs.\n"
    );
    if file == "order_line.sql" {
        let _ = write!(out, "--\n{META}");
    }
    out += "SELECT\n";
    let (required, optional): (Vec<&&Contracted>, Vec<&&Contracted>) = outputs.iter().partition(|o| o.required);
    for (at, output) in required.into_iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        let _ = writeln!(out, "  {comma}{} -- {}", said(file, alias, output), meant(output));
    }
    for output in optional {
        let _ = writeln!(out, "  -- , {} -- {}", said(file, alias, output), meant(output));
    }
    let _ = writeln!(out, "FROM {table}");
    out
}

fn said(file: &str, alias: &str, output: &Contracted) -> String {
    let name = output.output;
    match EXPRESSIONS.iter().find(|(of, output, _)| *of == file && *output == name) {
        Some((_, _, expression)) => format!("{expression} AS {name}"),
        None => format!("{alias}.{name} AS {name}"),
    }
}

fn meant(output: &Contracted) -> String {
    let mut meant = output.holds.to_owned();
    if !output.meaning.is_empty() {
        let _ = write!(meant, ": {}", output.meaning);
    }
    if output.owner.is_some() {
        meant += " (of columns of this table only)";
    }
    meant
}

const PROFILE: &str = "\
# A mapping of one's own: five SELECTs over the store's tables. `ledgertap mapping contract` lists their outputs, and
# `ledgertap mapping check` says what is not understood, with file, line and column.

# The shop's zone, \"+08:00\" or \"Europe/Paris\": what FROM_UNIXTIME and TIMESTAMP columns are printed in.
# time_zone = \"+00:00\"

# For orders without the output `currency`.
# currency = \"EUR\"

# The tax, in percent, that prices include, for lines without the output `tax_rate`.
# tax_rate = \"20\"

# Write false where amounts are without tax: the outputs `tax` (or the rates) then say how much comes on top.
# prices_include_tax = true

# How long an order has to be quiet before it is booked.
# settle = \"2s\"

# The service items that freight and all other charges are booked under in the ERP.
# shipping_sku = \"SHIPPING\"
# fee_sku = \"FEE\"
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::Mapping;

    #[test]
    fn the_beginning_is_a_mapping_once_the_shop_s_settings_are_said() {
        let folder = tempfile::tempdir().unwrap();
        let write = |meta: bool| {
            for (name, text) in files() {
                let mut text = text;
                for setting in ["time_zone", "currency", "tax_rate"] {
                    text = text.replace(&format!("\n# {setting} ="), &format!("\n{setting} ="));
                }
                if meta && name == "order_line.sql" {
                    let example = META.lines().skip(2);
                    text = example.map(|line| format!("{}\n", line.trim_start_matches("--"))).collect();
                }
                // An optional output is one as it stands.
                std::fs::write(folder.path().join(name), text.replace("\n  -- , ", "\n  , ")).unwrap();
            }
        };
        for meta in [false, true] {
            write(meta);
            let mapping = Mapping::load(&folder.path().display().to_string(), &toml::Table::new());
            let refused = |error: crate::mapping::MappingError| panic!("{error}");
            let tables = mapping.unwrap_or_else(refused).tables();
            assert_eq!(tables.contains(&"order_item_meta".to_owned()), meta, "{tables:?}");
            assert_eq!(tables.len(), if meta { 6 } else { 5 });
        }
    }
}
