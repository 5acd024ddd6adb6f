//! Expressions of every form over every pair of types, with dice.

use rand::Rng as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;

use super::table::{Flavour, column};

/// The type of an operand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum T {
    Tiny,
    Small,
    UMedium,
    Int,
    Big,
    UBig,
    Dec2,
    Dec6,
    IntLit,
    DecLit,
    General,
    Unicode520,
    Bin,
    Native,
    Latin1,
    Gbk,
    Char,
    Enum,
    NumText,
    TextLit,
    Date,
    DateTime,
    Fine,
    Stamp,
    DateLit,
    Binary,
    VarBinary,
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Class {
    Number,
    Text,
    Date,
    Bytes,
    Json,
}

impl T {
    fn class(self) -> Class {
        match self {
            T::Tiny | T::Small | T::UMedium | T::Int | T::Big | T::UBig | T::Dec2 | T::Dec6 | T::IntLit | T::DecLit => {
                Class::Number
            }
            T::Date | T::DateTime | T::Fine | T::Stamp | T::DateLit => Class::Date,
            T::Binary | T::VarBinary => Class::Bytes,
            T::Json => Class::Json,
            _ => Class::Text,
        }
    }
}

const NUMBERS: &[T] = &[T::Tiny, T::Small, T::UMedium, T::Int, T::Big, T::UBig, T::Dec2, T::Dec6, T::IntLit, T::DecLit];
const INTEGERS: &[T] = &[T::Tiny, T::Small, T::UMedium, T::Int, T::Big, T::IntLit];
const TEXTS: &[T] =
    &[T::General, T::Unicode520, T::Bin, T::Native, T::Latin1, T::Gbk, T::Char, T::Enum, T::NumText, T::TextLit];
const DATES: &[T] = &[T::Date, T::DateTime, T::Fine, T::Stamp];
const BYTES: &[T] = &[T::Binary, T::VarBinary];
const PLAIN: &[T] = &[
    T::Int,
    T::UBig,
    T::Dec2,
    T::Dec6,
    T::IntLit,
    T::DecLit,
    T::General,
    T::Unicode520,
    T::Bin,
    T::Native,
    T::Latin1,
    T::Gbk,
    T::Char,
    T::Enum,
    T::NumText,
    T::TextLit,
    T::Date,
    T::DateTime,
    T::Fine,
    T::Stamp,
    T::DateLit,
];

/// Second operands where each type meets each.
const SECOND: &[T] =
    &[T::Int, T::UBig, T::Dec6, T::DecLit, T::General, T::Bin, T::Native, T::TextLit, T::Date, T::Fine];
const THIRD: &[T] = &[T::UBig, T::Dec6, T::General, T::TextLit, T::Fine];
const SECOND_NUMBERS: &[T] = &[T::Int, T::UBig, T::Dec2, T::Dec6, T::DecLit];

/// What the operands of a form have to have in common.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pair {
    /// Each type with each.
    Any,
    /// Numbers with numbers, dates with dates, texts of one collation.
    Alike,
    /// Alike, or a text and a number, or a date and a text.
    Comparable,
}

/// An operator or a function: a template with its operands `{0}` and `{1}`, and dice: `#n` decimals, `#c` a count, `#t` a text,
/// `#p` a pattern, `#u` a unit, `#z` a zone, `#f` a format.
struct Form {
    name: &'static str,
    template: &'static str,
    operands: &'static [&'static [T]],
    pair: Pair,
}

const fn one(name: &'static str, template: &'static str, operands: &'static [&'static [T]]) -> Form {
    Form { name, template, operands, pair: Pair::Any }
}

const fn two(name: &'static str, template: &'static str, operands: &'static [&'static [T]], pair: Pair) -> Form {
    Form { name, template, operands, pair }
}

