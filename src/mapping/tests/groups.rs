//! Groups, subqueries and UNION ALL: what would depend on the row that a server reads first, and what a server reads otherwise.

use crate::change::{RowChange, Value};
use crate::mapping::{Loaded, Slice};

use super::*;

/// The small shop with a collation and sizes.
fn typed_shapes() -> Vec<TableShape> {
    let mut shapes = shapes();
    for shape in &mut shapes {
        let unique = if shape.table == "shop_orders" { vec![vec!["code".to_owned()]] } else { Vec::new() };
        shape.unique = unique;
        for column in &mut shape.columns {
            match column.name.as_str() {
                "sku" | "code" => column.collation = Some("utf8mb4_general_ci".to_owned()),
                "amount" | "total" => column.size = vec![10, 2],
                // ZEROFILL
                "region_id" => column.size = vec![6],
                _ => {}
            }
        }
    }
    shapes
}

fn bind_typed(files: &BTreeMap<String, String>) -> Result<Bound, MappingError> {
    Mapping::from_files(files, &toml::Table::new())?.bind(&typed_shapes())
}

/// An order.sql that begins like this, up to the outputs behind the usual ones.
fn order(tail: &str) -> BTreeMap<String, String> {
    let usual = "o.id, o.code AS number, o.user_id AS customer_id, o.at AS placed_at, o.state, o.total";
    with("order.sql", &format!("SELECT {usual}\n{tail}"))
}

fn refusal(files: &BTreeMap<String, String>) -> String {
    bind_typed(files).err().map_or("none".to_owned(), |e| e.to_string())
}

const VARIES: &str =
    "may differ from row to row of a group: put it into an aggregate (MAX(…)), or its table's key into GROUP BY";

#[test]
fn a_group_shows_what_is_the_same_in_all_its_rows() {
    let named = |on: &str, group: &str| {
        let lines =
            "FROM shop_orders o JOIN shop_lines l ON l.order_id = o.id LEFT JOIN shop_regions r ON r.id = o.region_id";
        refusal(&order(&format!(", r.name AS ship_to {lines}{on} GROUP BY {group}")))
    };
    assert_eq!(named("", "o.id"), "none");
    assert_eq!(named(" AND o.total > 5 AND r.name <> 'x'", "o.id"), "none");
    // Whether LEFT JOIN finds the region is another matter for each line.
    let expected = format!("order.sql:2:3: `name` {VARIES}");
    assert_eq!(named(" AND l.qty > 5", "o.id"), expected);
    assert_eq!(named(" AND l.qty > 5", "o.id, r.id"), "none");
    // Orders without a code are one group.
    let found = named("", "o.code");
    assert!(found.starts_with(&format!("order.sql:1:8: `id` {VARIES}\n")), "{found}");
    assert_eq!(
        named("", "o.id, o.weight"),
        "order.sql:2:141: GROUP BY needs a value that can be told from others: a FLOAT or DOUBLE is not exact: write \
         CAST(… AS DECIMAL(20,4))"
    );
}

#[test]
fn owners_are_no_texts_of_a_group() {
    let text = "SELECT l.sku AS id, MAX(l.id) AS number, 1 AS customer_id, '2026-11-20' AS placed_at, 'posted' AS state, \
                SUM(l.amount) AS total FROM shop_lines l GROUP BY l.sku";
    assert_eq!(
        refusal(&with("order.sql", text)),
        "order.sql:1:8: GROUP BY takes texts for one that `id` tells apart (by case, accents or trailing blanks): make `id` of a \
         number, or of a table's key that is in GROUP BY, and not of `sku`"
    );
    assert_eq!(refusal(&with("order.sql", &text.replace("l.sku", "l.order_id"))), "none");
}

