//! What the columns' scales and collations decide before any row is read.

use super::*;
use crate::mapping::expr::Aggregate;
use crate::mapping::refusal::{Place, Refusals};
use crate::mapping::typing::{Class, Scale, Type, aggregate};

/// The small shop with sizes and collations.
fn typed_shapes() -> Vec<TableShape> {
    let mut shapes = shapes();
    let orders = shapes.iter_mut().find(|s| s.table == "shop_orders").unwrap();
    for column in &mut orders.columns {
        let (collation, size): (Option<&str>, &[u32]) = match column.name.as_str() {
            "code" => (Some("utf8mb4_general_ci"), &[]),
            "state" => (Some("utf8mb4_unicode_ci"), &[]),
            "paid" => (Some("latin1_swedish_ci"), &[]),
            "total" => (None, &[10, 2]),
            "ship" => (None, &[12, 4]),
            _ => (None, &[]),
        };
        column.collation = collation.map(str::to_owned);
        column.size = size.to_vec();
    }
    shapes
}

fn refusal(expr: &str) -> String {
    let order = format!(
        "SELECT o.id, {expr} AS number, o.user_id AS customer_id, o.at AS placed_at, o.state, o.total FROM shop_orders o"
    );
    let mut files = with("order.sql", &order);
    files.entry("profile.toml".to_owned()).and_modify(|t| t.push_str("[variables]\nmark = \"x\"\n"));
    let bound = Mapping::from_files(&files, &toml::Table::new()).unwrap().bind(&typed_shapes());
    bound.err().map_or("none".to_owned(), |e| e.to_string().replacen("order.sql:1:", "", 1))
}

#[test]
fn scales_decide_what_is_shown() {
    let unclear = "`number`: how many decimals this has depends on columns of different scales, or on the server: write \
                   CAST(… AS DECIMAL(20,2)) around it";
    let cases = [
        ("COALESCE(o.total, 0)", "none"),
        ("COALESCE(o.total, o.ship)", "none"),
        ("GREATEST(o.total, 0)", "none"),
        ("IF(o.kind, o.total, 0)", unclear),
        ("IF(o.kind, o.total, 0) + 0", "none"),
        ("IF(o.kind, o.total, 1.50)", "none"),
        ("ROUND(o.total, 4)", unclear),
        ("ROUND(o.total, 2)", "none"),
        (
            "ROUND(o.total / 3, 8)",
            "servers differ in ROUND to more decimals than a quotient shows: write 4 more than the dividend has, or fewer",
        ),
        ("ROUND(o.total / 3, 6)", "none"),
        ("NULL + 1", "NULL is computed with as a DOUBLE: write CAST(NULL AS DECIMAL(20,4))"),
        ("COALESCE(o.at, DATE(o.at))", "none"),
        ("o.kind BETWEEN '1' AND 2", "BETWEEN takes numbers only, dates only or texts only: write … >= … AND … <= …"),
    ];
    for (expr, expected) in cases {
        let found = refusal(expr);
        assert!(found.ends_with(expected), "{expr}: {found}");
    }
}

#[test]
fn collations_decide_what_is_compared() {
    let mix = "texts of different collations are compared, which the server refuses (illegal mix of collations), or \
               columns of one that is not known: compare columns of one known collation, or a column with a text in '…'";
    let order = "the order of texts is their collation's, which is not known: compare numbers or dates";
    let letters = "this text has letters that the column's charset lacks, which the server refuses";
    let cases = [
        ("o.code = o.state", mix),
        ("o.code IN ('a', o.state)", mix),
        ("CONCAT(o.code, o.state)", "none"),
        ("CONCAT(o.code, o.state) = 'x'", mix),
        ("o.code = @mark", mix),
        ("CONCAT(o.code, @mark)", "none"),
        ("o.code = CAST(o.id AS CHAR)", mix),
        ("o.code = DATE_FORMAT(o.at, '%Y')", "none"),
        ("o.code = o.paid", "none"),
        ("o.code < 'b'", "none"),
        ("'a' < 'b'", order),
        ("o.paid = '北'", letters),
        ("o.paid = 'é'", "none"),
        ("CONCAT(o.paid, '北')", letters),
        ("o.seal = 'x'", "binary data is no text and no number: write HEX(…)"),
        ("o.seal = UNHEX('00')", "none"),
        (
            "CASE o.at WHEN '2026-11-20' THEN 1 END",
            "CASE compares a date with a text letter by letter: write CASE WHEN … = … THEN",
        ),
    ];
    for (expr, expected) in cases {
        let found = refusal(expr);
        assert!(found.ends_with(expected), "{expr}: {found}");
    }
}

#[test]
fn aggregates_have_types_too() {
    let typed = |function, arg| {
        let mut refusals = Refusals::default();
        let found = aggregate(function, arg, Place::default(), &mut refusals);
        (found.class, found.scale, refusals.finish().is_err())
    };
    let money = Type::decimal(Scale::Exact(2));
    assert_eq!(typed(Aggregate::Sum, money), (Class::Decimal, Scale::Exact(2), false));
    assert_eq!(typed(Aggregate::Sum, Type::INT), (Class::Decimal, Scale::Exact(0), false));
    assert_eq!(typed(Aggregate::Count, Type::TEXT), (Class::Int, Scale::Exact(0), false));
    assert_eq!(typed(Aggregate::Max, money), (Class::Decimal, Scale::Exact(2), false));
    assert!(typed(Aggregate::Sum, Type { quotient: true, ..money }).2);
    assert!(typed(Aggregate::Sum, Type::TEXT).2);
    assert!(typed(Aggregate::Min, Type::TEXT).2);
}
