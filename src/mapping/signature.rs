//! What each function takes and yields, and what is wrong with a call.

use super::collation::{Charset, Collation};
use super::datum::Datum;
use super::expr::{Comparison, Expr, Function, Kind, Unit};
use super::refusal::{Place, Refusals};
use super::typing::{
    BINARY, CAST_DOUBLE, CAST_TEXT, Class, DATES, JSON, MIX, OTHER, QUOTIENT, Scale, Type, UNCLEAR, Under, unordered,
    wrap,
};

const MORE_DECIMALS: &str =
    "servers differ in ROUND to more decimals than a quotient shows: write 4 more than the dividend has, or fewer";

/// Types a call and records what is wrong with its arguments. Branches of a conditional become one type, and texts that are
/// compared get their collation.
pub(super) fn call<C>(
    function: Function,
    args: &mut [Expr<C>],
    types: &[Type],
    place: Place,
    refusals: &mut Refusals,
) -> Type {
    Call { args, types, place, refusals }.check(function)
}

/// Records why an expression of this type cannot be a WHERE, if so.
pub(super) fn condition(found: Type, place: Place, refusals: &mut Refusals) {
    if let Some(what) = no_condition(found) {
        refusals.add(place, what);
    }
}

fn no_condition(found: Type) -> Option<&'static str> {
    match found.class {
        Class::Null | Class::Int | Class::Decimal => None,
        _ => Some("a condition is a comparison or a number: write … <> '' or … IS NOT NULL"),
    }
}

struct Call<'a, C> {
    args: &'a mut [Expr<C>],
    types: &'a [Type],
    place: Place,
    refusals: &'a mut Refusals,
}

