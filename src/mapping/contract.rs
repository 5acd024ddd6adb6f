//! The contract of the five SELECTs: the one table that the checker, the evaluation and `schema/stores/README.md` follow.

use serde::Serialize;

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
    /// Whether it may have outputs called `tender_…`.
    pub tenders: bool,
}

/// How outputs begin that travel to the ERP's templates as they are.
pub(super) const EXTRA: &str = "extra_";

/// How outputs begin that say what an order is paid with beside money.
pub(super) const TENDER: &str = "tender_";

/// One column of a SELECT.
#[derive(Debug)]
pub(super) struct Output {
    pub name: &'static str,
    pub required: bool,
    pub kind: Kind,
    /// The owner index that the column fills; then it has to be an expression over the first table of FROM.
    pub index: Option<&'static str>,
    /// For people; empty where the name says it.
    pub meaning: &'static str,
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
    tenders: false,
    outputs: &[
        owner("id", "customer.id", "the customer's key, what orders refer to"),
        optional("number", Kind::Text, "the number in the ERP; `id` where it is missing"),
        required("name", Kind::Key, ""),
        optional("email", Kind::Text, ""),
        optional("phone", Kind::Text, ""),
        optional("address", Kind::Text, "in one line"),
        optional("tax_id", Kind::Text, "tax number"),
        optional(
            "guest",
            Kind::Flag,
            "TRUE where nobody registered: such customers may share one account in the ERP (`customers.guests`)",
        ),
    ],
};

pub(super) static ORDER: Source = Source {
    file: "order.sql",
    required: true,
    needs: None,
    extras: true,
    tenders: true,
    outputs: &[
        owner("id", "order.id", ""),
        required("number", Kind::Key, "as the shop prints it"),
        required("customer_id", Kind::Key, "an `id` of customer.sql"),
        required("placed_at", Kind::Moment, "in the shop's zone"),
        optional("currency", Kind::Text, "ISO 4217; the profile's where it is missing"),
        required(
            "state",
            Kind::State,
            "`open` (not for the books), `posted`, `cancelled`, `returned`: a column, never a filter",
        ),
        optional("ship_to", Kind::Text, "in one line"),
        optional("discount", Kind::Number, "on the goods, positive"),
        optional(
            "shipping",
            Kind::Number,
            "becomes the line `shipping` with the profile's `shipping_sku`, unless zero",
        ),
        optional("shipping_tax", Kind::Number, "its tax, where the store states it"),
        optional(
            "fee",
            Kind::Number,
            "all other charges; becomes the line `fee` with the profile's `fee_sku`, unless zero",
        ),
        optional("fee_tax", Kind::Number, "its tax, where the store states it"),
        optional("goods_total", Kind::Number, "the control total of the lines before the discount"),
        required("total", Kind::Number, "the control total of the order: lines + shipping + fee − discount"),
    ],
};

pub(super) static ORDER_LINE: Source = Source {
    file: "order_line.sql",
    required: true,
    needs: None,
    extras: true,
    tenders: false,
    outputs: &[
        required("id", Kind::Key, "the line's key, unique within the order"),
        owner("order_id", "order_line.order_id", ""),
        optional(
            "kind",
            Kind::LineSort,
            "`goods` (where it is missing), `shipping`, `fee`: so an order's lines may come from several SELECTs",
        ),
        required("sku", Kind::Text, "of goods never empty; of shipping and fees NULL means the profile's service item"),
        required("name", Kind::Text, ""),
        optional(
            "options",
            Kind::Text,
            "the variant (size, colour) where the SKU does not say it: a line whose key has changed is found by SKU and options",
        ),
        required("quantity", Kind::Number, ""),
        required("amount", Kind::Number, "before the order's discount"),
        optional("shipped", Kind::Number, "pieces that have left the house"),
        optional("tax_rate", Kind::Number, "percent; the profile's where it is missing"),
        optional("tax", Kind::Number, "the tax that `amount` includes, where the store states it"),
    ],
};

