//! The profile that ships, over rows of ECShop's own tables.

use jiff::civil::date;
use rust_decimal::Decimal;

use crate::change::{Row, RowChange, TableShape, Value};
use crate::document::{LineKind, Minor, OrderState, Tax, check_balance};
use crate::mapping::contract::SOURCES;
use crate::mapping::{Bound, Loaded, Mapping, Slice};

use super::shape;

/// The columns of ECShop's tables that its profile may look at, and some that it does not.
fn shapes(prefix: &str) -> Vec<TableShape> {
    let table = |name: &str, columns: &str, key: &str| shape(&format!("{prefix}{name}"), columns, &[key]);
    vec![
        table(
            "order_info",
            "order_id mediumint unsigned, order_sn varchar, user_id mediumint unsigned, order_status tinyint unsigned, \
             shipping_status tinyint unsigned, pay_status tinyint unsigned, consignee varchar, country smallint unsigned, \
             province smallint unsigned, city smallint unsigned, district smallint unsigned, address varchar, tel varchar, \
             mobile varchar, email varchar, goods_amount decimal, shipping_fee decimal, insure_fee decimal, pay_fee decimal, \
             pack_fee decimal, card_fee decimal, money_paid decimal, surplus decimal, integral_money decimal, \
             bonus decimal, add_time int unsigned, tax decimal, discount decimal",
            "order_id",
        ),
        table(
            "order_goods",
            "rec_id mediumint unsigned, order_id mediumint unsigned, goods_id mediumint unsigned, goods_name varchar, \
             goods_sn varchar, goods_number smallint unsigned, goods_price decimal, goods_attr text, \
             send_number smallint unsigned",
            "rec_id",
        ),
        table(
            "users",
            "user_id mediumint unsigned, email varchar, user_name varchar, mobile_phone varchar, home_phone varchar, \
             user_money decimal",
            "user_id",
        ),
        table("region", "region_id smallint unsigned, parent_id smallint unsigned, region_name varchar", "region_id"),
        table("back_order", "back_id mediumint unsigned, order_id mediumint unsigned", "back_id"),
        table(
            "back_goods",
            "rec_id mediumint unsigned, back_id mediumint unsigned, goods_id mediumint unsigned, goods_sn varchar, \
             send_number smallint unsigned",
            "rec_id",
        ),
    ]
}

fn bound(overrides: &str, prefix: &str) -> Bound {
    let mapping = Mapping::load("ecshop", &overrides.parse().unwrap()).unwrap();
    mapping.bind(&shapes(prefix)).unwrap()
}

/// Inserts a row given as `column=value`; columns that are not given are 0 or empty.
fn insert(bound: &Bound, slice: &mut Slice, table: &str, values: &str) {
    let shapes = shapes("ecs_");
    let id = bound.footprint().tables.iter().position(|t| t.table == table).unwrap();
    let types = &shapes.iter().find(|s| s.table == table).unwrap().columns;
    let given: Vec<(&str, &str)> = values.split(';').filter_map(|v| v.trim().split_once('=')).collect();
    let row: Row = bound.footprint().tables[id]
        .columns
        .iter()
        .map(|column| {
            let text = given.iter().find(|(c, _)| c == column).map(|(_, v)| *v);
            match types.iter().find(|c| c.name == *column).unwrap().data_type.as_str() {
                "decimal" => Value::Decimal(text.unwrap_or("0.00").parse().unwrap()),
                "varchar" | "text" => Value::text(text.unwrap_or_default()),
                _ => Value::UInt(text.unwrap_or("0").parse().unwrap()),
            }
        })
        .collect();
    slice.apply(bound, &RowChange { table: id, before: None, after: Some(row) }).unwrap();
}

/// Answers every lookup with nothing, until `ask` is ready: the slice's overlay is the whole store.
fn ask<T>(slice: &mut Slice, mut ask: impl FnMut(&mut Slice) -> Loaded<T>) -> T {
    loop {
        if let Loaded::Ready(answer) = ask(slice) {
            return answer;
        }
        for lookup in slice.missing().clone() {
            slice.fill(lookup, Vec::new());
        }
    }
}

fn d(s: &str) -> Decimal {
    s.parse().unwrap()
}

