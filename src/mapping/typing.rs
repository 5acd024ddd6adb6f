//! The types of expressions, as far as the server's answers depend on them.
//!
//! A [`TableShape`](crate::change::TableShape) tells a column's type but not a DECIMAL's scale; the scale comes with each
//! value. Where branches of different scales meet (`COALESCE(amount, 0)`) the server shows them all with the largest one,
//! which we cannot know: such a number is fine as a number, and refused where its digits would show.

use crate::change::ColumnShape;

use super::contract::Kind as OutputKind;
use super::datum::Datum;
use super::expr::{Aggregate, Comparison, Expr, Function, Kind};
use super::refusal::{Place, Refusals};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Type {
    pub class: Class,
    pub scale: Scale,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// NULL, and whatever has been refused already.
    Null,
    Int,
    Decimal,
    Double,
    Text,
    /// ENUM and SET: a text, or a number where one is wanted.
    Enum,
    Time,
    Bytes,
}

/// How many digits a DECIMAL shows behind the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    Exact(u32),
    /// As many as its value has.
    Own,
    /// The server knows, we do not.
    Unclear,
    /// A quotient's: it has digits that it does not show.
    Quotient,
}

const CAST_DOUBLE: &str = "a FLOAT or DOUBLE is not exact: write CAST(… AS DECIMAL(20,4))";
const CAST_TEXT: &str = "MySQL computes with texts as DOUBLEs: write CAST(… AS DECIMAL(20,4))";
const BINARY: &str = "binary, BIT and JSON columns are not supported here";
const DATES: &str = "a date is no number: compare dates with dates, or write a text in '…'";
const MIXED_DATES: &str = "dates and datetimes are mixed here, and show differently: write DATE(…) around each";
const QUOTIENT: &str =
    "MySQL and MariaDB go on with different digits of a quotient: write ROUND(… / …, 4), or divide last";
const UNCLEAR: &str =
    "how many decimals this has depends on columns of different scales: write CAST(… AS DECIMAL(20,2)) around it";

impl Type {
    pub const NULL: Type = Type { class: Class::Null, scale: Scale::Exact(0) };
    const INT: Type = Type { class: Class::Int, scale: Scale::Exact(0) };
    const TEXT: Type = Type { class: Class::Text, scale: Scale::Exact(0) };
    /// Dates show 10 characters, datetimes 19.
    const DATE: Type = Type { class: Class::Time, scale: Scale::Exact(10) };
    const DATETIME: Type = Type { class: Class::Time, scale: Scale::Exact(19) };

    /// Of a column.
    pub fn of_column(column: &ColumnShape) -> Type {
        let class = match column.data_type.as_str() {
            "tinyint" | "smallint" | "mediumint" | "int" | "integer" | "bigint" | "year" => Class::Int,
            "decimal" | "numeric" => return Type::decimal(Scale::Own),
            "float" | "double" | "real" => Class::Double,
            "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => Class::Text,
            "enum" | "set" => Class::Enum,
            "date" => return Type::DATE,
            "datetime" | "timestamp" => return Type::DATETIME,
            "time" => Class::Time,
            _ => Class::Bytes,
        };
        Type { class, scale: Scale::Exact(0) }
    }

    /// Of a literal.
    pub fn of_literal(datum: &Datum) -> Type {
        match datum {
            Datum::Null => Type::NULL,
            Datum::Int(_) | Datum::UInt(_) => Type::INT,
            Datum::Decimal(n) => Type::decimal(Scale::Exact(n.scale)),
            Datum::Text(_) => Type::TEXT,
            Datum::Time(_) => Type::DATETIME,
            Datum::Double(_) => Type { class: Class::Double, scale: Scale::Own },
            Datum::Bytes => Type { class: Class::Bytes, scale: Scale::Own },
        }
    }

    fn decimal(scale: Scale) -> Type {
        Type { class: Class::Decimal, scale }
    }

