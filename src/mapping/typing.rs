//! The types of expressions, as far as the server's answers depend on them.
//!
//! A DECIMAL's scale is known before any row is read where the store says its columns' sizes; branches of different scales
//! (`COALESCE(amount, 0)`) are shown with the largest. Where a size is not known the scale comes with each value, and such a
//! mixture is fine as a number and refused where its digits would show.

use crate::change::ColumnShape;

use super::collation::Collation;
use super::contract::Kind as OutputKind;
use super::datum::Datum;
use super::expr::{Aggregate, Expr, Function, Kind, Name};
use super::refusal::{Place, Refusals};

pub(super) use super::signature::{call, condition};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Type {
    pub class: Class,
    pub scale: Scale,
    /// A quotient: it may have digits that it does not show.
    pub quotient: bool,
    /// Computed with at its scale, and shown with that of a branch of IF or CASE by some servers.
    pub ragged: bool,
    /// Its own digits depend on which of several equal numbers the server takes; of an integer: some servers make a DECIMAL
    /// of it.
    pub uneven: bool,
    /// Of an integer.
    pub unsigned: bool,
    pub under: Under,
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
    Json,
    /// BIT and whatever else is not supported.
    Other,
}

/// How many digits a DECIMAL shows behind the point; how many characters a date has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    Exact(u32),
    /// As many as its value has.
    Own,
    /// The server knows, we do not, or servers differ.
    Unclear,
}

/// The collation that a text brings to a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Under {
    /// It gives way to a column's: a literal's, and what is made of numbers.
    Free(Collation),
    /// A column's.
    Column(Collation),
    /// The session's own, which it insists on: a variable's, and a CAST's.
    Session,
    /// Of several columns that do not go together.
    Mixed,
}

pub(super) const CAST_DOUBLE: &str = "a FLOAT or DOUBLE is not exact: write CAST(… AS DECIMAL(20,4))";
pub(super) const CAST_TEXT: &str = "MySQL computes with texts as DOUBLEs: write CAST(… AS DECIMAL(20,4))";
pub(super) const BINARY: &str = "binary data is no text and no number: write HEX(…)";
pub(super) const JSON: &str = "servers differ in JSON values: write JSON_UNQUOTE(JSON_EXTRACT(…, '$.…'))";
pub(super) const OTHER: &str = "BIT columns and the like are not supported";
pub(super) const DATES: &str = "a date is no number: compare dates with dates, or write a text in '…'";
pub(super) const MIXED_DATES: &str =
    "dates and datetimes are mixed here, and show differently: write DATE(…) around each";
pub(super) const QUOTIENT: &str =
    "MySQL and MariaDB go on with different digits of a quotient: write ROUND(… / …, 4), or divide last";
pub(super) const UNCLEAR: &str = "how many decimals this has depends on columns of different scales, or on the server: \
                                  write CAST(… AS DECIMAL(20,2)) around it";
pub(super) const ZEROFILL: &str = "as a text the column's numbers have zeros before them (ZEROFILL): write CAST(… AS UNSIGNED) for \
                                   those without";
pub(super) const ORDER: &str = "the order of texts is their collation's, which is not known: compare numbers or dates";
pub(super) const MIX: &str = "texts of different collations are compared, which the server refuses (illegal mix of \
                              collations), or columns of one that is not known: compare columns of one known collation, or a \
                              column with a text in '…'";

impl Type {
    /// What has been refused already: whatever comes of it is fine.
    pub const NULL: Type = Type::of(Class::Null, Scale::Exact(0));
    pub const INT: Type = Type::of(Class::Int, Scale::Exact(0));
    pub const TEXT: Type = Type::of(Class::Text, Scale::Exact(0));
    /// Dates show 10 characters, datetimes 19 and more.
    pub const DATE: Type = Type::of(Class::Time, Scale::Exact(10));
    pub const DATETIME: Type = Type::of(Class::Time, Scale::Exact(19));
    pub const BYTES: Type = Type::of(Class::Bytes, Scale::Exact(0));

    const fn of(class: Class, scale: Scale) -> Type {
        Type {
            class,
            scale,
            quotient: false,
            ragged: false,
            uneven: false,
            unsigned: false,
            under: Under::Free(Collation::USUAL),
        }
    }

    pub const fn decimal(scale: Scale) -> Type {
        Type::of(Class::Decimal, scale)
    }

    pub const fn text_under(under: Under) -> Type {
        Type { under, ..Type::TEXT }
    }

