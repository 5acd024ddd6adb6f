//! The numbers of an order's documents: templates of the config, filled in.
//!
//! A number is a document's key in the ERP, so it follows from the order and a count alone: planned again, a document gets the
//! number that it had.

use std::fmt;

use super::Held;

/// What an order's first sales order is called.
pub const SALES_ORDER: &str = "{order}";
/// What the sales order is called of an order that lives again after everything was credited.
pub const AGAIN: &str = "{order}-R{n}";
/// What credit notes are called.
pub const CREDIT_NOTE: &str = "{order}-CN{n}";
/// What debit notes are called.
pub const DEBIT_NOTE: &str = "{order}-DN{n}";

/// How an order's documents are numbered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbering {
    sales_order: Template,
    again: Template,
    credit_note: Template,
    debit_note: Template,
    number_max: usize,
}

/// The texts of a [`Numbering`], as the config has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Templates {
    /// See [`SALES_ORDER`].
    pub sales_order: String,
    /// See [`AGAIN`].
    pub again: String,
    /// See [`CREDIT_NOTE`].
    pub credit_note: String,
    /// See [`DEBIT_NOTE`].
    pub debit_note: String,
}

impl Default for Templates {
    fn default() -> Self {
        Templates {
            sales_order: SALES_ORDER.into(),
            again: AGAIN.into(),
            credit_note: CREDIT_NOTE.into(),
            debit_note: DEBIT_NOTE.into(),
        }
    }
}

/// A text with places for the order's number and a count; the stream's name stands in it already.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Order,
    Count,
}

/// A template that would give two documents one number, or is none; with the name of its setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// `sales_order`, `again`, `credit_note` or `debit_note`.
    pub name: &'static str,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.message)
    }
}

impl Numbering {
    /// Reads the templates of a stream. No number may be longer than `number_max` characters.
    ///
    /// # Errors
    /// The first template that is none, or could give two documents one number.
    pub fn new(texts: &Templates, stream: &str, number_max: usize) -> Result<Numbering, TemplateError> {
        let read = |name, text: &str, counted| {
            Template::read(text, stream, counted).map_err(|message| TemplateError { name, message })
        };
        let numbering = Numbering {
            sales_order: read("sales_order", &texts.sales_order, false)?,
            again: read("again", &texts.again, true)?,
            credit_note: read("credit_note", &texts.credit_note, true)?,
            debit_note: read("debit_note", &texts.debit_note, true)?,
            number_max,
        };
        let counted = [
            ("again", &numbering.again),
            ("credit_note", &numbering.credit_note),
            ("debit_note", &numbering.debit_note),
        ];
        for (i, (name, template)) in counted.iter().enumerate() {
            if let Some((other, _)) = counted[..i].iter().find(|(_, other)| other == template) {
                return Err(TemplateError {
                    name,
                    message: format!("is the same as {other}: two documents would share a number"),
                });
            }
        }
        Ok(numbering)
    }

    pub(super) fn sales_order(&self, order: &str, told_before: u32) -> Result<String, Held> {
        let template = if told_before == 0 { &self.sales_order } else { &self.again };
        self.checked(template.fill(order, told_before))
    }

    pub(super) fn credit_note(&self, order: &str, n: u32) -> Result<String, Held> {
        self.checked(self.credit_note.fill(order, n))
    }

    pub(super) fn debit_note(&self, order: &str, n: u32) -> Result<String, Held> {
        self.checked(self.debit_note.fill(order, n))
    }

    fn checked(&self, number: String) -> Result<String, Held> {
        let length = number.chars().count();
        if length <= self.number_max {
            return Ok(number);
        }
        Err(Held::new(format!(
            "its document would have the number {number}, which has {length} characters, and the ERP takes {} at most: shorten the \
             templates under [books]",
            self.number_max
        )))
    }
}

impl Default for Numbering {
    fn default() -> Self {
        let plain = |parts: &[Part]| Template { parts: parts.to_vec() };
        let counted = |mark: &str| plain(&[Part::Order, Part::Text(mark.to_owned()), Part::Count]);
        Numbering {
            sales_order: plain(&[Part::Order]),
            again: counted("-R"),
            credit_note: counted("-CN"),
            debit_note: counted("-DN"),
            number_max: usize::MAX,
        }
    }
}