    /// The type of a value that may come from either.
    fn merge(self, other: Type) -> Type {
        use Class::*;
        match (self.class, other.class) {
            (Null, _) => other,
            (_, Null) => self,
            (Int, Int) => self,
            (Int | Decimal, Int | Decimal) => {
                let scale = match (self.scale, other.scale) {
                    (Scale::Exact(a), Scale::Exact(b)) if a == b => Scale::Exact(a),
                    _ => Scale::Unclear,
                };
                Type::decimal(scale)
            }
            (Time, Time) if self.scale != other.scale => Type { class: Time, scale: Scale::Unclear },
            (a, b) if a == b => self,
            (Double, Int | Decimal) => self,
            (Int | Decimal, Double) => other,
            (Bytes, _) => self,
            (_, Bytes) => other,
            _ => Type::TEXT,
        }
    }

    fn is_text(self) -> bool {
        matches!(self.class, Class::Text | Class::Enum)
    }
}

/// Types a call and records what is wrong with its arguments. Branches of a conditional that yields text are cast to it.
pub(super) fn call<C>(
    function: Function,
    args: &mut [Expr<C>],
    types: &[Type],
    place: Place,
    refusals: &mut Refusals,
) -> Type {
    use Function::*;
    let places: Vec<Place> = args.iter().map(|a| a.place).collect();
    let mut check = Checker { refusals, places: &places, types };
    match function {
        Add | Subtract | Multiply | Negate | Abs | Divide | Round(_) => check.arithmetic(function),
        Compare(comparison) => {
            check.comparable(comparison, 0, 1);
            Type::INT
        }
        In => {
            (1..types.len()).for_each(|i| check.comparable(Comparison::Equal, 0, i));
            Type::INT
        }
        IsNull => Type::INT,
        IsTrue | IsFalse | And | Or | Not => {
            (0..types.len()).for_each(|i| check.condition(i));
            Type::INT
        }
        Case { operand, otherwise } => {
            let results = check.case(operand, otherwise);
            conditional(&results, args, types, place)
        }
        If => {
            check.condition(0);
            conditional(&[1, 2], args, types, place)
        }
        Coalesce => conditional(&(0..types.len()).collect::<Vec<_>>(), args, types, place),
        NullIf => {
            check.comparable(Comparison::Equal, 0, 1);
            types[0]
        }
        Greatest | Least => {
            check.one_kind();
            types.iter().copied().fold(Type::NULL, Type::merge)
        }
        Concat | ConcatWs | Lower | Upper | Trim(_) | Replace | CastChar => {
            (0..types.len()).for_each(|i| check.text(i));
            Type::TEXT
        }
        Left | Substring => {
            check.text(0);
            (1..types.len()).for_each(|i| check.integer(i));
            Type::TEXT
        }
        FromUnixtime => {
            check.integer(0);
            Type::DATETIME
        }
        Date => {
            check.date(0);
            Type::DATE
        }
        CastSigned | CastUnsigned | CastDecimal { .. } => {
            check.castable(0);
            if let CastDecimal { scale, .. } = function { Type::decimal(Scale::Exact(scale)) } else { Type::INT }
        }
    }
}