    /// Of a column.
    pub fn of_column(column: &ColumnShape) -> Type {
        let collation = column.collation.as_deref().map_or(Collation::USUAL, Collation::named);
        let text = |class| Type { under: Under::Column(collation), ..Type::of(class, Scale::Exact(0)) };
        match column.data_type.as_str() {
            "tinyint" | "smallint" | "mediumint" | "int" | "integer" | "bigint" | "year" => {
                // It has a size where zeros fill it up.
                Type { unsigned: column.unsigned, ragged: !column.size.is_empty(), ..Type::INT }
            }
            "decimal" | "numeric" => Type::decimal(match column.size.as_slice() {
                [] => Scale::Own,
                [_] => Scale::Exact(0),
                [_, scale, ..] => Scale::Exact(*scale),
            }),
            "float" | "double" | "real" => Type::of(Class::Double, Scale::Exact(0)),
            "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => text(Class::Text),
            "enum" | "set" => text(Class::Enum),
            "date" => Type::DATE,
            "datetime" | "timestamp" => match column.size.first() {
                Some(&digits) if digits > 0 => Type::of(Class::Time, Scale::Exact(20 + digits)),
                _ => Type::DATETIME,
            },
            "time" => Type::of(Class::Time, Scale::Exact(0)),
            "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => Type::BYTES,
            "json" => Type::of(Class::Json, Scale::Exact(0)),
            _ => Type::of(Class::Other, Scale::Exact(0)),
        }
    }

    /// Of a literal.
    pub fn of_literal(datum: &Datum) -> Type {
        match datum {
            Datum::Null => Type { scale: Scale::Own, ..Type::NULL },
            Datum::Int(_) => Type::INT,
            Datum::UInt(_) => Type { unsigned: true, ..Type::INT },
            Datum::Decimal(n) => Type::decimal(Scale::Exact(n.scale)),
            Datum::Text(_) => Type::TEXT,
            Datum::Time(_) => Type::DATETIME,
            Datum::Double(_) => Type::of(Class::Double, Scale::Own),
            Datum::Bytes(_) => Type::BYTES,
            Datum::Opaque => Type::of(Class::Other, Scale::Own),
        }
    }

    /// The type of a value that may come from either.
    pub fn merge(self, other: Type) -> Type {
        use Class::*;
        let under = self.under.with(other.under);
        match (self.class, other.class) {
            (Null, _) => other,
            (_, Null) => self,
            (Int, Int) => {
                let uneven = self.uneven || other.uneven || self.unsigned != other.unsigned;
                Type { unsigned: self.unsigned && other.unsigned, uneven, ..self }
            }
            (Int | Decimal, Int | Decimal) => {
                let scale = match (self.scale, other.scale) {
                    (Scale::Exact(a), Scale::Exact(b)) => Scale::Exact(a.max(b)),
                    _ => Scale::Unclear,
                };
                let ragged = self.ragged || other.ragged || self.scale != other.scale;
                let (quotient, uneven) = (self.quotient || other.quotient, self.uneven || other.uneven);
                Type { quotient, ragged, uneven, ..Type::decimal(scale) }
            }
            (Time, Time) => match (self.scale, other.scale) {
                (Scale::Exact(a), Scale::Exact(b)) if a >= 10 && b >= 10 => Type::of(Time, Scale::Exact(a.max(b))),
                (a, b) if a == b => self,
                _ => Type::of(Time, Scale::Unclear),
            },
            (Double, Int | Decimal | Double) => self,
            (Int | Decimal, Double) => other,
            (Other | Json, _) => self,
            (_, Other | Json) => other,
            (Bytes, _) => self,
            (_, Bytes) => other,
            // An ENUM among texts is a number still, where one is wanted.
            (Enum, _) | (_, Enum) => Type { under, ..Type::of(Enum, Scale::Exact(0)) },
            _ => Type { under, ..Type::TEXT },
        }
    }

    /// Text, ENUM or SET.
    pub fn is_text(self) -> bool {
        matches!(self.class, Class::Text | Class::Enum)
    }

    /// True where a column that holds both shows each as it is by itself.
    pub fn shows_like(self, other: Type) -> bool {
        match (self.class, other.class) {
            (Class::Int, Class::Decimal) => other.scale == Scale::Exact(0),
            (Class::Decimal, Class::Int) => self.scale == Scale::Exact(0),
            (Class::Decimal, Class::Decimal) | (Class::Time, Class::Time) => self.scale == other.scale,
            _ => true,
        }
    }

    /// Why the digits of this are not shown alike by all servers, if so.
    pub fn unshowable(self) -> Option<&'static str> {
        match (self.class, self.scale) {
            (Class::Double, _) => Some(CAST_DOUBLE),
            (Class::Bytes, _) => Some(BINARY),
            (Class::Json, _) => Some(JSON),
            (Class::Other, _) => Some(OTHER),
            (Class::Decimal, Scale::Unclear) => Some(UNCLEAR),
            (Class::Decimal, _) if self.ragged => Some(UNCLEAR),
            (Class::Int, _) if self.ragged => Some(ZEROFILL),
            (Class::Time, Scale::Unclear) => Some(MIXED_DATES),
            _ => None,
        }
    }
}

impl Under {
    /// Of a text that is made of two.
    pub fn with(self, other: Under) -> Under {
        match (self, other) {
            (Under::Free(a), Under::Free(b)) => Under::Free(if a == Collation::USUAL { b } else { a }),
            (Under::Free(_), x) | (x, Under::Free(_)) => x,
            (Under::Session, Under::Session) => Under::Session,
            (Under::Column(a), Under::Column(b)) => a.with(b).map_or(Under::Mixed, Under::Column),
            _ => Under::Mixed,
        }
    }