const FORMS: &[Form] = &[
    one("+", "{0} + {1}", &[NUMBERS, SECOND_NUMBERS]),
    one("-", "{0} - {1}", &[NUMBERS, SECOND_NUMBERS]),
    one("*", "{0} * {1}", &[NUMBERS, SECOND_NUMBERS]),
    one("/", "{0} / {1}", &[NUMBERS, SECOND_NUMBERS]),
    one("%", "{0} % {1}", &[NUMBERS, SECOND_NUMBERS]),
    one("DIV", "{0} DIV {1}", &[NUMBERS, SECOND_NUMBERS]),
    one("MOD", "MOD({0}, {1})", &[NUMBERS, SECOND_NUMBERS]),
    one("-x", "-({0})", &[NUMBERS]),
    one("ABS", "ABS({0})", &[NUMBERS]),
    one("ROUND(x)", "ROUND({0})", &[NUMBERS]),
    one("ROUND", "ROUND({0}, #n)", &[NUMBERS]),
    one("ROUND(/)", "ROUND({0} / {1}, #n)", &[NUMBERS, SECOND_NUMBERS]),
    one("TRUNCATE", "TRUNCATE({0}, #n)", &[NUMBERS]),
    one("FLOOR", "FLOOR({0})", &[NUMBERS]),
    one("CEILING", "CEILING({0})", &[NUMBERS]),
    one("CEIL", "CEIL({0})", &[NUMBERS]),
    two("=", "{0} = {1}", &[PLAIN, PLAIN], Pair::Comparable),
    two("<>", "{0} <> {1}", &[PLAIN, SECOND], Pair::Comparable),
    two("<=>", "{0} <=> {1}", &[PLAIN, SECOND], Pair::Comparable),
    two("<", "{0} < {1}", &[PLAIN, PLAIN], Pair::Comparable),
    two("<=", "{0} <= {1}", &[PLAIN, SECOND], Pair::Comparable),
    two(">", "{0} > {1}", &[PLAIN, SECOND], Pair::Comparable),
    two(">=", "{0} >= {1}", &[PLAIN, SECOND], Pair::Comparable),
    two("= bytes", "{0} = {1}", &[BYTES, BYTES], Pair::Any),
    two("< bytes", "{0} < {1}", &[BYTES, BYTES], Pair::Any),
    two("= UNHEX", "{0} = UNHEX('#h')", &[BYTES], Pair::Any),
    two("IN", "{0} IN ({1}, #l0, {1})", &[PLAIN, SECOND], Pair::Alike),
    two("NOT IN", "{0} NOT IN ({1}, NULL)", &[PLAIN, SECOND], Pair::Alike),
    two("BETWEEN", "{0} BETWEEN {1} AND #l0", &[PLAIN, SECOND], Pair::Alike),
    two("NOT BETWEEN", "{0} NOT BETWEEN #l0 AND {1}", &[PLAIN, SECOND], Pair::Alike),
    two(
        "CASE x",
        "CASE {0} WHEN {1} THEN 'same' WHEN #l0 THEN 'dice' ELSE 'none' END",
        &[PLAIN, SECOND],
        Pair::Comparable,
    ),
    two("NULLIF", "NULLIF({0}, {1})", &[PLAIN, SECOND], Pair::Comparable),
    one("IS NULL", "{0} IS NULL", &[PLAIN]),
    one("IS NOT NULL", "{0} IS NOT NULL", &[PLAIN]),
    one("IS TRUE", "{0} IS TRUE", &[NUMBERS]),
    one("IS NOT TRUE", "{0} IS NOT TRUE", &[NUMBERS]),
    one("IS FALSE", "{0} IS FALSE", &[NUMBERS]),
    one("IS UNKNOWN", "({0} > 1) IS UNKNOWN", &[NUMBERS]),
    one("NOT", "NOT {0}", &[NUMBERS]),
    one("AND", "{0} AND {1}", &[NUMBERS, SECOND_NUMBERS]),
    one("OR", "{0} OR {1}", &[NUMBERS, SECOND_NUMBERS]),
    two("IF", "IF(t.ti > #c, {0}, {1})", &[PLAIN, THIRD], Pair::Any),
    two("CASE", "CASE WHEN t.bi > #c THEN {0} WHEN t.d2 < 0 THEN NULL ELSE {1} END", &[PLAIN, THIRD], Pair::Any),
    two("IF computed", "IF(t.ti > #c, {0}, {1}) * 1.0", &[NUMBERS, SECOND_NUMBERS], Pair::Any),
    two("CASE divided", "CASE WHEN t.bi > #c THEN {0} ELSE {1} END / 3", &[NUMBERS, SECOND_NUMBERS], Pair::Any),
    two("COALESCE", "COALESCE({0}, {1})", &[PLAIN, THIRD], Pair::Any),
    two("IFNULL", "IFNULL(NULLIF({0}, {0}), {1})", &[PLAIN, THIRD], Pair::Any),
    two("GREATEST", "GREATEST({0}, {1})", &[PLAIN, SECOND], Pair::Alike),
    two("LEAST", "LEAST({0}, {1}, #l0)", &[PLAIN, SECOND], Pair::Alike),
    one("CONCAT", "CONCAT({0}, '-', {1})", &[PLAIN, THIRD]),
    one("CONCAT_WS", "CONCAT_WS('|', {0}, NULL, {1})", &[PLAIN, THIRD]),
    two("LIKE", "{0} LIKE {1}", &[TEXTS, TEXTS], Pair::Alike),
    one("LIKE pattern", "{0} LIKE '#p'", &[PLAIN]),
    one("NOT LIKE", "{0} NOT LIKE '#p'", &[PLAIN]),
    one("LIKE ESCAPE", "{0} LIKE '#e' ESCAPE '|'", &[PLAIN]),
    two("FIND_IN_SET", "FIND_IN_SET({0}, {1})", &[TEXTS, TEXTS], Pair::Alike),
    one("FIND_IN_SET list", "FIND_IN_SET({0}, 'a,5,Hello,,12,7')", &[PLAIN]),
    one("LOWER", "LOWER({0})", &[PLAIN]),
    one("UPPER", "UPPER({0})", &[PLAIN]),
    one("TRIM", "TRIM({0})", &[PLAIN]),
    one("TRIM BOTH", "TRIM(BOTH 'x' FROM {0})", &[PLAIN]),
    one("TRIM LEADING", "TRIM(LEADING '#t' FROM {0})", &[PLAIN]),
    one("TRIM TRAILING", "TRIM(TRAILING '0' FROM {0})", &[PLAIN]),
    one("LTRIM", "LTRIM({0})", &[PLAIN]),
    one("RTRIM", "RTRIM({0})", &[PLAIN]),
    one("LEFT", "LEFT({0}, #c)", &[PLAIN]),
    one("LEFT by", "LEFT({0}, {1})", &[TEXTS, INTEGERS]),
    one("RIGHT", "RIGHT({0}, #c)", &[PLAIN]),
    one("SUBSTRING", "SUBSTRING({0}, #c)", &[PLAIN]),
    one("SUBSTRING 3", "SUBSTRING({0}, #c, #n)", &[PLAIN]),
    one("SUBSTRING_INDEX", "SUBSTRING_INDEX({0}, '#t', #c)", &[PLAIN]),
    one("LPAD", "LPAD({0}, #n, 'ab')", &[PLAIN]),
    one("RPAD", "RPAD({0}, 1#n, '0')", &[PLAIN]),
    one("REPLACE", "REPLACE({0}, '#t', '#t')", &[PLAIN]),
    one("CHAR_LENGTH", "CHAR_LENGTH({0})", &[PLAIN]),
    one("CAST CHAR", "CAST({0} AS CHAR)", &[PLAIN]),
    one("CONVERT USING", "CONVERT({0} USING utf8mb4)", &[PLAIN]),
    one("CAST SIGNED", "CAST({0} AS SIGNED)", &[NUMBERS]),
    one("CAST text SIGNED", "CAST({0} AS SIGNED)", &[TEXTS]),
    one("CAST UNSIGNED", "CAST({0} AS UNSIGNED)", &[NUMBERS]),
    one("CAST DECIMAL", "CAST({0} AS DECIMAL(22,#n))", &[NUMBERS]),
    one("CAST text DECIMAL", "CAST({0} AS DECIMAL(22,#n))", &[TEXTS]),
    one("CONVERT DECIMAL", "CONVERT({0}, DECIMAL(22,#n))", &[NUMBERS]),
    one("CAST DATE", "CAST({0} AS DATE)", DATES_AND_TEXTS),
    one("CAST DATETIME", "CAST({0} AS DATETIME)", DATES_AND_TEXTS),
    one("DATE", "DATE({0})", DATES_AND_TEXTS),
    one("DATE_FORMAT", "DATE_FORMAT({0}, '#f')", DATES_AND_TEXTS),
    one("YEAR", "YEAR({0})", DATES_AND_TEXTS),
    one("MONTH", "MONTH({0})", DATES_AND_TEXTS),
    one("DAY", "DAY({0})", DATES_AND_TEXTS),
    one("HOUR", "HOUR({0})", &[DATES]),
    one("MINUTE", "MINUTE({0})", &[DATES]),
    one("SECOND", "SECOND({0})", &[DATES]),
    one("DATE_ADD", "DATE_ADD({0}, INTERVAL #c #u)", &[DATES]),
    one("DATE_SUB", "DATE_SUB({0}, INTERVAL #c #u)", &[DATES]),
    one("+ INTERVAL", "{0} + INTERVAL {1} DAY", &[DATES, &[T::Tiny, T::Small, T::IntLit]]),
    one("- INTERVAL", "{0} - INTERVAL {1} MINUTE", &[DATES, &[T::Tiny, T::Small, T::IntLit]]),
    one("CONVERT_TZ", "CONVERT_TZ({0}, '#z', '#z')", &[DATES]),
    one("UNIX_TIMESTAMP", "UNIX_TIMESTAMP({0})", &[DATES]),
    one("FROM_UNIXTIME", "FROM_UNIXTIME({0})", &[INTEGERS]),
    one("HEX", "HEX({0})", &[INTEGERS]),
    one("HEX text", "HEX({0})", &[TEXTS]),
    one("HEX bytes", "HEX({0})", &[BYTES]),
    one("HEX UNHEX", "HEX(UNHEX({0}))", &[PLAIN]),
    one("JSON", "JSON_UNQUOTE(JSON_EXTRACT({0}, '$.#j'))", &[&[T::Json]]),
    one("JSON =", "JSON_UNQUOTE(JSON_EXTRACT({0}, '$.a')) = '#t'", &[&[T::Json]]),
    one("->>", "{0} ->> '$.#j'", &[&[T::Json]]),
    one("variable", "CONCAT({0}, @v, @n)", &[PLAIN]),
];