impl Template {
    fn read(text: &str, stream: &str, counted: bool) -> Result<Template, String> {
        let mut parts: Vec<Part> = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let close = rest.find('}').filter(|close| *close > open).ok_or("has a { without its }")?;
            push(&mut parts, &rest[..open]);
            match &rest[open + 1..close] {
                "order" => parts.push(Part::Order),
                "n" => parts.push(Part::Count),
                "stream" => push(&mut parts, stream),
                other => {
                    return Err(format!("{{{other}}} is unknown: {{order}}, {{n}} and {{stream}} are what there is"));
                }
            }
            rest = &rest[close + 1..];
        }
        push(&mut parts, rest);
        if text.contains("}{") && text.contains("{stream}") {
            return Err(format!(
                "\"{text}\" must have something between {{stream}} and what stands beside it, as in \"{{stream}}-{{order}}\""
            ));
        }
        let template = Template { parts };
        template.check(text, counted)?;
        Ok(template)
    }

    fn check(&self, text: &str, counted: bool) -> Result<(), String> {
        let count = |part: &Part| self.parts.iter().filter(|p| *p == part).count();
        if count(&Part::Order) != 1 {
            return Err(format!("\"{text}\" must have {{order}} in it once, or two orders would share a number"));
        }
        match (counted, count(&Part::Count)) {
            (true, 1) | (false, 0) => {}
            (true, _) => {
                return Err(format!(
                    "\"{text}\" must have {{n}} in it once, or an order's second one would have the number of the first"
                ));
            }
            (false, _) => return Err(format!("\"{text}\" has {{n}}: an order has only one first sales order")),
        }
        let texts = self.parts.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Order | Part::Count => None,
        });
        for text in texts {
            if let Some(odd) = text.chars().find(|c| !(c.is_alphanumeric() || "-_./#:".contains(*c))) {
                return Err(format!("has {odd:?} in it: letters, digits and - _ . / # : are what ERPs take"));
            }
        }
        let places: Vec<usize> = (0..self.parts.len()).filter(|i| !matches!(self.parts[*i], Part::Text(_))).collect();
        if let [first, second] = places[..] {
            // Order 1, count 11 and order 11, count 1 must differ.
            let apart = self.parts[first + 1..second]
                .iter()
                .any(|part| matches!(part, Part::Text(text) if text.chars().any(|c| !c.is_ascii_digit())));
            if !apart {
                return Err(format!(
                    "\"{text}\" must have more than digits between {{order}} and {{n}}, as in \"{{order}}-CN{{n}}\""
                ));
            }
        }
        Ok(())
    }

    fn fill(&self, order: &str, n: u32) -> String {
        let mut number = String::with_capacity(order.len() + 8);
        for part in &self.parts {
            match part {
                Part::Text(text) => number.push_str(text),
                Part::Order => number.push_str(order),
                Part::Count => number.push_str(&n.to_string()),
            }
        }
        number
    }
}

fn push(parts: &mut Vec<Part>, text: &str) {
    if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn templates(name: &str, text: &str) -> Templates {
        let mut templates = Templates::default();
        match name {
            "sales_order" => templates.sales_order = text.into(),
            "again" => templates.again = text.into(),
            "credit_note" => templates.credit_note = text.into(),
            _ => templates.debit_note = text.into(),
        }
        templates
    }

    #[test]
    fn the_defaults_are_the_templates_defaults() {
        let read = Numbering::new(&Templates::default(), "main", usize::MAX).unwrap();
        assert_eq!(read, Numbering::default());
        assert_eq!(read.sales_order("S7", 0).unwrap(), "S7");
        assert_eq!(read.sales_order("S7", 2).unwrap(), "S7-R2");
        assert_eq!(read.credit_note("S7", 1).unwrap(), "S7-CN1");
        assert_eq!(read.debit_note("S7", 12).unwrap(), "S7-DN12");
    }

    #[test]
    fn the_streams_name_and_ones_own_words() {
        let mut own = templates("sales_order", "SO/{stream}/{order}");
        own.credit_note = "红字{n}-{order}".into();
        let read = Numbering::new(&own, "shop-b", usize::MAX).unwrap();
        assert_eq!(read.sales_order("7", 0).unwrap(), "SO/shop-b/7");
        assert_eq!(read.credit_note("7", 3).unwrap(), "红字3-7");
    }

    #[test]
    fn templates_that_could_give_two_documents_one_number_are_refused() {
        let cases = [
            ("sales_order", "S", "sales_order: \"S\" must have {order} in it once, or two orders would share a number"),
            (
                "sales_order",
                "{order}-{n}",
                "sales_order: \"{order}-{n}\" has {n}: an order has only one first sales order",
            ),
            (
                "credit_note",
                "{order}",
                "credit_note: \"{order}\" must have {n} in it once, or an order's second one would have the number of the first",
            ),
            (
                "debit_note",
                "{order}{n}",
                "debit_note: \"{order}{n}\" must have more than digits between {order} and {n}, as in \"{order}-CN{n}\"",
            ),
            (
                "again",
                "{order}0{n}",
                "again: \"{order}0{n}\" must have more than digits between {order} and {n}, as in \"{order}-CN{n}\"",
            ),
            (
                "debit_note",
                "{order}-CN{n}",
                "debit_note: is the same as credit_note: two documents would share a number",
            ),
            ("credit_note", "{order}-R{n}", "credit_note: is the same as again: two documents would share a number"),
            (
                "sales_order",
                "{stream}{order}",
                "sales_order: \"{stream}{order}\" must have something between {stream} and what stands beside it, as in \
                 \"{stream}-{order}\"",
            ),
            ("sales_order", "{ordr}", "sales_order: {ordr} is unknown: {order}, {n} and {stream} are what there is"),
            ("sales_order", "{order", "sales_order: has a { without its }"),
            ("sales_order", "}{order", "sales_order: has a { without its }"),
            (
                "sales_order",
                "S {order}",
                "sales_order: has ' ' in it: letters, digits and - _ . / # : are what ERPs take",
            ),
        ];
        for (name, text, error) in cases {
            let refused = Numbering::new(&templates(name, text), "main", usize::MAX).unwrap_err();
            assert_eq!(refused.to_string(), error);
        }
    }

    #[test]
    fn a_number_that_is_too_long_holds_its_order() {
        let short = Numbering::new(&Templates::default(), "main", 5).unwrap();
        assert_eq!(short.sales_order("订单345", 0).unwrap(), "订单345");
        assert_eq!(
            short.credit_note("12", 1).unwrap_err().to_string(),
            "its document would have the number 12-CN1, which has 6 characters, and the ERP takes 5 at most: shorten the templates \
             under [books]"
        );
    }
}
