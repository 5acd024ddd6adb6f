//! Forms that are no plain call: LIKE, CAST and CONVERT, INTERVAL, JSON's arrows, variables.

use sqlparser::ast::{self, BinaryOperator, DataType, DateTimeField, ExactNumberInfo, Spanned as _};

use super::arithmetic::SCALE_MAX;
use super::datum::Datum;
use super::expr::{Expr, Function, Kind, Name, Unit};
use super::json;
use super::lower::{Lowered, Lowering};
use super::refusal::Place;
use super::settings::Variable;
use super::suggest::did_you_mean;

/// What LIKE's escape character is where none is written.
const ESCAPE: char = '\\';

impl Lowering<'_> {
    /// `@name`
    pub(super) fn variable(&mut self, name: &str, place: Place) -> Lowered {
        let name = name.to_lowercase();
        let literal = |datum| Expr { kind: Kind::Literal(datum), place };
        // The server takes the text of a variable for one with a collation of its own; so does a CAST.
        let text = |text: &str| Expr::call(Function::CastChar, vec![literal(Datum::text(text))], place);
        match (name.as_str(), self.settings.variables.get(&name)) {
            ("clock_offset", _) => Some(literal(Datum::Int(self.settings.clock_offset))),
            ("time_zone", _) => Some(text(&self.settings.zone_name())),
            (_, Some(Variable::Integer(i))) => Some(literal(Datum::Int(*i))),
            (_, Some(Variable::Text(t))) => Some(text(t)),
            (_, None) => {
                let given = self.settings.variables.keys().map(String::as_str);
                let known: Vec<&str> = ["clock_offset", "time_zone"].into_iter().chain(given).collect();
                let hint = did_you_mean(&name, known.iter().copied());
                let list = known.iter().map(|k| format!("`@{k}`")).collect::<Vec<_>>().join(", ");
                self.refuse(
                    place,
                    format!("`@{name}` is unknown{hint} (there are {list}; [variables] in profile.toml gives others)"),
                )
            }
        }
    }

    /// `text LIKE pattern ESCAPE '…'`
    pub(super) fn like(
        &mut self,
        negated: bool,
        text: &ast::Expr,
        pattern: &ast::Expr,
        escape: Option<&ast::Expr>,
        place: Place,
    ) -> Lowered {
        self.no_chain([text, pattern])?;
        let escape = match escape {
            None => Some(ESCAPE),
            Some(e) => match single_character(e) {
                Some(c) => Some(c),
                None => return self.refuse(Place::of(e.span()), "ESCAPE takes one character: write ESCAPE '|'"),
            },
        };
        let test = Expr::call(Function::Like { escape }, self.all([text, pattern])?, place);
        Some(if negated { Expr::call(Function::Not, vec![test], place) } else { test })
    }

    /// `document -> path` or `document ->> path`
    pub(super) fn arrow(&mut self, left: &ast::Expr, op: &BinaryOperator, right: &ast::Expr, place: Place) -> Lowered {
        let args = self.all([left, right])?;
        let found = self.extract(args, place)?;
        let unquoted = *op == BinaryOperator::LongArrow;
        Some(if unquoted { Expr::call(Function::JsonUnquote, vec![found], place) } else { found })
    }

    /// `JSON_EXTRACT(document, path)`
    pub(super) fn extract(&mut self, args: Vec<Expr<Name>>, place: Place) -> Lowered {
        let what = match &args[1].kind {
            Kind::Literal(Datum::Text(path)) => json::wrong_path(path),
            _ => Some("a JSON path is written as a text: '$.name'"),
        };
        match what {
            Some(what) => self.refuse(args[1].place, what),
            None => Some(Expr::call(Function::JsonExtract, args, place)),
        }
    }

    /// `date + INTERVAL n unit`, or minus.
    pub(super) fn shift(&mut self, date: &ast::Expr, interval: &ast::Interval, back: bool, place: Place) -> Lowered {
        let unit = match &interval.leading_field {
            Some(DateTimeField::Second) => Unit::Second,
            Some(DateTimeField::Minute) => Unit::Minute,
            Some(DateTimeField::Hour) => Unit::Hour,
            Some(DateTimeField::Day) => Unit::Day,
            Some(DateTimeField::Month) => Unit::Month,
            Some(DateTimeField::Year) => Unit::Year,
            _ => {
                return self.refuse(place, "INTERVAL takes SECOND, MINUTE, HOUR, DAY, MONTH or YEAR");
            }
        };
        let args = self.all([date, &*interval.value])?;
        Some(Expr::call(Function::Shift(unit, back), args, place))
    }

    /// `DATE_ADD(date, INTERVAL n unit)` or `DATE_SUB`
    pub(super) fn date_add(&mut self, args: &[&ast::Expr], back: bool, place: Place) -> Lowered {
        match args {
            [date, ast::Expr::Interval(interval)] => self.shift(date, interval, back, place),
            _ => self.refuse(place, "DATE_ADD and DATE_SUB take a date and an INTERVAL: write INTERVAL 1 DAY"),
        }
    }

    pub(super) fn convert(&mut self, e: &ast::Expr, place: Place) -> Lowered {
        match e {
            ast::Expr::Convert { is_try: false, expr, data_type: Some(data_type), charset: None, styles, .. }
                if styles.is_empty() =>
            {
                self.cast(expr, data_type, place)
            }
            ast::Expr::Convert { is_try: false, expr, data_type: None, charset: Some(charset), .. }
                if charset.to_string().eq_ignore_ascii_case("utf8mb4") =>
            {
                Some(Expr::call(Function::CastChar, vec![self.expr(expr)?], place))
            }
            _ => self.refuse(place, "CONVERT takes a type, or USING utf8mb4: other charsets lose letters"),
        }
    }

    pub(super) fn cast(&mut self, inner: &ast::Expr, data_type: &DataType, place: Place) -> Lowered {
        let function = match data_type {
            DataType::Char(None) | DataType::Character(None) => Function::CastChar,
            DataType::Char(Some(_)) | DataType::Character(Some(_)) => {
                return self.refuse(place, "CAST to a CHAR of some length cuts with a warning: write LEFT(…, length)");
            }
            DataType::Signed | DataType::SignedInteger => Function::CastSigned,
            DataType::Unsigned | DataType::UnsignedInteger => Function::CastUnsigned,
            DataType::Date => Function::CastDate,
            DataType::Datetime(None) => Function::CastDatetime,
            DataType::Decimal(info) => match decimal_type(*info) {
                Some((precision, scale)) => Function::CastDecimal { precision, scale },
                None => {
                    return self.refuse(place, "no such DECIMAL: write DECIMAL(precision, scale), 28 digits at most");
                }
            },
            DataType::Binary(_) => {
                return self.refuse(
                    place,
                    "BINARY is read differently by parsers and compares bytes: leave it out, or compare in the store",
                );
            }
            other => {
                return self.refuse(
                    place,
                    format!("CAST to {other} is not supported: write DECIMAL(p, s), SIGNED, UNSIGNED, CHAR, DATE or DATETIME"),
                );
            }
        };
        Some(Expr::call(function, vec![self.expr(inner)?], place))
    }
}

fn single_character(e: &ast::Expr) -> Option<char> {
    let ast::Expr::Value(value) = e else { return None };
    let ast::Value::SingleQuotedString(text) = &value.value else { return None };
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

fn decimal_type(info: ExactNumberInfo) -> Option<(u32, u32)> {
    let (precision, scale) = match info {
        ExactNumberInfo::None => (10, 0),
        ExactNumberInfo::Precision(p) => (u32::try_from(p).ok()?, 0),
        ExactNumberInfo::PrecisionAndScale(p, s) => (u32::try_from(p).ok()?, u32::try_from(s).ok()?),
    };
    (precision >= 1 && scale <= precision && precision <= 65 && scale <= SCALE_MAX).then_some((precision, scale))
}
