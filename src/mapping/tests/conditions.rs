//! Conditions over a document's fields: their truth, what they refuse, and the values that they cannot use.

use std::borrow::Cow;

use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::change::Value;
use crate::mapping::{Condition, Field, FieldKind};

const FIELDS: &[Field] = &[
    Field { name: Cow::Borrowed("number"), kind: FieldKind::Text },
    Field { name: Cow::Borrowed("name"), kind: FieldKind::Text },
    Field { name: Cow::Borrowed("tax_id"), kind: FieldKind::Text },
    Field { name: Cow::Borrowed("total"), kind: FieldKind::Number },
    Field { name: Cow::Borrowed("tax"), kind: FieldKind::Number },
    Field { name: Cow::Borrowed("quantity"), kind: FieldKind::Number },
    Field { name: Cow::Borrowed("date"), kind: FieldKind::Date },
    Field { name: Cow::Borrowed("due"), kind: FieldKind::Date },
];

const TRUE: Option<bool> = Some(true);
const FALSE: Option<bool> = Some(false);
const UNKNOWN: Option<bool> = None;

fn parse(text: &str) -> Result<Condition, String> {
    Condition::parse("rules[2].require", text, FIELDS).map_err(|e| e.to_string())
}

/// The document of `field=value|…`; what is not said is NULL.
fn document(given: &str) -> Vec<Value> {
    let given: Vec<(&str, &str)> = given.split('|').filter_map(|one| one.split_once('=')).collect();
    assert!(given.iter().all(|(name, _)| FIELDS.iter().any(|f| f.name == *name)), "{given:?}");
    let value = |field: &Field| {
        given.iter().find(|(name, _)| *name == field.name).map_or(Value::Null, |(_, value)| match field.kind {
            FieldKind::Text => Value::text(*value),
            FieldKind::Number => Value::Decimal(Decimal::from_str_exact(value).unwrap()),
            FieldKind::Date => Value::Time((*value).into()),
        })
    };
    FIELDS.iter().map(value).collect()
}

