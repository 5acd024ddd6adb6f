//! The models that there are: their fields, and what may be asked of each. Names, labels and limits are the server's own.

use super::series::Series;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text of one line.
    Char,
    /// A text of several.
    Text,
    Bool,
    /// A floating number with the digits of the record's unit.
    Quantity,
    /// A decimal with so many digits after the point.
    Numeric(u32),
    Date,
    Choice(&'static [&'static str]),
    /// A record of that model.
    One(&'static str),
    /// The records of that model that name this one in that field.
    Many(&'static str, &'static str),
    /// Any records of that model.
    Set(&'static str),
    /// A record of one of these models, as `model,id`.
    Reference(&'static [&'static str]),
    /// Follows from other fields.
    Computed,
    /// As [`Kind::Computed`], records of that model.
    ComputedSet(&'static str),
    /// Moved by the server's own steps alone.
    State,
}

/// A field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub kind: Kind,
    pub required: bool,
    /// What it holds where nothing is said.
    pub initial: Initial,
}

/// What a field holds where nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Initial {
    None,
    Text(&'static str),
    True,
    False,
    /// The company, its currency: both have this id.
    First,
}

/// A model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Model {
    pub name: &'static str,
    pub label: &'static str,
    pub fields: &'static [Field],
    /// What may be called beside what every model has for reading.
    pub methods: &'static [&'static str],
}

impl Model {
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// What every model has for reading.
pub(super) const READS: [&str; 4] = ["read", "search", "search_read", "search_count"];

const CHANGES: &[&str] = &["create", "write", "delete"];

const fn field(name: &'static str, label: &'static str, kind: Kind) -> Field {
    Field { name, label, kind, required: false, initial: Initial::None }
}

const fn needed(name: &'static str, label: &'static str, kind: Kind) -> Field {
    Field { required: true, ..field(name, label, kind) }
}

const fn starting(field: Field, initial: Initial) -> Field {
    Field { initial, ..field }
}

/// The model of that name, as the series and the modules that are there have it.
pub(super) fn find(name: &str, has_web_shop: bool) -> Option<&'static Model> {
    let name = match name {
        "web.shop" if !has_web_shop => return None,
        "sale.sale" if !has_web_shop => return Some(&SALE_WITHOUT_SHOP),
        name => name,
    };
    MODELS.iter().find(|model| model.name == name)
}

/// Whether a method may be called; the server's words for one that may not are a 403.
pub(super) fn has_method(model: &Model, method: &str, series: Series) -> bool {
    match (model.name, method) {
        ("res.user.warning", "skip") => series.has_skip(),
        _ => READS.contains(&method) || model.methods.contains(&method),
    }
}

/// The steps of a sale, and the states that each starts from.
pub(super) const SALE_STEPS: [(&str, &[&str]); 5] = [
    ("draft", &["cancelled", "quotation", "confirmed"]),
    ("quote", &["draft"]),
    ("confirm", &["quotation"]),
    ("process", &["confirmed", "processing"]),
    ("cancel", &["draft", "quotation"]),
];

/// The steps of an invoice.
pub(super) const INVOICE_STEPS: [(&str, &[&str]); 3] =
    [("validate_invoice", &["draft"]), ("post", &["draft", "validated"]), ("cancel", &["draft", "validated"])];

const SALE_FIELDS: [Field; 23] = [
    starting(needed("company", "Company", Kind::One("company.company")), Initial::First),
    needed("party", "Party", Kind::One("party.party")),
    field("invoice_address", "Invoice Address", Kind::One("party.address")),
    field("shipment_address", "Shipment Address", Kind::One("party.address")),
    starting(needed("currency", "Currency", Kind::One("currency.currency")), Initial::First),
    field("payment_term", "Payment Term", Kind::One("account.invoice.payment_term")),
    field("sale_date", "Sale Date", Kind::Date),
    field("reference", "Reference", Kind::Char),
    field("description", "Description", Kind::Char),
    field("comment", "Comment", Kind::Text),
    field("number", "Number", Kind::State),
    field("origin", "Origin", Kind::Reference(&["sale.sale"])),
    starting(
        needed("invoice_method", "Invoice Method", Kind::Choice(&["manual", "order", "shipment"])),
        Initial::Text("order"),
    ),
    starting(
        needed("shipment_method", "Shipment Method", Kind::Choice(&["manual", "order", "invoice"])),
        Initial::Text("order"),
    ),
    starting(field("state", "State", Kind::State), Initial::Text("draft")),
    field("lines", "Lines", Kind::Many("sale.line", "sale")),
    field("untaxed_amount", "Untaxed", Kind::Computed),
    field("tax_amount", "Tax", Kind::Computed),
    field("total_amount", "Total", Kind::Computed),
    field("invoices", "Invoices", Kind::ComputedSet("account.invoice")),
    field("rec_name", "Record Name", Kind::Computed),
    field("web_shop", "Web Shop", Kind::One("web.shop")),
    field("web_id", "Web ID", Kind::Char),
];