#[test]
fn the_footprint_is_what_the_selects_use() {
    let bound = bound("", "ecs_");
    let tables: Vec<_> = bound.footprint().tables.iter().map(|t| (t.table.as_str(), t.columns.len(), &t.key)).collect();
    assert_eq!(
        tables,
        [
            ("ecs_back_goods", 5, &vec![3]),
            ("ecs_back_order", 2, &vec![0]),
            ("ecs_order_goods", 9, &vec![7]),
            ("ecs_order_info", 25, &vec![13]),
            ("ecs_region", 2, &vec![0]),
            ("ecs_users", 5, &vec![3]),
        ]
    );
}

#[test]
fn customers_and_lookup_tables_are_filled_and_orders_are_not() {
    let bound = bound("", "ecs_");
    let filled: Vec<_> =
        bound.tables_to_fill().into_iter().map(|t| bound.footprint().tables[t].table.as_str()).collect();
    assert_eq!(filled, ["ecs_region", "ecs_users"]);
}

#[test]
fn an_override_changes_the_prefix_and_the_version() {
    let plain = Mapping::load("ecshop", &toml::Table::new()).unwrap();
    let other = Mapping::load("ecshop", &"table_prefix = \"shop2_\"\nsettle = \"500ms\"".parse().unwrap()).unwrap();
    assert_eq!(other.tables()[0], "shop2_back_goods");
    assert_eq!(other.settings().settle.as_millis(), 500);
    assert_ne!(plain.version(), other.version());
    bound("table_prefix = \"shop2_\"", "shop2_");
    let wrong = Mapping::load("ecshop", &"tabel_prefix = \"x_\"".parse().unwrap()).unwrap_err();
    assert!(
        wrong.to_string().starts_with("[store.profile]: unknown setting `tabel_prefix`, expected one of"),
        "{wrong}"
    );
    let missing = Mapping::load("ecshopp", &toml::Table::new()).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "ecshopp: neither a profile that ships with ledgertap (ecshop, ecshop-4, magento2, opencart, opencart-3, prestashop, \
         prestashop-1.7, shops, woocommerce, woocommerce-posts) nor a folder that can be read; did you mean `ecshop`?"
    );
}

#[test]
fn an_order_of_two_lines_balances() {
    let bound = bound("", "ecs_");
    let mut slice = Slice::new();
    insert(&bound, &mut slice, "ecs_region", "region_id=2;region_name=北京");
    insert(
        &bound,
        &mut slice,
        "ecs_order_info",
        "order_id=7;order_sn=2026112000007;user_id=3;order_status=1;pay_status=2;consignee=王五;province=2;city=52;\
         address=朝阳路1号;goods_amount=159.70;shipping_fee=10.00;insure_fee=1.00;pay_fee=0.50;discount=9.70;tax=5.00;\
         add_time=1795363200",
    );
    let lines = [
        "rec_id=10;goods_sn=B2;goods_number=1;goods_price=100.00",
        "rec_id=9;goods_number=3;goods_price=19.90;goods_id=4",
    ];
    for line in lines {
        insert(
            &bound,
            &mut slice,
            "ecs_order_goods",
            &format!("order_id=7;goods_name=茶;goods_attr=颜色:绿\r\n;{line}"),
        );
    }
    insert(&bound, &mut slice, "ecs_back_order", "back_id=1;order_id=7");
    insert(&bound, &mut slice, "ecs_back_goods", "rec_id=5;back_id=1;goods_sn=B2;send_number=1");
    let order = ask(&mut slice, |s| bound.order("7", s)).unwrap().unwrap();
    check_balance(&order, Minor::of("CNY").unwrap()).unwrap();
    assert_eq!(
        (order.number.as_str(), order.customer.as_str(), order.currency.as_str()),
        ("2026112000007", "U3", "CNY")
    );
    assert_eq!((order.state, order.date), (OrderState::Posted, date(2026, 11, 23)));
    assert_eq!(order.ship_to.as_deref(), Some("王五 北京朝阳路1号"));
    assert_eq!((order.total, order.goods_total, order.discount), (d("166.50"), Some(d("159.70")), d("9.70")));
    let lines: Vec<_> = order.lines.iter().map(|l| (&*l.key, l.kind, &*l.sku, l.amount)).collect();
    assert_eq!(
        lines,
        [
            ("9", LineKind::Goods, "ECS-4", d("59.70")),
            ("10", LineKind::Goods, "B2", d("100.00")),
            ("fee", LineKind::Fee, "FEE", d("6.50")),
            ("shipping", LineKind::Shipping, "SHIPPING", d("10.00")),
        ]
    );
    assert_eq!(&*order.lines[0].name, "茶 颜色:绿");
    assert_eq!(order.lines[0].tax, Tax::Included { rate: d("13") });
    assert!(order.refunds[0].included && order.refunds[0].lines[0].sku == "B2");
    let touched = ask(&mut slice, |s| bound.order_of_refund("1", s)).unwrap();
    assert_eq!(touched.as_deref(), Some("7"));
    assert_eq!(ask(&mut slice, |s| bound.order("8", s)), Ok(None));
}

