//! What the ERP keeps.

use rust_decimal::Decimal;

/// Which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Entity {
    Order,
    Outbound,
    Return,
    Receivable,
    OtherReceivable,
}

impl Entity {
    pub(super) const ALL: [Entity; 5] =
        [Entity::Order, Entity::Outbound, Entity::Return, Entity::Receivable, Entity::OtherReceivable];

    /// `formid`.
    pub(super) fn form(self) -> &'static str {
        match self {
            Entity::Order => "SAL_SaleOrder",
            Entity::Outbound => "SAL_OUTSTOCK",
            Entity::Return => "SAL_RETURNSTOCK",
            Entity::Receivable => "AR_receivable",
            Entity::OtherReceivable => "AR_OtherRecAble",
        }
    }

    pub(super) fn of(form: &str) -> Option<Entity> {
        Entity::ALL.into_iter().find(|entity| entity.form() == form)
    }

    /// Its type of bills.
    pub(super) fn bill_type(self) -> &'static str {
        match self {
            Entity::Order => "XSDD01_SYS",
            Entity::Outbound => "XSCKD01_SYS",
            Entity::Return => "XSTHD01_SYS",
            Entity::Receivable => "YSD01_SYS",
            Entity::OtherReceivable => "QTYSD01_SYS",
        }
    }

    /// Where its rows are in a model.
    pub(super) fn rows(self) -> &'static str {
        match self {
            Entity::Order => "FSaleOrderEntry",
            Entity::Outbound | Entity::Return | Entity::OtherReceivable => "FEntity",
            Entity::Receivable => "FEntityDetail",
        }
    }

    /// True where it credits by what is less than nothing.
    pub(super) fn is_receivable(self) -> bool {
        matches!(self, Entity::Receivable | Entity::OtherReceivable)
    }

    /// True where it takes back.
    pub(super) fn credits(self) -> bool {
        self == Entity::Return || self.is_receivable()
    }
}

/// `FDocumentStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Draft,
    Saved,
    Submitted,
    Audited,
    Reopened,
}

impl Status {
    pub(super) fn letter(self) -> &'static str {
        match self {
            Status::Draft => "Z",
            Status::Saved => "A",
            Status::Submitted => "B",
            Status::Audited => "C",
            Status::Reopened => "D",
        }
    }

    /// Whether its fields may be changed.
    pub(super) fn is_open(self) -> bool {
        matches!(self, Status::Draft | Status::Saved | Status::Reopened)
    }
}

/// What is done to a record as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Submit,
    Audit,
    UnAudit,
}

impl Operation {
    /// What it makes of a status; none where it may not be done.
    pub(super) fn next(self, status: Status) -> Option<Status> {
        match (self, status) {
            (Operation::Submit, Status::Saved | Status::Reopened) => Some(Status::Submitted),
            (Operation::Audit, Status::Submitted) => Some(Status::Audited),
            (Operation::UnAudit, Status::Audited) => Some(Status::Reopened),
            _ => None,
        }
    }
}

/// A customer.
#[derive(Debug, Clone)]
pub(super) struct Customer {
    pub id: u64,
    pub number: String,
    pub status: Status,
    pub name: String,
    pub phone: Option<String>,
    pub address: Option<String>,
    pub tax_id: Option<String>,
    pub stored_at_ms: i64,
    pub arrival: u64,
}

/// A form with rows; amounts are positive.
#[derive(Debug, Clone)]
pub(super) struct Bill {
    pub entity: Entity,
    pub id: u64,
    pub number: String,
    pub status: Status,
    pub customer: String,
    pub remark: String,
    pub entries: Vec<Entry>,
    pub stored_at_ms: i64,
    pub arrival: u64,
}

impl Bill {
    pub(super) fn total(&self) -> Decimal {
        self.entries.iter().map(|entry| entry.amount).sum()
    }
}

/// One row.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub id: u64,
    /// Empty in an other receivable.
    pub sku: String,
    pub quantity: Decimal,
    pub price: Decimal,
    pub amount: Decimal,
    pub tax: Decimal,
    pub note: String,
    /// The ids of a form and of its row.
    pub source: Option<(u64, u64)>,
}

/// A remark of the form `kind [reason]; order X; original Y`, which is all that the sandbox knows of the shop's side.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Remark<'a> {
    pub kind: &'a str,
    pub reason: Option<&'a str>,
    pub order: Option<&'a str>,
    pub original: Option<&'a str>,
}

impl<'a> Remark<'a> {
    pub(super) fn read(text: &'a str) -> Self {
        let mut remark = Remark::default();
        for (at, part) in text.split("; ").enumerate() {
            match (at, part.split_once(' ')) {
                (0, Some((kind, reason))) => (remark.kind, remark.reason) = (kind, Some(reason)),
                (0, None) => remark.kind = part,
                (_, Some(("order", number))) => remark.order = Some(number),
                (_, Some(("original", number))) => remark.original = Some(number),
                _ => {}
            }
        }
        remark
    }
}