const SALE_METHODS: &[&str] = &["create", "write", "delete", "draft", "quote", "confirm", "process", "cancel"];

const SALE_WITHOUT_SHOP: Model = Model {
    name: "sale.sale",
    label: "Sale",
    fields: SALE_FIELDS.split_at(SALE_FIELDS.len() - 2).0,
    methods: SALE_METHODS,
};

const CONTACT_TYPES: &[&str] =
    &["phone", "mobile", "fax", "email", "website", "skype", "sip", "irc", "jabber", "other"];

const MODELS: &[Model] = &[
    Model {
        name: "res.user",
        label: "User",
        fields: &[
            field("name", "Name", Kind::Char),
            field("login", "Login", Kind::Char),
            field("company", "Company", Kind::One("company.company")),
        ],
        methods: &["get_preferences"],
    },
    Model {
        name: "res.user.warning",
        label: "User Warning",
        fields: &[
            needed("user", "User", Kind::One("res.user")),
            needed("name", "Name", Kind::Char),
            starting(field("always", "Always", Kind::Bool), Initial::False),
        ],
        methods: CHANGES,
    },
    Model {
        name: "company.company",
        label: "Company",
        fields: &[
            field("party", "Party", Kind::One("party.party")),
            field("currency", "Currency", Kind::One("currency.currency")),
        ],
        methods: &[],
    },
    Model {
        name: "currency.currency",
        label: "Currency",
        fields: &[
            field("name", "Name", Kind::Char),
            field("code", "Code", Kind::Char),
            field("rounding", "Rounding", Kind::Numeric(2)),
        ],
        methods: &[],
    },
    Model {
        name: "party.party",
        label: "Party",
        fields: &[
            field("name", "Name", Kind::Text),
            needed("code", "Code", Kind::Char),
            starting(field("active", "Active", Kind::Bool), Initial::True),
            field("addresses", "Addresses", Kind::Many("party.address", "party")),
            field("contact_mechanisms", "Contact Mechanisms", Kind::Many("party.contact_mechanism", "party")),
            field("identifiers", "Identifiers", Kind::Many("party.identifier", "party")),
            field("rec_name", "Record Name", Kind::Computed),
        ],
        methods: CHANGES,
    },
    Model {
        name: "party.address",
        label: "Address",
        fields: &[
            needed("party", "Party", Kind::One("party.party")),
            field("street", "Street", Kind::Text),
            field("city", "City", Kind::Char),
            field("postal_code", "Postal Code", Kind::Char),
            starting(field("invoice", "Invoice", Kind::Bool), Initial::False),
            starting(field("delivery", "Delivery", Kind::Bool), Initial::False),
            starting(field("active", "Active", Kind::Bool), Initial::True),
            field("rec_name", "Record Name", Kind::Computed),
        ],
        methods: CHANGES,
    },
    Model {
        name: "party.contact_mechanism",
        label: "Party Contact Mechanism",
        fields: &[
            needed("party", "Party", Kind::One("party.party")),
            starting(needed("type", "Type", Kind::Choice(CONTACT_TYPES)), Initial::Text("phone")),
            needed("value", "Value", Kind::Char),
        ],
        methods: CHANGES,
    },
    Model {
        name: "party.identifier",
        label: "Party Identifier",
        fields: &[
            needed("party", "Party", Kind::One("party.party")),
            field("type", "Type", Kind::Choice(&["cn_ric", "cn_uscc", "eu_vat"])),
            needed("code", "Code", Kind::Char),
        ],
        methods: CHANGES,
    },
    Model {
        name: "product.uom",
        label: "Unit of Measure",
        fields: &[
            field("name", "Name", Kind::Char),
            field("symbol", "Symbol", Kind::Char),
            field("digits", "Display Digits", Kind::State),
        ],
        methods: &[],
    },
    Model {
        name: "product.product",
        label: "Product Variant",
        fields: &[
            field("code", "Code", Kind::Char),
            field("name", "Name", Kind::Char),
            field("default_uom", "Default UoM", Kind::One("product.uom")),
            field("type", "Type", Kind::Choice(&["goods", "assets", "service"])),
            field("salable", "Salable", Kind::Bool),
            field("active", "Active", Kind::Bool),
        ],
        methods: &[],
    },
    Model {
        name: "account.tax.group",
        label: "Tax Group",
        fields: &[
            field("name", "Name", Kind::Char),
            field("kind", "Kind", Kind::Choice(&["sale", "purchase", "both"])),
        ],
        methods: &[],
    },
    Model {
        name: "account.tax",
        label: "Tax",
        fields: &[
            field("name", "Name", Kind::Char),
            field("type", "Type", Kind::Choice(&["percentage", "fixed", "none"])),
            field("rate", "Rate", Kind::Numeric(10)),
            field("parent", "Parent", Kind::One("account.tax")),
            field("group", "Group", Kind::One("account.tax.group")),
            field("company", "Company", Kind::One("company.company")),
            field("active", "Active", Kind::Bool),
        ],
        methods: &[],
    },
    Model {
        name: "account.configuration",
        label: "Account Configuration",
        fields: &[field("tax_rounding", "Tax Rounding", Kind::Choice(&["document", "line"]))],
        methods: &[],
    },
    Model {
        name: "account.invoice.payment_term",
        label: "Invoice Payment Term",
        fields: &[field("name", "Name", Kind::Char), field("active", "Active", Kind::Bool)],
        methods: &[],
    },
    Model {
        name: "web.shop",
        label: "Web Shop",
        fields: &[
            field("name", "Name", Kind::Char),
            field("company", "Company", Kind::One("company.company")),
            field("currency", "Currency", Kind::One("currency.currency")),
        ],
        methods: &[],
    },
    Model { name: "sale.sale", label: "Sale", fields: &SALE_FIELDS, methods: SALE_METHODS },
    Model {
        name: "sale.line",
        label: "Sale Line",
        fields: &[
            needed("sale", "Sale", Kind::One("sale.sale")),
            starting(
                needed("type", "Type", Kind::Choice(&["line", "subtotal", "title", "comment"])),
                Initial::Text("line"),
            ),
            field("product", "Product", Kind::One("product.product")),
            field("description", "Description", Kind::Text),
            field("quantity", "Quantity", Kind::Quantity),
            field("unit", "Unit", Kind::One("product.uom")),
            field("unit_price", "Unit Price", Kind::Numeric(4)),
            field("taxes", "Taxes", Kind::Set("account.tax")),
            field("amount", "Amount", Kind::Computed),
        ],
        methods: CHANGES,
    },
    Model {
        name: "account.invoice",
        label: "Account Invoice",
        fields: &[
            field("company", "Company", Kind::One("company.company")),
            field("type", "Type", Kind::Choice(&["out", "in"])),
            field("party", "Party", Kind::One("party.party")),
            field("invoice_address", "Invoice Address", Kind::One("party.address")),
            field("currency", "Currency", Kind::One("currency.currency")),
            field("payment_term", "Payment Term", Kind::One("account.invoice.payment_term")),
            field("invoice_date", "Invoice Date", Kind::Date),
            field("reference", "Reference", Kind::Char),
            field("description", "Description", Kind::Char),
            field("comment", "Comment", Kind::Text),
            field("number", "Number", Kind::State),
            starting(field("state", "State", Kind::State), Initial::Text("draft")),
            field("lines", "Lines", Kind::Many("account.invoice.line", "invoice")),
            field("untaxed_amount", "Untaxed", Kind::Computed),
            field("tax_amount", "Tax", Kind::Computed),
            field("total_amount", "Total", Kind::Computed),
            field("sales", "Sales", Kind::ComputedSet("sale.sale")),
            field("rec_name", "Record Name", Kind::Computed),
        ],
        methods: &["write", "delete", "draft", "validate_invoice", "post", "cancel"],
    },
    Model {
        name: "account.invoice.line",
        label: "Invoice Line",
        fields: &[
            field("invoice", "Invoice", Kind::One("account.invoice")),
            field("type", "Type", Kind::Choice(&["line"])),
            field("product", "Product", Kind::One("product.product")),
            field("description", "Description", Kind::Text),
            field("quantity", "Quantity", Kind::Quantity),
            field("unit", "Unit", Kind::One("product.uom")),
            field("unit_price", "Unit Price", Kind::Numeric(4)),
            field("taxes", "Taxes", Kind::Set("account.tax")),
            field("origin", "Origin", Kind::Reference(&["sale.line"])),
            field("amount", "Amount", Kind::Computed),
        ],
        methods: &[],
    },
];