/// Records why an expression of this type cannot be a contract output, if so.
pub(super) fn output(name: &str, kind: OutputKind, found: Type, place: Place, refusals: &mut Refusals) {
    use Class::*;
    let wrong = match (kind, found.class) {
        (_, Bytes) => Some(BINARY),
        (_, Double) => Some(CAST_DOUBLE),
        (OutputKind::Key | OutputKind::Text, Decimal) if found.scale == Scale::Unclear => Some(UNCLEAR),
        (OutputKind::Key | OutputKind::Text, Time) if found.scale == Scale::Unclear => Some(MIXED_DATES),
        (OutputKind::Number, Time) => Some("this is a date, and a number is wanted"),
        (OutputKind::Moment, Int | Decimal) => {
            Some("this is a number, and a date or datetime is wanted: write FROM_UNIXTIME(… + @clock_offset)")
        }
        (OutputKind::State, Int | Decimal | Time) => {
            Some("this is no text, and a state is wanted: write CASE WHEN … THEN 'posted' … END")
        }
        (OutputKind::LineSort, Int | Decimal | Time) => {
            Some("this is no text, and a kind of line is wanted: write 'goods', 'shipping' or 'fee'")
        }
        (OutputKind::Flag, Text | Enum | Time) => Some("this is no number, and 0 or 1 is wanted: write TRUE or FALSE"),
        (OutputKind::Number, Enum) => Some("an ENUM is no number: write CASE … END"),
        _ => None,
    };
    if let Some(what) = wrong {
        refusals.add(place, format!("`{name}`: {what}"));
    }
}

/// Records why an expression of this type cannot be a WHERE, if so.
pub(super) fn condition(found: Type, place: Place, refusals: &mut Refusals) {
    Checker { refusals, places: &[place], types: &[found] }.condition(0);
}

/// Types an aggregate and records what is wrong with its argument.
pub(super) fn aggregate(aggregate: Aggregate, argument: Type, place: Place, refusals: &mut Refusals) -> Type {
    let mut check = Checker { refusals, places: &[place], types: &[argument] };
    match aggregate {
        Aggregate::Count | Aggregate::CountRows => Type::INT,
        Aggregate::Sum => {
            check.each_number();
            check.no_quotient();
            Type::decimal(if argument.class == Class::Decimal { argument.scale } else { Scale::Exact(0) })
        }
        Aggregate::Min | Aggregate::Max => argument,
        Aggregate::GroupConcat => {
            check.text(0);
            Type::TEXT
        }
    }
}

struct Checker<'a> {
    refusals: &'a mut Refusals,
    places: &'a [Place],
    types: &'a [Type],
}