#[test]
fn states_follow_the_shops_codes() {
    let bound = bound("", "ecs_");
    let cases = [
        ("0", "0", OrderState::Open),
        ("0", "2", OrderState::Open),
        ("1", "0", OrderState::Open),
        ("1", "2", OrderState::Posted),
        ("5", "2", OrderState::Posted),
        ("6", "2", OrderState::Posted),
        ("2", "0", OrderState::Cancelled),
        ("3", "0", OrderState::Cancelled),
        ("4", "0", OrderState::Returned),
    ];
    for (order_status, pay_status, state) in cases {
        let mut slice = Slice::new();
        let row = format!("order_id=1;order_sn=1;order_status={order_status};pay_status={pay_status}");
        insert(&bound, &mut slice, "ecs_order_info", &row);
        assert_eq!(ask(&mut slice, |s| bound.order("1", s)).unwrap().unwrap().state, state);
    }
}

#[test]
fn a_guest_is_a_customer_with_a_name_whatever_the_row_says() {
    let bound = bound("", "ecs_");
    let mut slice = Slice::new();
    insert(&bound, &mut slice, "ecs_order_info", "order_id=1;order_sn=1;consignee= ;tel=010-1");
    insert(&bound, &mut slice, "ecs_order_info", "order_id=2;order_sn=2;user_id=5;consignee=x");
    insert(&bound, &mut slice, "ecs_users", "user_id=5;user_name=li;email=li@example.test");
    let guest = ask(&mut slice, |s| bound.customer("G1", s)).unwrap().unwrap().customer;
    assert_eq!((guest.number.as_str(), guest.name.as_str(), guest.phone.as_deref()), ("G1", "G1", Some("010-1")));
    let user = ask(&mut slice, |s| bound.customer("U5", s)).unwrap().unwrap().customer;
    assert_eq!((user.name.as_str(), user.email.as_deref(), user.phone), ("li", Some("li@example.test"), None));
    assert_eq!(ask(&mut slice, |s| bound.customer("G2", s)), Ok(None));
    let guest_row = slice.writes().find(|w| w.key == "[1]" && !w.owners.is_empty()).unwrap();
    let owners: Vec<_> = guest_row.owners.iter().map(|o| (o.index, o.owner.as_str())).collect();
    assert_eq!(owners, [("customer.id", "G1"), ("order.id", "1")]);
}

#[test]
fn the_readme_lists_every_output_of_the_contract() {
    let readme = include_str!("../../../schema/stores/README.md");
    for source in SOURCES {
        let section = readme.split(&format!("### {}", source.file)).nth(1).expect(source.file);
        let section = section.split("###").next().unwrap();
        for output in source.outputs {
            let must = if output.required { "yes" } else { "no" };
            let owner = output.index.map(|index| format!("**owner** `{index}`"));
            let meaning = match (&owner, output.meaning) {
                (Some(owner), "") => format!(" {owner} |"),
                (Some(owner), meaning) => format!(" {owner}: {meaning} |"),
                (None, "") => " |".to_owned(),
                (None, meaning) => format!(" {meaning} |"),
            };
            let row = format!("| `{}` | {must} | {} |{meaning}", output.name, output.kind.describe());
            assert!(section.contains(&row), "{}: {row}", source.file);
        }
    }
}