/// The lines of order 1, whose rows have these SKUs.
fn lines(outputs: &str, skus: [&str; 2]) -> Result<usize, String> {
    let text = format!(
        "SELECT {outputs}, 'n' AS name, SUM(l.qty) AS quantity, SUM(l.amount) AS amount FROM shop_lines l \
                        GROUP BY l.order_id, l.sku"
    );
    let bound = bind_typed(&with("order_line.sql", &text)).unwrap();
    let mut slice = Slice::new();
    let table = bound.footprint().tables.iter().position(|t| t.table == "shop_lines").unwrap();
    for (id, sku) in (1..).zip(skus) {
        let value = |column: &String| match column.as_str() {
            "id" => Value::Int(id),
            "sku" => Value::text(sku),
            _ => Value::Int(1),
        };
        let after = bound.footprint().tables[table].columns.iter().map(value).collect();
        slice.apply(&bound, &RowChange { table, before: None, after: Some(after) }).unwrap();
    }
    loop {
        match bound.printed("order_line.order_id", "1", &mut slice) {
            Loaded::Ready(found) => return found.map(|rows| rows.len()).map_err(|e| e.what),
            Loaded::Missing => {
                slice.missing().clone().into_iter().for_each(|lookup| slice.fill(lookup, Vec::new()));
            }
        }
    }
}

#[test]
fn a_text_that_is_written_in_two_ways_is_not_shown_in_one_of_them() {
    let by_group = "MIN(l.id) AS id, l.order_id, l.sku";
    assert_eq!(lines(by_group, ["K1", "K2"]), Ok(2));
    assert_eq!(lines(by_group, ["K1", "K1"]), Ok(1));
    let what = "a text of GROUP BY is written in several ways within a group: write MIN(LOWER(…)) here";
    assert_eq!(lines(by_group, ["K1", "k1"]), Err(what.to_owned()));
    assert_eq!(lines("MIN(l.id) AS id, l.order_id, MIN(LOWER(l.sku)) AS sku", ["K1", "k1"]), Ok(1));
    let what = "the least or greatest text is written in several ways: write LOWER(…) around it";
    assert_eq!(lines("MIN(l.id) AS id, l.order_id, MAX(l.sku) AS sku", ["K1", "k1"]), Err(what.to_owned()));
}

#[test]
fn aggregates_of_subqueries_and_of_outer_columns_are_refused() {
    let count = "(SELECT COUNT(*) FROM shop_prices p WHERE p.order_id = o.id)";
    for arg in [count.to_owned(), format!("o.kind + {count}")] {
        assert_eq!(
            refusal(&order(&format!(", SUM({arg}) AS fee FROM shop_orders o GROUP BY o.id"))),
            "order.sql:2:3: SUM of a subquery is not supported: join the subquery's table, or write it outside of SUM(…)"
        );
    }
    let sum = |arg: &str| {
        refusal(&order(&format!(
            ", (SELECT SUM({arg}) FROM shop_prices p WHERE p.order_id = o.id) AS fee FROM shop_orders o"
        )))
    };
    assert_eq!(
        sum("o.total"),
        "order.sql:2:11: over columns of the outer tables alone, this is an aggregate of the outer SELECT: write the column \
         outside, as in o.x * (SELECT COUNT(*) FROM …)"
    );
    assert_eq!(sum("o.total * price"), "none");
    assert_eq!(sum("1"), "none");
}

#[test]
fn the_selects_of_a_union_show_a_number_alike() {
    let union = |extra: &str| {
        let select = "SELECT l.id, l.order_id, l.sku, l.name, l.qty AS quantity, l.amount, l.amount AS extra_a FROM shop_lines l";
        refusal(&with(
            "order_line.sql",
            &format!("{select}\nUNION ALL SELECT l.id, l.order_id, 'x', 'y', 1, 1.5, {extra} FROM shop_lines l"),
        ))
    };
    assert_eq!(union("NULL"), "none");
    assert_eq!(union("1.50"), "none");
    assert_eq!(union("l.name"), "none");
    assert_eq!(
        union("1"),
        "order_line.sql:2:54: `extra_a` has other digits here than in the first SELECT, and UNION ALL shows those of both: write \
         one CAST in each, CAST(… AS DECIMAL(20,2)) or CAST(… AS DATETIME)"
    );
}

#[test]
fn a_zerofill_column_is_a_number_and_no_text() {
    let ship_to = |expr: &str| refusal(&order(&format!(", {expr} AS ship_to FROM shop_orders o")));
    let what =
        "as a text the column's numbers have zeros before them (ZEROFILL): write CAST(… AS UNSIGNED) for those without";
    assert_eq!(ship_to("o.region_id"), format!("order.sql:2:3: `ship_to`: {what}"));
    assert_eq!(ship_to("CONCAT(o.region_id, 'x')"), format!("order.sql:2:10: {what}"));
    assert_eq!(ship_to("CAST(o.region_id AS UNSIGNED)"), "none");
    assert_eq!(ship_to("o.region_id + 1"), "none");
}