impl Checker<'_> {
    fn refuse(&mut self, i: usize, what: &str) {
        self.refusals.add(self.places[i], what);
    }

    /// Checks and types a call that computes.
    fn arithmetic(&mut self, function: Function) -> Type {
        self.each_number();
        match function {
            Function::Negate | Function::Abs => self.types[0],
            Function::Round(_) if self.types[0].class == Class::Int => Type::INT,
            Function::Round(places) => Type::decimal(Scale::Exact(places)),
            Function::Divide => {
                if self.types[0].scale == Scale::Unclear {
                    self.refuse(0, UNCLEAR);
                }
                self.no_quotient();
                Type::decimal(Scale::Quotient)
            }
            _ => {
                self.no_quotient();
                sum(self.types)
            }
        }
    }

    fn each_number(&mut self) {
        for i in 0..self.types.len() {
            match self.types[i].class {
                Class::Null | Class::Int | Class::Decimal => {}
                Class::Double => self.refuse(i, CAST_DOUBLE),
                Class::Text | Class::Enum => self.refuse(i, CAST_TEXT),
                Class::Time => self.refuse(i, DATES),
                Class::Bytes => self.refuse(i, BINARY),
            }
        }
    }

    fn no_quotient(&mut self) {
        for i in 0..self.types.len() {
            if self.types[i].scale == Scale::Quotient {
                self.refuse(i, QUOTIENT);
            }
        }
    }

    fn condition(&mut self, i: usize) {
        match self.types[i].class {
            Class::Null | Class::Int | Class::Decimal => {}
            _ => self.refuse(i, "a condition is a comparison or a number: write … <> '' or … IS NOT NULL"),
        }
    }

    /// Numbers only, or dates only.
    fn one_kind(&mut self) {
        let dates = self.types.iter().any(|t| t.class == Class::Time);
        for i in 0..self.types.len() {
            match self.types[i].class {
                Class::Null => {}
                Class::Time if dates => {}
                Class::Int | Class::Decimal if !dates => {}
                _ => self.refuse(i, "GREATEST and LEAST take numbers only, or dates only: write CAST(…) or DATE(…)"),
            }
        }
    }

    fn integer(&mut self, i: usize) {
        if !matches!(self.types[i].class, Class::Null | Class::Int) {
            self.refuse(i, "an integer is wanted here: write CAST(… AS SIGNED)");
        }
    }

    fn text(&mut self, i: usize) {
        match self.types[i] {
            Type { class: Class::Double, .. } => self.refuse(i, CAST_DOUBLE),
            Type { class: Class::Bytes, .. } => self.refuse(i, BINARY),
            Type { class: Class::Decimal, scale: Scale::Unclear } => self.refuse(i, UNCLEAR),
            Type { class: Class::Time, scale: Scale::Unclear } => self.refuse(i, MIXED_DATES),
            _ => {}
        }
    }

    fn date(&mut self, i: usize) {
        if !matches!(self.types[i].class, Class::Null | Class::Time | Class::Text) {
            self.refuse(i, "a date is wanted here: for a Unix time write FROM_UNIXTIME(…)");
        }
    }

    fn castable(&mut self, i: usize) {
        match self.types[i].class {
            Class::Bytes => self.refuse(i, BINARY),
            Class::Enum => self.refuse(i, "the number of an ENUM is its position: write CASE … END"),
            Class::Time => self.refuse(i, DATES),
            _ => {}
        }
    }

    fn comparable(&mut self, comparison: Comparison, a: usize, b: usize) {
        use Class::*;
        let (x, y) = (self.types[a], self.types[b]);
        let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual | Comparison::NullSafeEqual);
        match (x.class, y.class) {
            (Null, _) | (_, Null) | (Time, Time | Text) | (Text, Time) => {}
            (Double, _) => self.refuse(a, CAST_DOUBLE),
            (_, Double) => self.refuse(b, CAST_DOUBLE),
            (Bytes, _) => self.refuse(a, BINARY),
            (_, Bytes) => self.refuse(b, BINARY),
            (Time, _) | (_, Time) => self.refuse(a, DATES),
            (Enum, Int | Decimal) | (Int | Decimal, Enum) => {
                self.refuse(a, "an ENUM compared with a number is its position: compare it with a label in '…'");
            }
            _ if x.is_text() && y.is_text() && !equality => {
                self.refuse(a, "the order of texts is their collation's, which is not known: compare numbers or dates");
            }
            _ => {}
        }
    }

    /// Checks a CASE; the positions of its results.
    fn case(&mut self, operand: bool, otherwise: bool) -> Vec<usize> {
        let last = self.types.len() - usize::from(otherwise);
        let mut results = Vec::new();
        for when in (usize::from(operand)..last).step_by(2) {
            if operand {
                self.comparable(Comparison::Equal, 0, when);
            } else {
                self.condition(when);
            }
            results.push(when + 1);
        }
        results.extend(otherwise.then_some(last));
        results
    }
}

/// Of a sum, a difference or a product.
fn sum(types: &[Type]) -> Type {
    if types.iter().all(|t| matches!(t.class, Class::Int | Class::Null)) {
        return Type::INT;
    }
    let unclear = types.iter().any(|t| t.scale == Scale::Unclear);
    Type::decimal(if unclear { Scale::Unclear } else { Scale::Own })
}

fn conditional<C>(results: &[usize], args: &mut [Expr<C>], types: &[Type], place: Place) -> Type {
    let merged = results.iter().map(|&i| types[i]).fold(Type::NULL, Type::merge);
    if merged.class == Class::Text {
        for &i in results.iter().filter(|&&i| !types[i].is_text()) {
            let null = Expr { kind: Kind::Literal(Datum::Null), place };
            let branch = std::mem::replace(&mut args[i], null);
            let at = branch.place;
            args[i] = Expr::call(Function::CastChar, vec![branch], at);
        }
    }
    merged
}