const DATES_AND_TEXTS: &[&[T]] = &[&[T::Date, T::DateTime, T::Fine, T::Stamp, T::DateLit]];

/// One expression, and what it is an example of.
#[derive(Clone, Debug)]
pub struct Example {
    pub form: &'static str,
    pub types: Vec<T>,
    pub sql: String,
    /// Whether NULL is to be told from an empty text, which needs the expression twice.
    pub tells_null: bool,
}

/// So many examples of every form and pair of types.
pub fn examples(flavour: Flavour, dice: &mut ChaCha8Rng, of_each: usize) -> Vec<Example> {
    let mut examples = Vec::new();
    for form in FORMS {
        // MariaDB has no arrows: MySQL has to be asked twice as often.
        let of_each = match (form.name, flavour) {
            ("->>", Flavour::MariaDb) => continue,
            ("->>", Flavour::MySql) => of_each * 2,
            _ => of_each,
        };
        let pairs: Vec<Vec<T>> = match form.operands {
            [only] => only.iter().map(|&t| vec![t]).collect(),
            [first, second, ..] if form.template.contains("{1}") => {
                let pairs = first.iter().flat_map(|&a| second.iter().map(move |&b| vec![a, b]));
                pairs.filter(|pair| fits(form.pair, pair[0], pair[1])).collect()
            }
            [first, ..] => first.iter().map(|&t| vec![t]).collect(),
            [] => vec![Vec::new()],
        };
        for types in pairs {
            for n in 0..of_each {
                // Every other one has operands that are expressions themselves.
                let sql = instance(form, &types, n % 2, dice);
                examples.push(Example { form: form.name, types: types.clone(), sql, tells_null: n % 3 == 0 });
            }
        }
    }
    examples
}

