//! Expressions: columns, literals, and calls. Operators are calls, too.
//!
//! One type serves both sides of binding: `Expr<Name>` as written, `Expr<Slot>` as evaluated.

use super::collation::Collation;
use super::datum::Datum;
use super::refusal::Place;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expr<C> {
    pub kind: Kind<C>,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind<C> {
    Column(C),
    Literal(Datum),
    Call(Function, Vec<Expr<C>>),
    /// An aggregate over the rows of a group, or a scalar subquery: worked out before, in its place of a list.
    Computed(usize),
}

/// A column as the SELECT writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub table: Option<String>,
    pub column: String,
}

/// A column as evaluation reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    /// Position in FROM.
    pub from: usize,
    /// Index in the table's row.
    pub column: usize,
    /// A TIMESTAMP: kept in UTC, shown in the shop's zone.
    pub timestamp: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Add,
    Subtract,
    Multiply,
    Divide,
    Negate,
    Compare(Comparison),
    /// The first argument among the others.
    In,
    /// The first argument between the other two.
    Between,
    IsNull,
    IsTrue,
    IsFalse,
    And,
    Or,
    Not,
    /// `[operand]`, then pairs of WHEN and THEN, then `[ELSE]`.
    Case {
        operand: bool,
        otherwise: bool,
    },
    If,
    Coalesce,
    NullIf,
    Greatest,
    Least,
    Abs,
    /// To so many decimals.
    Round(u32),
    /// To so many decimals, towards zero.
    Truncate(u32),
    Floor,
    Ceiling,
    Modulo,
    /// `DIV`
    IntegerDivide,
    /// The same integer in a type for signed and unsigned ones.
    Widen,
    /// The same number with so many decimals in print.
    Rescale(u32),
    /// The same date or datetime with so many characters in print.
    Lengthen(u32),
    /// The same value, which comparisons read under this collation.
    Collate(Collation),
    Concat,
    ConcatWs,
    Trim(Side),
    Lower,
    Upper,
    Left,
    Right,
    Substring,
    SubstringIndex,
    /// To so many characters, filled at the beginning.
    LeftPad,
    /// To so many characters, filled at the end.
    RightPad,
    Replace,
    CharLength,
    FindInSet,
    /// With this character for the next one to be itself.
    Like {
        escape: Option<char>,
    },
    Hex,
    Unhex,
    /// Of a JSON document, by a path.
    JsonExtract,
    JsonUnquote,
    CastChar,
    CastSigned,
    CastUnsigned,
    CastDecimal {
        precision: u32,
        scale: u32,
    },
    /// A text as the number that it begins with.
    CastNumber,
    CastDate,
    CastDatetime,
    FromUnixtime,
    UnixTimestamp,
    Date,
    DateFormat,
    /// So many units later, or earlier where it is subtracted.
    Shift(Unit, bool),
    ConvertTz,
    /// YEAR, MONTH, DAY and the like.
    Part(Unit),
}

/// A unit of INTERVAL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Month,
    Year,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    NullSafeEqual,
}

/// Which end TRIM trims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Both,
    Leading,
    Trailing,
}

impl<C> Expr<C> {
    pub fn call(function: Function, args: Vec<Expr<C>>, place: Place) -> Expr<C> {
        Expr { kind: Kind::Call(function, args), place }
    }

    /// The same expression over columns named otherwise.
    pub fn map<D>(self, rename: &mut impl FnMut(C) -> D) -> Expr<D> {
        let kind = match self.kind {
            Kind::Column(c) => Kind::Column(rename(c)),
            Kind::Literal(d) => Kind::Literal(d),
            Kind::Computed(i) => Kind::Computed(i),
            Kind::Call(f, args) => Kind::Call(f, args.into_iter().map(|a| a.map(rename)).collect()),
        };
        Expr { kind, place: self.place }
    }

    /// Calls `visit` with every column and its place.
    pub fn columns<'a>(&'a self, visit: &mut impl FnMut(&'a C, Place)) {
        match &self.kind {
            Kind::Column(c) => visit(c, self.place),
            Kind::Literal(_) | Kind::Computed(_) => {}
            Kind::Call(_, args) => args.iter().for_each(|a| a.columns(visit)),
        }
    }

    /// The operands of a chain of ANDs.
    pub fn conjuncts(self) -> Vec<Expr<C>> {
        match self.kind {
            Kind::Call(Function::And, args) => args.into_iter().flat_map(Expr::conjuncts).collect(),
            kind => vec![Expr { kind, place: self.place }],
        }
    }
}

/// A function over many rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aggregate {
    Sum,
    Count,
    /// `COUNT(*)`
    CountRows,
    Min,
    Max,
    GroupConcat,
}