pub(super) static REFUND: Source = Source {
    file: "refund.sql",
    required: false,
    needs: None,
    extras: false,
    tenders: false,
    outputs: &[
        owner("id", "refund.id", ""),
        owner("order_id", "refund.order_id", ""),
        required(
            "included",
            Kind::Flag,
            "TRUE where the order's own rows already contain the refund: then it is evidence, and its amount is not used",
        ),
        required("amount", Kind::Number, "positive"),
    ],
};

pub(super) static REFUND_LINE: Source = Source {
    file: "refund_line.sql",
    required: false,
    needs: Some("refund.sql"),
    extras: false,
    tenders: false,
    outputs: &[
        required("id", Kind::Key, ""),
        owner("refund_id", "refund_line.refund_id", ""),
        optional("line_id", Kind::Text, "the order line that came back"),
        required("sku", Kind::Text, "never empty where `line_id` is"),
        required("quantity", Kind::Number, ""),
        optional("amount", Kind::Number, "positive"),
        optional(
            "tax",
            Kind::Number,
            "the tax that belongs to `amount`; its share of the line's tax where it is missing",
        ),
    ],
};

/// One output of the contract, for people and programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contracted {
    /// The SELECT's file.
    pub file: &'static str,
    /// The output's name.
    pub output: &'static str,
    /// Whether the SELECT has to have it.
    pub required: bool,
    /// What it holds.
    pub holds: &'static str,
    /// The index that it tells the owner for; then it may only use columns of the first table of FROM.
    pub owner: Option<&'static str>,
    /// What it means; empty where the name says it.
    pub meaning: &'static str,
}

/// Every output that a SELECT can have, but for those called `extra_…`.
pub fn contract() -> Vec<Contracted> {
    let of = |source: &'static Source| source.outputs.iter().map(move |output| (source.file, output));
    let line = |(file, output): (&'static str, &'static Output)| Contracted {
        file,
        output: output.name,
        required: output.required,
        holds: output.kind.describe(),
        owner: output.index,
        meaning: output.meaning,
    };
    SOURCES.into_iter().flat_map(of).map(line).collect()
}

/// The five SELECTs.
pub(super) static SOURCES: [&Source; 5] = [&CUSTOMER, &ORDER, &ORDER_LINE, &REFUND, &REFUND_LINE];

impl Source {
    /// The position of an output by name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.outputs.iter().position(|o| o.name == name)
    }

    /// True where an output of this name travels to the ERP's templates without a meaning of its own.
    pub fn takes_extra(&self, name: &str) -> bool {
        let is = |prefix| name.strip_prefix(prefix).is_some_and(|rest: &str| !rest.is_empty());
        (self.extras && is(EXTRA)) || (self.tenders && is(TENDER))
    }

    /// What an output without a place of its own in the contract has to hold.
    pub fn extra_kind(name: &str) -> Kind {
        if name.starts_with(TENDER) { Kind::Number } else { Kind::Text }
    }

    /// Why an output of this name is refused.
    pub fn unknown(&self, name: &str) -> String {
        if name.starts_with(EXTRA) {
            return format!(
                "`{name}`: a refund is no document of its own, so its extra columns have nowhere to go: write them in order.sql \
                 or order_line.sql"
            );
        }
        if name.starts_with(TENDER) {
            return format!("`{name}`: what an order is paid with belongs into order.sql");
        }
        let names = self.outputs.iter().map(|o| o.name);
        let list = names.clone().collect::<Vec<_>>().join(", ");
        let hint = did_you_mean(name, names);
        format!("{} has no output `{name}` (its outputs are {list}){hint}", self.file)
    }
}

const fn owner(name: &'static str, index: &'static str, meaning: &'static str) -> Output {
    Output { name, required: true, kind: Kind::Key, index: Some(index), meaning }
}

const fn required(name: &'static str, kind: Kind, meaning: &'static str) -> Output {
    Output { name, required: true, kind, index: None, meaning }
}

const fn optional(name: &'static str, kind: Kind, meaning: &'static str) -> Output {
    Output { name, required: false, kind, index: None, meaning }
}
