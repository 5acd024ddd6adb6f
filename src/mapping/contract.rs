//! The contract of the five SELECTs: the one table that the checker, the evaluation and `schema/stores/README.md` follow.

use super::suggest::did_you_mean;

/// One SELECT of a mapping.
#[derive(Debug)]
pub(super) struct Source {
    pub file: &'static str,
    pub required: bool,
    /// Another file that this one is useless without.
    pub needs: Option<&'static str>,
    pub outputs: &'static [Output],
    /// Whether it may have outputs called `extra_…`.
    pub extras: bool,
}

/// How outputs begin that travel to the ERP's templates as they are.
pub(super) const EXTRA: &str = "extra_";

/// One column of a SELECT.
#[derive(Debug)]
pub(super) struct Output {
    pub name: &'static str,
    pub required: bool,
    pub kind: Kind,
    /// The owner index that the column fills; then it has to be an expression over the first table of FROM.
    pub index: Option<&'static str>,
}

/// What a column has to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text, or a number in print; never empty where it is required.
    Key,
    /// Text, or a number in print.
    Text,
    /// An exact number.
    Number,
    /// A date, or a date with a time, in the shop's zone.
    Moment,
    /// One of [`STATES`].
    State,
    /// One of [`LINE_KINDS`].
    LineSort,
    /// 0 or 1.
    Flag,
}

impl Kind {
    /// For messages and the README.
    pub fn describe(self) -> &'static str {
        match self {
            Kind::Key => "text, not empty",
            Kind::Text => "text",
            Kind::Number => "number",
            Kind::Moment => "date or datetime",
            Kind::State => "state",
            Kind::LineSort => "kind of line",
            Kind::Flag => "0 or 1",
        }
    }

    /// The words that it may be, where it is one of some.
    pub fn words(self) -> Option<&'static [&'static str]> {
        match self {
            Kind::State => Some(&STATES),
            Kind::LineSort => Some(&LINE_KINDS),
            Kind::Key | Kind::Text | Kind::Number | Kind::Moment | Kind::Flag => None,
        }
    }
}

/// What an order's `state` may be.
pub(super) const STATES: [&str; 4] = ["open", "posted", "cancelled", "returned"];

/// What a line's `kind` may be.
pub(super) const LINE_KINDS: [&str; 3] = ["goods", "shipping", "fee"];

pub(super) static CUSTOMER: Source = Source {
    file: "customer.sql",
    required: true,
    needs: None,
    extras: true,
    outputs: &[
        owner("id", "customer.id"),
        optional("number", Kind::Text),
        required("name", Kind::Key),
        optional("email", Kind::Text),
        optional("phone", Kind::Text),
        optional("address", Kind::Text),
        optional("tax_id", Kind::Text),
    ],
};

pub(super) static ORDER: Source = Source {
    file: "order.sql",
    required: true,
    needs: None,
    extras: true,
    outputs: &[
        owner("id", "order.id"),
        required("number", Kind::Key),
        required("customer_id", Kind::Key),
        required("placed_at", Kind::Moment),
        optional("currency", Kind::Text),
        required("state", Kind::State),
        optional("ship_to", Kind::Text),
        optional("discount", Kind::Number),
        optional("shipping", Kind::Number),
        optional("shipping_tax", Kind::Number),
        optional("fee", Kind::Number),
        optional("fee_tax", Kind::Number),
        optional("goods_total", Kind::Number),
        required("total", Kind::Number),
    ],
};

pub(super) static ORDER_LINE: Source = Source {
    file: "order_line.sql",
    required: true,
    needs: None,
    extras: true,
    outputs: &[
        required("id", Kind::Key),
        owner("order_id", "order_line.order_id"),
        optional("kind", Kind::LineSort),
        required("sku", Kind::Key),
        required("name", Kind::Text),
        required("quantity", Kind::Number),
        required("amount", Kind::Number),
        optional("shipped", Kind::Number),
        optional("tax_rate", Kind::Number),
        optional("tax", Kind::Number),
    ],
};

pub(super) static REFUND: Source = Source {
    file: "refund.sql",
    required: false,
    needs: None,
    extras: false,
    outputs: &[
        owner("id", "refund.id"),
        owner("order_id", "refund.order_id"),
        required("included", Kind::Flag),
        required("amount", Kind::Number),
    ],
};

pub(super) static REFUND_LINE: Source = Source {
    file: "refund_line.sql",
    required: false,
    needs: Some("refund.sql"),
    extras: false,
    outputs: &[
        required("id", Kind::Key),
        owner("refund_id", "refund_line.refund_id"),
        optional("line_id", Kind::Text),
        required("sku", Kind::Key),
        required("quantity", Kind::Number),
        optional("amount", Kind::Number),
        optional("tax", Kind::Number),
    ],
};

/// The five SELECTs.
pub(super) static SOURCES: [&Source; 5] = [&CUSTOMER, &ORDER, &ORDER_LINE, &REFUND, &REFUND_LINE];

impl Source {
    /// The position of an output by name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.outputs.iter().position(|o| o.name == name)
    }

    /// True where an output of this name travels to the ERP's templates without a meaning of its own.
    pub fn takes_extra(&self, name: &str) -> bool {
        self.extras && name.strip_prefix(EXTRA).is_some_and(|rest| !rest.is_empty())
    }

    /// Why an output of this name is refused.
    pub fn unknown(&self, name: &str) -> String {
        if name.starts_with(EXTRA) {
            return format!(
                "`{name}`: a refund is no document of its own, so its extra columns have nowhere to go: write them in order.sql \
                 or order_line.sql"
            );
        }
        let names = self.outputs.iter().map(|o| o.name);
        let list = names.clone().collect::<Vec<_>>().join(", ");
        let hint = did_you_mean(name, names);
        format!("{} has no output `{name}` (its outputs are {list}){hint}", self.file)
    }
}

const fn owner(name: &'static str, index: &'static str) -> Output {
    Output { name, required: true, kind: Kind::Key, index: Some(index) }
}

const fn required(name: &'static str, kind: Kind) -> Output {
    Output { name, required: true, kind, index: None }
}

const fn optional(name: &'static str, kind: Kind) -> Output {
    Output { name, required: false, kind, index: None }
}