fn fits(pair: Pair, a: T, b: T) -> bool {
    let texts = |a: T, b: T| a == b || a == T::TextLit || b == T::TextLit;
    match (a.class(), b.class()) {
        _ if pair == Pair::Any => a.class() != Class::Text || b.class() != Class::Text || together(a, b),
        (Class::Number, Class::Number) | (Class::Date, Class::Date) => true,
        (Class::Text, Class::Text) => texts(a, b),
        (Class::Text, Class::Number) | (Class::Number, Class::Text) => {
            pair == Pair::Comparable && a != T::Enum && b != T::Enum
        }
        _ => false,
    }
}

/// True where a text can be made of both.
fn together(a: T, b: T) -> bool {
    let narrow = |t: T| matches!(t, T::Latin1 | T::Gbk | T::Char);
    !(narrow(a) && narrow(b)) || a == b
}

fn instance(form: &Form, types: &[T], depth: usize, dice: &mut ChaCha8Rng) -> String {
    let mut sql = form.template.to_owned();
    for (i, &t) in types.iter().enumerate() {
        let slot = format!("{{{i}}}");
        while let Some(at) = sql.find(&slot) {
            let operand = operand(t, depth, dice);
            sql.replace_range(at..at + slot.len(), &operand);
        }
    }
    if let Some(&first) = types.first() {
        while let Some(at) = sql.find("#l0") {
            let alike = match first.class() {
                Class::Number => T::IntLit,
                Class::Date => first,
                _ => T::TextLit,
            };
            let literal = operand(alike, 0, dice);
            sql.replace_range(at..at + 3, &literal);
        }
    }
    while let Some(at) = sql.find('#') {
        let roll = roll(&sql[at + 1..at + 2], dice);
        sql.replace_range(at..at + 2, &roll);
    }
    sql
}