/// Lists the cases of which something else came.
fn compare<T: PartialEq + std::fmt::Debug>(cases: impl IntoIterator<Item = (String, T, T)>) {
    let wrong = cases.into_iter().filter(|(_, found, wanted)| found != wanted);
    let wrong: Vec<String> =
        wrong.map(|(case, found, wanted)| format!("{case}\n  is    {found:?}\n  wants {wanted:?}")).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn truths(cases: &[(&str, &str, Option<bool>)]) {
    compare(cases.iter().map(|(text, values, wanted)| {
        let found = parse(text).and_then(|c| c.holds(&document(values)).map_err(|e| e.to_string()));
        (format!("{text} ({values})"), found, Ok(*wanted))
    }));
}

fn errors(cases: &[(&str, &str, &str)]) {
    compare(cases.iter().map(|(text, values, what)| {
        let found = parse(text).unwrap().holds(&document(values)).map_err(|e| e.to_string());
        (format!("{text} ({values})"), found, Err(format!("rules[2].require:{what}")))
    }));
}

fn refusals(cases: &[(&str, &str)]) {
    compare(cases.iter().map(|(text, message)| {
        let found = parse(text).err().unwrap_or_else(|| "no refusal".to_owned());
        let wanted: Vec<String> = message.lines().map(|line| format!("rules[2].require{line}")).collect();
        (text.to_string(), found, wanted.join("\n"))
    }));
}

#[test]
fn what_is_null_is_unknown_until_it_does_not_matter() {
    truths(&[
        ("total > 0", "", UNKNOWN),
        ("total = NULL", "total=1", UNKNOWN),
        ("NOT total > 0", "", UNKNOWN),
        ("total > 0 AND tax > 0", "tax=0", FALSE),
        ("total > 0 AND tax > 0", "tax=1", UNKNOWN),
        ("total > 0 OR tax > 0", "tax=1", TRUE),
        ("total > 0 OR tax > 0", "tax=0", UNKNOWN),
        ("tax_id IS NULL", "", TRUE),
        ("tax_id IS NOT NULL", "tax_id=", TRUE),
        ("(total > 0) IS TRUE", "", FALSE),
        ("(total > 0) IS NOT TRUE", "", TRUE),
        ("(total > 0) IS UNKNOWN", "", TRUE),
        ("(total > 0) IS NOT FALSE", "", TRUE),
        ("tax_id <=> NULL", "", TRUE),
        ("tax_id <=> name", "name=x", FALSE),
        ("tax_id IN ('a', NULL)", "tax_id=a", TRUE),
        ("tax_id IN ('a', NULL)", "tax_id=b", UNKNOWN),
        ("tax_id NOT IN ('a', NULL)", "tax_id=b", UNKNOWN),
        ("total BETWEEN tax AND 5", "total=9", FALSE),
        ("total BETWEEN tax AND 5", "total=4", UNKNOWN),
        ("COALESCE(tax_id, '') = ''", "", TRUE),
        ("IFNULL(tax, 0) <= total", "total=0", TRUE),
        ("CASE WHEN total > 0 THEN FALSE ELSE tax_id IS NULL END", "", TRUE),
        ("CASE WHEN total > 0 THEN tax > 0 END", "total=0", UNKNOWN),
        ("IF(total > 0, 1, 0)", "", FALSE),
        ("COALESCE(total > 0, TRUE)", "", TRUE),
        ("NULLIF(total > 0, FALSE)", "total=0", UNKNOWN),
        ("TRUE", "", TRUE),
        ("NOT FALSE", "", TRUE),
    ]);
}

#[test]
fn numbers_are_exact() {
    truths(&[
        ("total = 0.1 + 0.2", "total=0.3", TRUE),
        ("total = tax * 3", "total=0.3|tax=0.1", TRUE),
        ("total = 0.30000001", "total=0.3", FALSE),
        ("total > 9007199254740992", "total=9007199254740993", TRUE),
        ("total <> 9007199254740992", "total=9007199254740992.00000001", TRUE),
        ("total = 10", "total=10.0000000000", TRUE),
        ("total = '10.00'", "total=10", TRUE),
        ("total = 0", "total=-0.00", TRUE),
        ("total - tax >= 1234567890.12", "total=1395061715.84|tax=160493825.72", TRUE),
        ("ABS(total - tax * 8.69230769) < 0.01", "total=113|tax=13", TRUE),
        ("ROUND(ROUND(total / 1.13, 4) * 0.13, 2) = tax", "total=113|tax=13", TRUE),
        ("ABS(ROUND(total * tax / (100 + tax), 2) - 11.5) <= 0.01", "total=100|tax=13", TRUE),
        ("ROUND(total * tax / (100 + tax), 2) = 8628318.60", "total=75000000.16|tax=13", TRUE),
        (
            "ROUND(CAST(total * tax AS DECIMAL(28,4)) / (100 + tax), 2) = 143805302.52",
            "total=1249999937.28|tax=13",
            TRUE,
        ),
        ("total / quantity = 333.333333333333", "total=1000|quantity=3", TRUE),
        ("total / quantity > 0.3333", "total=1.00|quantity=3.00", TRUE),
        ("total / quantity > 10", "total=1|quantity=0", UNKNOWN),
        ("ROUND(total, 2) = total", "total=1.005", FALSE),
        ("ROUND(total, 2) = 1.01", "total=1.005", TRUE),
        ("quantity % 1 = 0", "quantity=3.50", FALSE),
        ("quantity = FLOOR(quantity)", "quantity=-3.00", TRUE),
        ("quantity BETWEEN 1 AND 99", "quantity=99", TRUE),
        ("quantity NOT IN (1, 2.5, 3)", "quantity=2.50", FALSE),
        ("GREATEST(total, tax, 5) = 5", "total=1|tax=2", TRUE),
        ("CAST(quantity AS SIGNED) = 3", "quantity=2.5", TRUE),
        ("-total < 0 AND +total > 0", "total=1", TRUE),
        ("TOTAL > 0 and `Total` < 2", "total=1", TRUE),
    ]);
}

#[test]
fn texts_are_compared_exactly() {
    truths(&[
        ("name = 'Zoe'", "name=zoe", FALSE),
        ("name = 'Zoe'", "name=Zoë", FALSE),
        ("name = 'Zoe'", "name=Zoe ", FALSE),
        ("name <> ''", "name= ", TRUE),
        ("TRIM(name) <> ''", "name=  ", FALSE),
        ("name = TRIM(name)", "name=Zoe ", FALSE),
        ("LOWER(name) = 'zoë'", "name=ZOË", TRUE),
        ("name = '上海某某商贸有限公司'", "name=上海某某商贸有限公司", TRUE),
        ("name = '上海某某商貿有限公司'", "name=上海某某商贸有限公司", FALSE),
        ("name LIKE '%有限公司'", "name=上海某某商贸有限公司", TRUE),
        ("name LIKE '__'", "name=张三", TRUE),
        ("name NOT LIKE '%测试%'", "name=张三（测试）", FALSE),
        ("CHAR_LENGTH(name) = 2", "name=𠮷野", TRUE),
        ("CHAR_LENGTH(tax_id) IN (15, 18, 20)", "tax_id=91310000MA1K35J85C", TRUE),
        ("LEFT(name, 2) IN ('北京', '上海')", "name=上海某某", TRUE),
        ("CONCAT(name, '·', number) = '张三·A-1'", "name=张三|number=A-1", TRUE),
        ("name = number", "name=e\u{301}|number=é", FALSE),
        ("name LIKE 'a\\_%'", "name=ab", FALSE),
        ("name LIKE '10|%' ESCAPE '|'", "name=10%", TRUE),
        ("name LIKE 'A%'", "name=abc", FALSE),
        ("number < 'B'", "number=A-1", TRUE),
        ("number BETWEEN 'A' AND 'C'", "number=b", FALSE),
        ("FIND_IN_SET(number, 'A,B,C') > 0", "number=B", TRUE),
        ("CASE name WHEN '张三' THEN TRUE WHEN '李四' THEN FALSE END", "name=李四", FALSE),
        ("CAST(RIGHT(number, 4) AS SIGNED) > 99", "number=SO-0100", TRUE),
        ("number = 310000", "number=310000", TRUE),
        ("CONCAT(quantity, '') = '2.00000000'", "quantity=2", TRUE),
        ("SUBSTRING_INDEX(number, '-', 1) = 'SO'", "number=SO-7", TRUE),
        ("name = 'it''s'", "name=it's", TRUE),
    ]);
}

#[test]
fn dates_are_days() {
    truths(&[
        ("date >= '2026-01-01'", "date=2026-01-01", TRUE),
        ("date < '2026-01-01 00:00:01'", "date=2026-01-01", TRUE),
        ("date BETWEEN '2026-01-01' AND '2026-12-31'", "date=2027-01-01", FALSE),
        ("date IN ('2026-11-20', '2026-11-21')", "date=2026-11-21", TRUE),
        ("due >= date", "date=2026-11-20|due=2026-11-19", FALSE),
        ("due <= date + INTERVAL 30 DAY", "date=2026-01-31|due=2026-03-02", TRUE),
        ("due = DATE_ADD(date, INTERVAL 1 MONTH)", "date=2026-01-31|due=2026-02-28", TRUE),
        ("date > due - INTERVAL 1 YEAR", "date=2026-02-28|due=2028-02-29", FALSE),
        ("due = date + INTERVAL CAST(quantity AS SIGNED) DAY", "date=2026-11-20|due=2026-11-27|quantity=7", TRUE),
        ("YEAR(date) = 2026 AND MONTH(date) = 11 AND DAY(date) = 20", "date=2026-11-20", TRUE),
        ("DATE_FORMAT(date, '%Y-%m') = '2026-11'", "date=2026-11-20", TRUE),
        ("date = number", "date=2026-11-20|number=2026-11-20", TRUE),
        ("COALESCE(due, date) = '2026-11-20'", "date=2026-11-20", TRUE),
        ("UNIX_TIMESTAMP(date) = 86400", "date=1970-01-02", TRUE),
        ("FROM_UNIXTIME(CAST(quantity AS SIGNED)) = '1970-01-01 00:00:01'", "quantity=1", TRUE),
        ("date > due", "date=2026-11-20", UNKNOWN),
    ]);
}

#[test]
fn what_cannot_be_used_exactly_is_an_error_with_its_place() {
    errors(&[
        ("0 < tax\n  + total", "total=0.123456789", "2:5: `total` has more than eight decimals"),
        ("total > 0", "total=7922816251426433759354", "1:1: `total` has more than twenty digits before the point"),
        (
            "total * tax > 0",
            "total=9999999999|tax=9999999999",
            "1:1: the number has more digits than can be computed exactly: write CAST(… AS DECIMAL(28,4)) around a product, and go on with that",
        ),
        ("due > date", "date=0000-00-00|due=2026-01-01", "1:7: `date` is no day of the calendar"),
        ("due > date", "date=2026-01-01|due=2026-01-01 10:00:00", "1:1: `due` is no day of the calendar"),
        (
            "name <> ''\nAND number = 12",
            "name=x|number=12-A",
            "2:5: a text is cut to the number that it begins with: compare it as a text, or take off first what is no number",
        ),
        (
            "CAST(tax_id AS SIGNED) > 0",
            "tax_id=none",
            "1:6: a text is cut to the number that it begins with: compare it as a text, or take off first what is no number",
        ),
        ("date = number", "date=2026-11-20|number=soon", "1:1: one side of the comparison is no date"),
    ]);
    let other = |text: &str, value: Value| {
        let mut values = document("");
        values.fill(value);
        parse(text).unwrap().holds(&values).unwrap_err().to_string()
    };
    assert_eq!(other("total > 0", Value::text("1")), "rules[2].require:1:1: `total` is no number");
    assert_eq!(other("name > ''", Value::Int(1)), "rules[2].require:1:1: `name` is no text");
    assert_eq!(other("date > due", Value::text("x")), "rules[2].require:1:1: `date` is no day of the calendar");
    let missing = parse("total > 0").unwrap().holds(&[]).unwrap_err();
    assert_eq!(missing.to_string(), "rules[2].require:1:1: `total` is no number");
}

#[test]
fn integers_are_numbers_too() {
    let condition = parse("total >= 1 AND total / 3 < 1").unwrap();
    for value in [Value::Int(2), Value::UInt(2), Value::Decimal(Decimal::TWO)] {
        assert_eq!(condition.holds(&vec![value; FIELDS.len()]), Ok(TRUE));
    }
}

#[test]
fn only_the_fields_in_use_are_looked_at() {
    let condition = parse("tax <= Total OR total IS NULL").unwrap();
    assert_eq!(condition.fields().collect::<Vec<_>>(), ["tax", "total"]);
    let mut values = vec![Value::Absent; FIELDS.len()];
    (values[3], values[4]) = (Value::Decimal(Decimal::TEN), Value::Decimal(Decimal::ONE));
    assert_eq!(condition.holds(&values), Ok(TRUE));
    assert_eq!(parse("TRUE").unwrap().fields().count(), 0);
}

#[test]
fn names_and_tables() {
    refusals(&[
        (
            "totl > 0",
            ":1:1: there is no field `totl` (the fields are number, name, tax_id, total, tax, quantity, date, due); did you mean \
             `total`?",
        ),
        (
            "total > 0\n  AND colour = 'red' AND nme = ''",
            ":2:7: there is no field `colour` (the fields are number, name, tax_id, total, tax, quantity, date, due)\n\
             :2:26: there is no field `nme` (the fields are number, name, tax_id, total, tax, quantity, date, due); did you mean \
             `name`?",
        ),
        ("d.total > 0", ":1:1: a condition knows fields and no tables: write `total`"),
        ("total > @least", ":1:9: a condition knows no variables: write what `@least` holds in its place"),
        ("SUM(total) > 0", ":1:1: SUM is of many rows, and a condition sees one document: name a field in its place"),
        (
            "COUNT(*) > 0 OR AVG(total) > 1",
            ":1:1: COUNT is of many rows, and a condition sees one document: name a field in its place\n\
             :1:17: AVG is of many rows, and a condition sees one document: name a field in its place",
        ),
        (
            "total > (SELECT total FROM orders)",
            ":1:10: a condition knows the fields of one document and no tables: name a field in place of the SELECT",
        ),
        (
            "number IN (SELECT sku FROM a JOIN b ON a.id = b.id)",
            ":1:1: a condition knows the fields of one document and no tables: name a field in place of the SELECT",
        ),
        (
            "EXISTS (SELECT 1 FROM a)",
            ":1:9: a condition knows the fields of one document and no tables: name a field in place of the SELECT",
        ),
        (
            "date <= CURDATE()",
            ":1:9: CURDATE changes while a document does not: compare with another field, or with a date, '2026-11-20'",
        ),
        (
            "date <= CURRENT_DATE",
            ":1:9: CURRENT_DATE changes while a document does not: compare with another field, or with a date, '2026-11-20'",
        ),
        ("ROW_NUMBER() OVER () = 1", ":1:1: window functions are not supported: a document is made of its own rows"),
        (
            "DATEDIFF(due, date) < 30",
            ":1:1: DATEDIFF is not supported: compare dates, as in due <= date + INTERVAL 30 DAY",
        ),
        (
            "total > 0 AND LEN(name) > 0",
            ":1:15: the function LEN is not supported (schema/stores/README.md lists those that are)",
        ),
        (
            "COALESC(total, 0) > 0",
            ":1:1: the function COALESC is not supported; did you mean `COALESCE`? (schema/stores/README.md lists those that are)",
        ),
        ("name REGEXP '^A'", ":1:1: REGEXP is not supported: write LIKE, or compare with = or LEFT(…, n)"),
        ("name = \"Zoe\"", ":1:8: double quotes mean a text or a name by the server's sql_mode: write 'Zoe' or `Zoe`"),
    ]);
}

#[test]
fn what_is_no_condition() {
    let by_itself = "this is no condition by itself: write … > 0, … <> '' or … IS NOT NULL";
    let at = |places: &[&str]| places.iter().map(|p| format!(":{p}: {by_itself}")).collect::<Vec<_>>().join("\n");
    let cases = [
        ("name", at(&["1:1"])),
        ("total", at(&["1:1"])),
        ("date", at(&["1:1"])),
        ("'yes'", at(&["1:1"])),
        ("1", at(&["1:1"])),
        ("NULL", at(&["1:1"])),
        ("total - tax", at(&["1:1"])),
        ("name AND total > 0", at(&["1:1"])),
        ("quantity = 1 OR 2", at(&["1:17"])),
        ("NOT (\n  quantity\n)", at(&["2:3"])),
        ("FIND_IN_SET(number, 'A,B')", at(&["1:1"])),
        ("COALESCE(total, 0)", at(&["1:10", "1:17"]).lines().next().unwrap().to_owned()),
        ("CASE WHEN total > 0 THEN 'yes' ELSE 'no' END", at(&["1:26", "1:37"])),
        ("IF(total > 0, tax, TRUE)", at(&["1:15"])),
    ];
    refusals(&cases.iter().map(|(text, message)| (*text, message.as_str())).collect::<Vec<_>>());
    refusals(&[
        ("IF(name, TRUE, FALSE)", ":1:4: a condition is a comparison or a number: write … <> '' or … IS NOT NULL"),
        ("total = tax = 1", ":1:1: a comparison of a comparison: put the inner one in parentheses"),
    ]);
}

#[test]
fn types() {
    refusals(&[
        ("name + 1 > 0", ":1:1: MySQL computes with texts as DOUBLEs: write CAST(… AS DECIMAL(20,4))"),
        ("date > 20261120", ":1:1: a date is no number: compare dates with dates, or write a text in '…'"),
        (
            "date - due > 30",
            ":1:1: a date is no number: compare dates with dates, or write a text in '…'\n:1:8: a date is no number: compare dates with dates, or write a text in '…'",
        ),
        ("date > 'soon'", ":1:8: 'soon' is no date: write '2026-11-20'"),
        ("date IN ('2026-11-20', '2026-02-30')", ":1:24: '2026-02-30' is no date: write '2026-11-20'"),
        ("'2026/01/01' < date", ":1:1: '2026/01/01' is no date: write '2026-11-20'"),
        ("date BETWEEN '2026-01-01' AND ''", ":1:31: '' is no date: write '2026-11-20'"),
        ("total = 'many'", ":1:9: 'many' is no number: write 100 or 0.5, without quotes"),
        ("total <> ''", ":1:10: '' is no number: write 100 or 0.5, without quotes"),
        (
            "total / quantity * 2 > 1",
            ":1:1: MySQL and MariaDB go on with different digits of a quotient: write ROUND(… / …, 4), or divide last",
        ),
        ("total > 1e3", ":1:9: a number with an exponent is a DOUBLE in MySQL: write all its digits"),
        (
            "total BETWEEN '1' AND 2",
            ":1:1: BETWEEN takes numbers only, dates only or texts only: write … >= … AND … <= …",
        ),
        ("LEFT(name, quantity) = 'A'", ":1:12: an integer is wanted here: write CAST(… AS SIGNED)"),
        ("DATE(total) = date", ":1:6: a date is wanted here: for a Unix time write FROM_UNIXTIME(…)"),
    ]);
}

#[test]
fn what_is_no_expression() {
    let deep = format!("{}total > 0{}", "(".repeat(500), ")".repeat(500));
    let long = vec!["total > 0"; 1500].join(" AND ");
    refusals(&[
        ("", ": the condition is empty: write a comparison, such as total >= 0"),
        (" \n ", ": the condition is empty: write a comparison, such as total >= 0"),
        ("total >", ": this is not SQL that we can read: Expected: an expression, found: EOF"),
        ("total > = 0", ":1:9: this is not SQL that we can read: Expected: an expression, found: ="),
        ("name = 'Zoe", ":1:8: this is not SQL that we can read: Unterminated string literal"),
        ("total > 0 AS fine", ":1:11: write one expression and nothing behind it, no AS either"),
        ("total > 0;\nDROP TABLE x", ":1:10: write one expression and nothing behind it, no AS either"),
        ("total > 0 FROM document", ":1:11: write one expression and nothing behind it, no AS either"),
        (" select total > 0", ":1:2: write the condition alone, without SELECT"),
        ("WHERE total > 0", ":1:1: write the condition alone, without WHERE"),
        ("total /*!50000 > 0 */ > 0", ":1:7: leave the comment with a hint out"),
        (&deep, ": this is not SQL that we can read: it is nested too deeply"),
        (&long, ": it has more than 4000 words and signs: write fewer operators"),
        ("total > 0 && tax > 0", ":1:11: && is read differently by parsers: write AND"),
        (
            "NOT total > 0 || tax > 0",
            ":1:15: || is OR or concatenation by the server's sql_mode: write OR or CONCAT(…)",
        ),
    ]);
    let chain = parse(&vec!["total > 0"; 300].join(" AND ")).unwrap_err();
    let first = "rules[2].require:1:1: the expression is nested too deeply: write fewer operators";
    assert_eq!(chain.lines().next(), Some(first));
    assert!(parse(&vec!["total > 0"; 150].join(" AND ")).is_ok());
}

proptest! {
    /// Words of a condition in any order are refused or read, and what is read has a truth or an error, but never a panic.
    #[test]
    fn any_words_are_refused_or_judged(
        words in prop::collection::vec(prop::sample::select(WORDS), 1..16),
        values in prop::collection::vec(prop::sample::select(VALUES), FIELDS.len()),
    ) {
        if let Ok(condition) = parse(&words.join(" ")) {
            let of_kind = |(field, value): (&Field, &&str)| match (field.kind, Decimal::from_str_exact(value)) {
                (_, _) if value.is_empty() => Value::Null,
                (FieldKind::Number, Ok(n)) => Value::Decimal(n),
                (FieldKind::Date, _) => Value::Time((*value).into()),
                _ => Value::text(*value),
            };
            let values: Vec<Value> = FIELDS.iter().zip(&values).map(of_kind).collect();
            let _ = condition.holds(&values).map_err(|e| e.to_string());
        }
    }
}

const WORDS: &[&str] = &[
    "total",
    "tax",
    "name",
    "number",
    "date",
    "due",
    "= 1",
    "> 0",
    "<> ''",
    "=",
    "<",
    "+",
    "*",
    "/",
    "-",
    "%",
    "1",
    "'x'",
    "'2026-11-20'",
    "NULL",
    "TRUE",
    "(",
    ")",
    ",",
    "AND",
    "OR",
    "NOT",
    "IN (",
    "BETWEEN",
    "LIKE 'a%'",
    "IS NULL",
    "CASE WHEN",
    "THEN",
    "ELSE",
    "END",
    "IF(",
    "COALESCE(",
    "SUM(",
    "(SELECT",
    "FROM",
    "CAST(",
    "AS SIGNED)",
    "INTERVAL 1 DAY",
    "@x",
    "a.b",
];

const VALUES: &[&str] =
    &["", "0", "-1.50", "79228162514264337593543950335", "0.000000001", "2026-11-20", "张三", "12abc"];