impl<C> Call<'_, C> {
    fn check(&mut self, function: Function) -> Type {
        use Function::*;
        let all = 0..self.types.len();
        match function {
            Add | Subtract | Multiply | Negate | Abs | Divide | Modulo | IntegerDivide | Round(_) | Truncate(_)
            | Floor | Ceiling => self.arithmetic(function),
            Compare(comparison) => {
                self.comparable(comparison, 0, 1);
                Type::INT
            }
            Between => {
                self.between();
                Type::INT
            }
            In => {
                (1..self.types.len()).for_each(|i| self.comparable(Comparison::Equal, 0, i));
                self.collate(&all.collect::<Vec<_>>());
                Type::INT
            }
            Like { .. } | FindInSet => {
                all.clone().for_each(|i| self.text(i));
                self.collate(&[0, 1]);
                Type::INT
            }
            IsNull => Type::INT,
            IsTrue | IsFalse | And | Or | Not => {
                all.for_each(|i| self.condition(i));
                Type::INT
            }
            Case { operand, otherwise } => {
                let results = self.case(operand, otherwise);
                self.conditional(&results)
            }
            If => {
                self.condition(0);
                self.conditional(&[1, 2])
            }
            Coalesce => Type { ragged: false, ..self.conditional(&all.collect::<Vec<_>>()) },
            NullIf => {
                let (x, y) = (self.types[0], self.types[1]);
                let alike = x.class == y.class || x.is_text() && y.is_text();
                if is_constant(&self.args[0]) && !alike && x.class != Class::Int && y.class != Class::Null {
                    self.refuse(0, "MySQL shows this in the other's type: write CASE … END");
                }
                self.comparable(Comparison::Equal, 0, 1);
                self.types[0]
            }
            Greatest | Least => self.extreme(),
            Rescale(_) | Widen | Lengthen(_) | Collate(_) | CastNumber => self.types[0],
            Hex | Unhex | JsonExtract | JsonUnquote => self.code(function),
            CastSigned | CastUnsigned | CastDecimal { .. } => {
                self.castable(0);
                match function {
                    CastDecimal { scale, .. } => Type::decimal(Scale::Exact(scale)),
                    _ => Type { unsigned: function == CastUnsigned, ..Type::INT },
                }
            }
            FromUnixtime | UnixTimestamp | Date | CastDate | CastDatetime | DateFormat | Shift(..) | ConvertTz
            | Part(_) => self.time(function),
            Concat | ConcatWs | Lower | Upper | Trim(_) | Replace | CastChar | Left | Right | Substring
            | SubstringIndex | LeftPad | RightPad | CharLength => self.texts(function),
        }
    }

    fn refuse(&mut self, i: usize, what: impl Into<String>) {
        self.refusals.add(self.args[i].place, what);
    }

    fn texts(&mut self, function: Function) -> Type {
        use Function::*;
        let counts: &[usize] = match function {
            Left | Right | LeftPad | RightPad => &[1],
            Substring => &[1, 2],
            SubstringIndex => &[2],
            _ => &[],
        };
        let mut under = Under::Free(Collation::USUAL);
        for i in 0..self.types.len() {
            if counts.contains(&i) {
                self.integer(i);
            } else {
                self.text(i);
                under = under.with(self.text_under(i));
            }
        }
        self.letters(&(0..self.types.len()).collect::<Vec<_>>(), under);
        match function {
            Replace | Trim(_) | SubstringIndex if under == Under::Mixed => self.refusals.add(self.place, MIX),
            Lower | Upper => {
                let collation = under.collation().unwrap_or(Collation::USUAL);
                wrap(&mut self.args[0], Function::Collate(collation));
            }
            CastChar => under = Under::Session,
            CharLength => return Type::INT,
            _ => {}
        }
        Type::text_under(under)
    }

    /// What an argument brings as a text: a number brings nothing.
    fn text_under(&self, i: usize) -> Under {
        if self.types[i].is_text() { self.types[i].under } else { Under::Free(Collation::USUAL) }
    }

    fn time(&mut self, function: Function) -> Type {
        use Function::*;
        match function {
            FromUnixtime => self.integer(0),
            Shift(..) => {
                if !matches!(self.types[0].class, Class::Null | Class::Time) {
                    self.refuse(0, "a date is wanted here: write CAST(… AS DATETIME), or FROM_UNIXTIME(…)");
                }
                self.integer(1);
            }
            _ => {
                self.date(0);
                (1..self.types.len()).for_each(|i| self.text(i));
            }
        }
        match function {
            UnixTimestamp | Part(_) => Type::INT,
            DateFormat => Type::TEXT,
            Date | CastDate => Type::DATE,
            Shift(unit, _) => self.shifted(unit),
            ConvertTz if self.types[0].class == Class::Time => self.types[0].merge(Type::DATETIME),
            _ => Type::DATETIME,
        }
    }

    fn shifted(&mut self, unit: Unit) -> Type {
        let found = self.types[0];
        let whole_days = matches!(unit, Unit::Day | Unit::Month | Unit::Year);
        if found.class == Class::Null || whole_days { found } else { found.merge(Type::DATETIME) }
    }

    /// HEX, UNHEX and JSON.
    fn code(&mut self, function: Function) -> Type {
        use Function::*;
        let first = self.types[0];
        match function {
            Hex => {
                match first.class {
                    Class::Null | Class::Int | Class::Bytes => {}
                    Class::Text | Class::Enum => self.collate(&[0]),
                    _ => self.refuse(0, "HEX takes an integer, a text or binary data: write CAST(… AS SIGNED) or CHAR"),
                }
                Type::TEXT
            }
            Unhex => {
                self.text(0);
                Type::BYTES
            }
            JsonExtract => {
                if !matches!(first.class, Class::Null | Class::Json | Class::Text) {
                    self.refuse(0, "a JSON document is wanted here");
                }
                Type { class: Class::Json, ..Type::TEXT }
            }
            _ => {
                if !matches!(first.class, Class::Null | Class::Json) {
                    self.refuse(0, "JSON_UNQUOTE is of JSON_EXTRACT(…) here");
                }
                Type::text_under(Under::Free(Collation::named("utf8mb4_bin")))
            }
        }
    }

    /// Checks and types a call that computes.
    fn arithmetic(&mut self, function: Function) -> Type {
        self.each_number();
        let first = self.types[0];
        match function {
            Function::Negate => Type { ragged: false, unsigned: false, ..first },
            Function::Abs => Type { ragged: false, ..first },
            Function::Floor | Function::Ceiling => Type { unsigned: first.unsigned, ..Type::INT },
            Function::Round(places) | Function::Truncate(places) => self.places(first, places),
            Function::Divide => {
                if first.scale == Scale::Unclear {
                    self.refuse(0, UNCLEAR);
                }
                self.no_quotient();
                for i in 0..2 {
                    if self.types[i].uneven && self.types[i].class == Class::Decimal {
                        self.refuse(i, UNCLEAR);
                    }
                }
                let scale = match first.scale {
                    Scale::Exact(scale) => Scale::Exact(scale + super::arithmetic::DIVISION_DIGITS),
                    other => other,
                };
                Type { quotient: true, ..Type::decimal(scale) }
            }
            Function::IntegerDivide => {
                self.no_quotient();
                Type { unsigned: self.types.iter().any(|t| t.unsigned), ..Type::INT }
            }
            _ => {
                self.no_quotient();
                self.sum(function)
            }
        }
    }

    /// Of ROUND and TRUNCATE.
    fn places(&mut self, found: Type, places: u32) -> Type {
        match (found.class, found.scale) {
            (Class::Decimal, Scale::Exact(scale)) if scale < places && found.quotient => {
                self.refuse(0, MORE_DECIMALS);
                found
            }
            // The number stays as it is; MariaDB shows zeros behind it, MySQL does not.
            (Class::Decimal, Scale::Exact(scale)) if scale < places => {
                wrap(&mut self.args[0], Function::Rescale(places));
                Type::decimal(Scale::Unclear)
            }
            (Class::Decimal, _) => Type::decimal(Scale::Exact(places)),
            (Class::Int, _) if found.uneven && places > 0 => Type::decimal(Scale::Unclear),
            _ => Type { unsigned: found.unsigned, ..Type::INT },
        }
    }

    /// Of a sum, a difference, a product or a remainder.
    fn sum(&mut self, function: Function) -> Type {
        if self.types.iter().all(|t| matches!(t.class, Class::Int | Class::Null)) {
            if function == Function::Modulo && self.types.iter().any(|t| t.uneven) {
                self.args.iter_mut().for_each(|arg| wrap(arg, Function::Rescale(0)));
                return Type::decimal(Scale::Exact(0));
            }
            let either = self.types.iter().any(|t| t.unsigned);
            let unsigned = if function == Function::Modulo { self.types[0].unsigned } else { either };
            return Type { unsigned, ..Type::INT };
        }
        let mut scale = Scale::Exact(0);
        for t in self.types {
            scale = match (scale, t.scale) {
                (Scale::Unclear, _) | (_, Scale::Unclear) => Scale::Unclear,
                (Scale::Own, _) | (_, Scale::Own) => Scale::Own,
                (Scale::Exact(a), Scale::Exact(b)) if function == Function::Multiply => Scale::Exact(a + b),
                (Scale::Exact(a), Scale::Exact(b)) => Scale::Exact(a.max(b)),
            };
        }
        let uneven = self.types.iter().any(|t| t.uneven && t.class == Class::Decimal);
        Type { uneven, ..Type::decimal(scale) }
    }

    fn each_number(&mut self) {
        for i in 0..self.types.len() {
            match self.types[i].class {
                Class::Null if self.types[i].scale == Scale::Own => {
                    self.refuse(i, "NULL is computed with as a DOUBLE: write CAST(NULL AS DECIMAL(20,4))");
                }
                Class::Null | Class::Int | Class::Decimal => {}
                Class::Double => self.refuse(i, CAST_DOUBLE),
                Class::Text | Class::Enum => self.refuse(i, CAST_TEXT),
                Class::Time => self.refuse(i, DATES),
                Class::Bytes => self.refuse(i, BINARY),
                Class::Json => self.refuse(i, JSON),
                Class::Other => self.refuse(i, OTHER),
            }
        }
    }

    fn no_quotient(&mut self) {
        for i in 0..self.types.len() {
            if self.types[i].quotient {
                self.refuse(i, QUOTIENT);
            }
        }
    }

    fn condition(&mut self, i: usize) {
        if let Some(what) = no_condition(self.types[i]) {
            self.refuse(i, what);
        }
    }

    fn integer(&mut self, i: usize) {
        if i < self.types.len() && !matches!(self.types[i].class, Class::Null | Class::Int) {
            self.refuse(i, "an integer is wanted here: write CAST(… AS SIGNED)");
        }
    }

    fn text(&mut self, i: usize) {
        if let Some(what) = self.types[i].unshowable() {
            self.refuse(i, what);
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
            Class::Json => self.refuse(i, JSON),
            Class::Other => self.refuse(i, OTHER),
            Class::Enum => self.refuse(i, "the number of an ENUM is its position: write CASE … END"),
            Class::Time => self.refuse(i, DATES),
            _ => {}
        }
    }

    /// Gives texts that are compared with one another the collation that rules them.
    fn collate(&mut self, compared: &[usize]) {
        let under = compared.iter().map(|&i| self.text_under(i)).fold(Under::Free(Collation::USUAL), Under::with);
        self.letters(compared, under);
        match under.collation() {
            None => self.refusals.add(self.place, MIX),
            Some(collation) => {
                compared.iter().for_each(|&i| wrap(&mut self.args[i], Function::Collate(collation)));
            }
        }
    }

    fn comparable(&mut self, comparison: Comparison, a: usize, b: usize) {
        use Class::*;
        let (x, y) = (self.types[a], self.types[b]);
        let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual | Comparison::NullSafeEqual);
        match (x.class, y.class) {
            (Null, _) | (_, Null) | (Time, Time | Text) | (Text, Time) | (Bytes, Bytes) => {}
            (Double, _) => self.refuse(a, CAST_DOUBLE),
            (_, Double) => self.refuse(b, CAST_DOUBLE),
            (Bytes, _) => self.refuse(a, BINARY),
            (_, Bytes) => self.refuse(b, BINARY),
            (Json, _) => self.refuse(a, JSON),
            (_, Json) => self.refuse(b, JSON),
            (Other, _) => self.refuse(a, OTHER),
            (_, Other) => self.refuse(b, OTHER),
            (Time, _) | (_, Time) => self.refuse(a, DATES),
            (Enum, Int | Decimal) | (Int | Decimal, Enum) => {
                self.refuse(a, "an ENUM compared with a number is its position: compare it with a label in '…'");
            }
            _ if x.is_text() && y.is_text() => {
                let under = x.under.with(y.under);
                self.letters(&[a, b], under);
                match if equality { under.collation().is_none().then_some(MIX) } else { unordered(under) } {
                    Some(what) => self.refuse(a, what),
                    None => {
                        let collation = under.collation().unwrap_or(Collation::USUAL);
                        wrap(&mut self.args[b], Function::Collate(collation));
                    }
                }
            }
            _ => {}
        }
    }

    /// Refuses texts of the SELECT that a column's charset cannot hold, as the server does.
    fn letters(&mut self, together: &[usize], under: Under) {
        let Under::Column(collation) = under else { return };
        for &i in together {
            let own = matches!(self.args[i].kind, Kind::Literal(_));
            // Of what is computed from texts the server takes ASCII only.
            let narrow = !matches!(collation.charset(), Charset::Utf8mb4 | Charset::Utf8mb3);
            let mut fits = true;
            if self.types[i].is_text() && matches!(self.types[i].under, Under::Free(_)) {
                literals(&self.args[i], &mut |text| {
                    fits &= collation.holds(text) && (own || !narrow || text.is_ascii())
                });
            }
            if !fits {
                self.refuse(i, "this text has letters that the column's charset lacks, which the server refuses");
            }
        }
    }

    /// Numbers, dates or texts of one kind: the server compares all three alike.
    fn between(&mut self) {
        let kind = |t: &Type| match t.class {
            Class::Int => Class::Decimal,
            Class::Enum => Class::Text,
            class => class,
        };
        if self.types.iter().any(|t| t.class == Class::Null && t.scale == Scale::Own) {
            self.refusals.add(self.place, "MySQL compares DOUBLEs where a bound is NULL: leave BETWEEN out");
        }
        let mut kinds = self.types.iter().map(kind).filter(|k| *k != Class::Null);
        let first = kinds.next();
        let dates = first == Some(Class::Time);
        if !kinds.all(|k| Some(k) == first || dates && k == Class::Text) {
            self.refusals
                .add(self.place, "BETWEEN takes numbers only, dates only or texts only: write … >= … AND … <= …");
            return;
        }
        if first == Some(Class::Text) {
            let under = (0..3).map(|i| self.text_under(i)).fold(Under::Free(Collation::USUAL), Under::with);
            match unordered(under) {
                Some(what) => self.refuse(0, what),
                None => self.collate(&[0, 1, 2]),
            }
            return;
        }
        self.comparable(Comparison::GreaterOrEqual, 0, 1);
        self.comparable(Comparison::LessOrEqual, 0, 2);
    }

    /// Checks a CASE; the positions of its results.
    fn case(&mut self, operand: bool, otherwise: bool) -> Vec<usize> {
        let last = self.types.len() - usize::from(otherwise);
        let mut results = Vec::new();
        for when in (usize::from(operand)..last).step_by(2) {
            if operand {
                let (x, y) = (self.types[0].class, self.types[when].class);
                if (x == Class::Time) != (y == Class::Time) && x != Class::Null && y != Class::Null {
                    self.refuse(when, "CASE compares a date with a text letter by letter: write CASE WHEN … = … THEN");
                }
                self.comparable(Comparison::Equal, 0, when);
            } else {
                self.condition(when);
            }
            results.push(when + 1);
        }
        results.extend(otherwise.then_some(last));
        if operand {
            let compared = std::iter::once(0).chain((1..last).step_by(2)).collect::<Vec<_>>();
            self.collate(&compared);
        }
        results
    }

    /// Numbers only, dates only, or texts only.
    fn extreme(&mut self) -> Type {
        let first = self.types.iter().map(|t| t.class).find(|c| *c != Class::Null).unwrap_or(Class::Null);
        for i in 0..self.types.len() {
            let fits = match self.types[i].class {
                Class::Null if self.types[i].scale == Scale::Own => {
                    self.refuse(i, "NULL makes the whole NULL, of a type that servers differ in: leave it out");
                    true
                }
                Class::Null => true,
                Class::Int | Class::Decimal => matches!(first, Class::Int | Class::Decimal),
                Class::Text => first == Class::Text,
                Class::Time => first == Class::Time,
                _ => false,
            };
            if !fits {
                self.refuse(
                    i,
                    "GREATEST and LEAST take numbers only, dates only or texts only: write CAST(…) or DATE(…)",
                );
            }
        }
        let all: Vec<usize> = (0..self.types.len()).collect();
        if first == Class::Text {
            let under = all.iter().map(|&i| self.text_under(i)).fold(Under::Free(Collation::USUAL), Under::with);
            match unordered(under) {
                Some(what) => self.refuse(0, what),
                None => self.collate(&all),
            }
            return Type::text_under(under);
        }
        let merged = self.conditional(&all);
        let even =
            merged.class == Class::Int || self.types.iter().all(|t| t.class == Class::Null || t.scale == merged.scale);
        Type { ragged: false, uneven: merged.uneven || !even, ..merged }
    }

    /// Makes these arguments one type, which is what the call yields.
    fn conditional(&mut self, results: &[usize]) -> Type {
        let mixed = results.iter().any(|&i| self.types[i].unsigned);
        let merged = results.iter().map(|&i| self.types[i]).fold(Type::NULL, Type::merge);
        if merged.is_text() {
            self.letters(results, merged.under);
        }
        if merged.class == Class::Null && merged.scale == Scale::Own {
            self.refusals.add(self.place, "all branches are NULL, which has no type: write NULL alone");
        }
        for &i in results {
            let found = self.types[i];
            if found.class == Class::Null {
                continue;
            }
            match (merged.class, merged.scale) {
                (Class::Int, _) if mixed && !merged.unsigned => wrap(&mut self.args[i], Function::Widen),
                (Class::Text | Class::Enum, _) if !found.is_text() => {
                    self.text(i);
                    wrap(&mut self.args[i], Function::CastChar);
                }
                (Class::Decimal, Scale::Exact(scale)) if found.scale != merged.scale || found.class == Class::Int => {
                    if found.quotient {
                        self.refuse(i, QUOTIENT);
                    }
                    wrap(&mut self.args[i], Function::Rescale(scale));
                }
                (Class::Time, Scale::Exact(chars)) if found.scale != merged.scale => {
                    wrap(&mut self.args[i], Function::Lengthen(chars));
                }
                (Class::Bytes, _) if found.class != Class::Bytes => self.refuse(i, BINARY),
                _ => {}
            }
        }
        merged
    }
}

/// The collation that the text of an argument is read under.
pub(super) fn collation_of<C>(arg: &Expr<C>) -> Collation {
    match &arg.kind {
        Kind::Call(Function::Collate(collation), _) => *collation,
        _ => Collation::USUAL,
    }
}

/// True for what no row can change.
fn is_constant<C>(expr: &Expr<C>) -> bool {
    match &expr.kind {
        Kind::Literal(_) => true,
        Kind::Column(_) | Kind::Computed(_) => false,
        Kind::Call(_, args) => args.iter().all(is_constant),
    }
}

/// Calls `visit` with every text that stands in an expression.
fn literals<C>(expr: &Expr<C>, visit: &mut impl FnMut(&str)) {
    match &expr.kind {
        Kind::Literal(Datum::Text(text)) => visit(text),
        Kind::Call(_, args) => args.iter().for_each(|a| literals(a, visit)),
        _ => {}
    }
}