#[test]
fn what_cannot_be_followed_is_not_said_to_be() {
    let followed = |on: &str| {
        let mut files = order(&format!(", r.name AS ship_to FROM shop_orders o LEFT JOIN shop_regions r ON {on}"));
        files.get_mut("profile.toml").unwrap().push_str("follow = [\"shop_regions\"]\n");
        files
    };
    let follow = |on: &str| refusal(&followed(on));
    let what = "profile.toml: follow: a changed row of `shop_regions` leads to no document of order.sql, which compares its columns \
                with constants or expressions only: write ON with a column of a table before it, or leave it out of follow";
    assert_eq!(follow("r.id = o.region_id"), "none");
    assert_eq!(follow("r.id = 1"), what);
    assert_eq!(follow("r.id = CAST(o.code AS SIGNED)"), what);
    // A mapping in a folder is told with its folder, as every other fault of its settings.
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in followed("r.id = 1") {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let place = folder.path().to_str().unwrap();
    let mapping = Mapping::load(place, &toml::Table::new()).unwrap();
    assert_eq!(mapping.bind(&typed_shapes()).unwrap_err().to_string(), format!("{place}/{what}"));
}

#[test]
fn long_expressions_and_odd_signs_are_refused_with_a_place() {
    let chain = format!("o.total{}", " + 1".repeat(950));
    let deep = "the expression is nested too deeply: write fewer operators";
    let found = refusal(&order(&format!(", {chain} AS fee FROM shop_orders o")));
    assert!(found.starts_with(&format!("order.sql:2:3: {deep}")), "{found}");
    let own = |expr: &str| {
        let mut files = order("FROM shop_orders o");
        files.get_mut("profile.toml").unwrap().push_str(&format!("[columns.\"order.sql\"]\nfee = \"{expr}\"\n"));
        refusal(&files)
    };
    assert_eq!(
        own(&format!("1{}", "+1".repeat(100_000))),
        "profile.toml:6:8: columns: `fee`: it has more than 4000 words and signs: write fewer operators"
    );
    let found = own(&chain);
    assert!(found.starts_with(&format!("profile.toml:6:8: {deep}")), "{found}");
    let mut files = order("FROM shop_orders o");
    files.get_mut("profile.toml").unwrap().push_str("[columns.\"order.sql\"]\ntotl = \"1\"\n");
    let found = refusal(&files);
    assert!(found.starts_with("profile.toml:6:9: order.sql has no output `totl`"), "{found}");
    assert_eq!(
        refusal(&order(", 5--3 /*!99999 + 1 */ AS fee FROM shop_orders o")),
        "order.sql:2:8: a comment with a hint is read by some servers and not by others: leave it out"
    );
    assert_eq!(refusal(&order(", 5--3 AS fee FROM shop_orders o -- /*! not here */")), "none");
    assert_eq!(
        refusal(&with("order.sql", "\u{feff}SELECT o.id FROM shop_orders o")),
        "order.sql: the file begins with a byte order mark: save it as UTF-8 without one"
    );
}

#[test]
fn rows_are_found_by_texts_of_known_collations() {
    let mut shapes = typed_shapes();
    let under = |shapes: &mut [TableShape], collation: &str| {
        let columns = shapes.iter_mut().filter(|s| s.table != "shop_log").flat_map(|s| &mut s.columns);
        columns.filter(|c| c.name == "code").for_each(|c| c.collation = Some(collation.to_owned()));
    };
    let files = order(
        ", l.label AS ship_to FROM shop_orders o LEFT JOIN shop_labels l ON l.kind = 1 AND l.code = CONCAT(o.kind, '')",
    );
    let mut refusal = |collation: &str| {
        under(&mut shapes, collation);
        let bound = Mapping::from_files(&files, &toml::Table::new()).unwrap().bind(&shapes);
        bound.err().map_or("none".to_owned(), |e| e.to_string())
    };
    assert_eq!(refusal("utf8mb4_unicode_ci"), "none");
    assert_eq!(refusal("utf8mb4_bin"), "none");
    assert_eq!(
        refusal("utf8mb4_turkish_ci"),
        "order.sql:2:68: which texts utf8mb4_turkish_ci takes for equal is not known, so that rows of `l` cannot be found by \
         `code`: write ON with an integer column, or with one under …_bin or …_general_ci"
    );
}