fn roll(what: &str, dice: &mut ChaCha8Rng) -> String {
    let pick = |from: &[&str], dice: &mut ChaCha8Rng| (*from.choose(dice).expect("there are some")).to_owned();
    match what {
        "n" => dice.random_range(0..7).to_string(),
        "c" => dice.random_range(-4..9).to_string(),
        "t" => pick(&["a", "b", "x", "l", "ll", "Ab", "0", "-", ".", " ", "京", "é", "xx", "12"], dice),
        "p" => pick(
            &["%", "_%", "h%", "%O", "h_llo", "%b%", "北%", "%京市", "1%", "%.5%", "2026-%", "A%c", "", "%é", "a b"],
            dice,
        ),
        "e" => pick(&["a|_b%", "%|%%", "||%", "h%|", "%|_%", "12|.%"], dice),
        "u" => pick(&["SECOND", "MINUTE", "HOUR", "DAY", "MONTH", "YEAR"], dice),
        "z" => pick(&["+00:00", "+08:00", "-05:30", "+05:45", "-11:00", "+13:00"], dice),
        "f" => pick(
            &[
                "%Y-%m-%d",
                "%d.%m.%y %H:%i:%s",
                "%c/%e/%Y %l:%i %p",
                "%W %a %M %b %j",
                "%T",
                "%r",
                "%k%%%h%I",
                "%Y%m",
                "%f %S %w",
            ],
            dice,
        ),
        "h" => pick(&["61626364", "61", "6162", "00", "4142", "0", "", "61000000", "zz"], dice),
        "j" => pick(&["a", "n", "none", "a[0]", "\"a\""], dice),
        other => panic!("no dice for {other}"),
    }
}

/// A column or a literal of a type, or an expression over one that has the type's kind.
fn operand(t: T, depth: usize, dice: &mut ChaCha8Rng) -> String {
    if depth == 0 || dice.random_bool(0.3) {
        return leaf(t, dice);
    }
    let inner = operand(t, depth - 1, dice);
    let templates: &[&str] = match t.class() {
        Class::Number => &[
            "({a} + {b})",
            "({a} * {b})",
            "({a} - {b})",
            "COALESCE({a}, {b})",
            "IF({a} > {b}, {a}, {a})",
            "ROUND({a}, 1)",
            "(-({a}))",
            "CAST({a} AS DECIMAL(24,3))",
            "GREATEST({a}, {b})",
            "({a} % 7)",
            "ABS({a})",
            "NULLIF({a}, {b})",
            "IF({a} > 1, {a}, {b})",
        ],
        Class::Text => &[
            "CONCAT({a}, 'x')",
            "LEFT({a}, 2)",
            "COALESCE({a}, 'n')",
            "IF({a} IS NULL, 'q', {a})",
            "TRIM({a})",
            "LOWER({a})",
            "CASE WHEN t.ti > 1 THEN {a} ELSE 'Else' END",
            "NULLIF({a}, 'b')",
            "SUBSTRING({a}, 2)",
            "REPLACE({a}, 'l', '')",
        ],
        Class::Date if t == T::DateLit => return leaf(t, dice),
        Class::Date => {
            &["COALESCE({a}, {a})", "DATE_ADD({a}, INTERVAL 1 DAY)", "IF(t.ti > 0, {a}, NULL)", "{a} - INTERVAL 1 YEAR"]
        }
        Class::Bytes | Class::Json => return leaf(t, dice),
    };
    let template = templates.choose(dice).expect("there are some");
    let other = *[T::Tiny, T::Int, T::Dec2, T::Dec6, T::IntLit, T::DecLit].choose(dice).expect("there are some");
    template.replace("{a}", &inner).replace("{b}", &leaf(other, dice))
}

fn leaf(t: T, dice: &mut ChaCha8Rng) -> String {
    if let Some(column) = column(t) {
        return format!("t.{column}");
    }
    let pick = |from: &[&str], dice: &mut ChaCha8Rng| (*from.choose(dice).expect("there are some")).to_owned();
    match t {
        T::IntLit => pick(&["0", "1", "2", "3", "7", "10", "-1", "-5", "100", "4294967296", "NULL", "12"], dice),
        T::DecLit => pick(&["0.5", "1.25", "10.00", "-3.350", "0.001", "2.6750", "-0.5", "100.0", "12.50", ".5"], dice),
        T::TextLit => pick(
            &[
                "'Hello'",
                "'hello'",
                "'b'",
                "''",
                "'12.5'",
                "'12abc'",
                "'北京'",
                "'été'",
                "'a,b,B'",
                "'0'",
                "' 7'",
                "'strasse'",
                "'O\\'Brien'",
            ],
            dice,
        ),
        _ => pick(&["'2026-11-20'", "'2026-11-20 08:15:00'", "'1999-12-31 23:00:00'", "'2024-02-29'"], dice),
    }
}