    /// What a comparison follows; `None` where the server refuses it.
    pub fn collation(self) -> Option<Collation> {
        match self {
            Under::Free(collation) | Under::Column(collation) => Some(collation),
            Under::Session => Some(Collation::USUAL),
            Under::Mixed => None,
        }
    }
}

/// What the names of expressions stand for.
pub(super) trait Resolve {
    /// What takes a name's place.
    type Column;

    /// What a name stands for; `None` after a refusal.
    fn column(&mut self, name: &Name, place: Place) -> Option<(Self::Column, Type)>;

    /// The type of what is worked out before.
    fn type_of_computed(&self, position: usize) -> Type;

    fn refusals(&mut self) -> &mut Refusals;

    /// The type of a call, whose arguments may be wrapped for it.
    fn type_of_call(
        &mut self,
        function: Function,
        args: &mut [Expr<Self::Column>],
        types: &[Type],
        place: Place,
    ) -> Type {
        call(function, args, types, place, self.refusals())
    }

    /// Resolves and types; a refused part becomes NULL, so that the rest is checked, too.
    fn expr(&mut self, expr: &Expr<Name>) -> (Expr<Self::Column>, Type) {
        let place = expr.place;
        match &expr.kind {
            Kind::Literal(datum) => (Expr { kind: Kind::Literal(datum.clone()), place }, Type::of_literal(datum)),
            Kind::Column(name) => match self.column(name, place) {
                Some((column, found)) => (Expr { kind: Kind::Column(column), place }, found),
                None => (Expr { kind: Kind::Literal(Datum::Null), place }, Type::NULL),
            },
            Kind::Computed(i) => (Expr { kind: Kind::Computed(*i), place }, self.type_of_computed(*i)),
            Kind::Call(function, args) => {
                let (mut args, types): (Vec<_>, Vec<_>) = args.iter().map(|a| self.expr(a)).unzip();
                let found = self.type_of_call(*function, &mut args, &types, place);
                (Expr::call(*function, args, place), found)
            }
        }
    }
}

/// Types an aggregate over values of this type, and records what is wrong with it.
pub(super) fn aggregate(aggregate: Aggregate, arg: Type, place: Place, refusals: &mut Refusals) -> Type {
    let wrong = match (aggregate, arg.class) {
        (Aggregate::Count | Aggregate::CountRows, _) | (_, Class::Null) => None,
        (_, Class::Other) => Some(OTHER),
        (_, Class::Json) => Some(JSON),
        (Aggregate::Sum, Class::Double) | (Aggregate::Min | Aggregate::Max, Class::Double) => Some(CAST_DOUBLE),
        (Aggregate::Sum, Class::Text | Class::Enum) => Some(CAST_TEXT),
        (Aggregate::Sum, Class::Time) => Some(DATES),
        (Aggregate::Sum, Class::Bytes) => Some(BINARY),
        (Aggregate::Sum, _) if arg.quotient => Some(QUOTIENT),
        (Aggregate::Min | Aggregate::Max, Class::Text | Class::Enum) => unordered(arg.under),
        (Aggregate::GroupConcat, _) => arg.unshowable(),
        _ => None,
    };
    if let Some(what) = wrong {
        refusals.add(place, what);
    }
    match aggregate {
        Aggregate::Count | Aggregate::CountRows => Type::INT,
        Aggregate::Sum if arg.class == Class::Decimal => Type { uneven: arg.uneven, ..Type::decimal(arg.scale) },
        Aggregate::Sum => Type::decimal(Scale::Exact(0)),
        Aggregate::Min | Aggregate::Max => Type { ragged: false, ..arg },
        Aggregate::GroupConcat => Type::text_under(arg.under),
    }
}

/// Why texts under this cannot be put in order, if so.
pub(super) fn unordered(under: Under) -> Option<&'static str> {
    match under.collation() {
        None => Some(MIX),
        Some(Collation::USUAL) => Some(ORDER),
        Some(_) => None,
    }
}

/// Records why an expression of this type cannot be a contract output, if so. A text where a number is wanted becomes the
/// number that it begins with.
pub(super) fn output<C>(name: &str, kind: OutputKind, expr: &mut Expr<C>, found: Type, refusals: &mut Refusals) {
    use Class::*;
    let wrong = match (kind, found.class) {
        (_, Bytes | Json | Other | Double) => found.unshowable(),
        (OutputKind::Key | OutputKind::Text, _) => found.unshowable(),
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
        refusals.add(expr.place, format!("`{name}`: {what}"));
    } else if kind == OutputKind::Number && found.class == Text {
        wrap(expr, Function::CastNumber);
    }
}

/// Puts a function around an expression.
pub(super) fn wrap<C>(expr: &mut Expr<C>, function: Function) {
    let place = expr.place;
    let inner = std::mem::replace(expr, Expr { kind: Kind::Literal(Datum::Null), place });
    *expr = Expr::call(function, vec![inner], place);
}
