//! Which models and fields there are: those of the real ones that a client of this kind has to do with.
//!
//! Names, types and what is required are those of the modules `base`, `product`, `uom`, `sale` and `account`; where series differ,
//! the names of the one that the sandbox plays.

use std::collections::BTreeMap;

/// Digits of prices (until 18), of quantities and of rates, as a new database has them.
const PRICE: Type = Type::Float(2);
const QUANTITY: Type = Type::Float(2);
const RATE: Type = Type::Float(4);

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Char,
    Text,
    Html,
    Flag,
    Int,
    /// With so many digits after the point.
    Float(u32),
    /// With as many as are sent.
    Exact,
    Money,
    Day,
    Moment,
    Choice(&'static [&'static str]),
    One(&'static str),
    /// The records of a model whose field names this record.
    Children(&'static str, &'static str),
    Many(&'static str),
}

/// A field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub holds: Type,
    pub required: bool,
    /// Set by the ERP alone: what a client writes is written over.
    pub computed: bool,
}

/// A model.
#[derive(Debug)]
pub(super) struct Model {
    pub name: &'static str,
    pub label: &'static str,
    pub fields: Vec<Field>,
    /// Whether the bridge's user may change its records.
    pub writable: bool,
}

/// All models of a series.
#[derive(Debug)]
pub(super) struct Schema {
    pub series: u8,
    models: BTreeMap<&'static str, Model>,
}

const fn field(name: &'static str, label: &'static str, holds: Type) -> Field {
    Field { name, label, holds, required: false, computed: false }
}

const fn must(name: &'static str, label: &'static str, holds: Type) -> Field {
    Field { required: true, ..field(name, label, holds) }
}

const fn computed(name: &'static str, label: &'static str, holds: Type) -> Field {
    Field { computed: true, ..field(name, label, holds) }
}

const ORDER_STATES: Type = Type::Choice(&["draft", "sent", "sale", "done", "cancel"]);
const MOVE_STATES: Type = Type::Choice(&["draft", "posted", "cancel"]);
const MOVE_TYPES: Type =
    Type::Choice(&["entry", "out_invoice", "out_refund", "in_invoice", "in_refund", "out_receipt", "in_receipt"]);
const LINE_TYPES: Type = Type::Choice(&["line_section", "line_subsection", "line_note", "product"]);

impl Schema {
    pub(super) fn new(series: u8) -> Schema {
        let models = [
            Model { writable: true, ..model("res.partner", "Contact", &PARTNER) },
            model("res.company", "Companies", &COMPANY),
            model("res.currency", "Currency", &CURRENCY),
            model("res.users", "Users", &[must("name", "Name", Type::Char), must("login", "Login", Type::Char)]),
            model("product.product", "Product", &PRODUCT),
            model("uom.uom", "Product Unit of Measure", &[must("name", "Unit of Measure", Type::Char)]),
            model("account.tax", "Tax", &TAX),
            model("account.journal", "Journal", &JOURNAL),
            model("decimal.precision", "Decimal Precision", &PRECISION),
            model("ir.model.data", "Model Data", &MODEL_DATA),
            Model { writable: true, ..model("sale.order", "Sales Order", &ORDER) },
            Model { writable: true, fields: order_line(series), ..model("sale.order.line", "Sales Order Line", &[]) },
            Model { writable: true, fields: account_move(series), ..model("account.move", "Journal Entry", &[]) },
            Model { writable: true, fields: move_line(series), ..model("account.move.line", "Journal Item", &[]) },
        ];
        Schema { series, models: models.into_iter().map(|model| (model.name, model)).collect() }
    }

    pub(super) fn model(&self, name: &str) -> Option<&Model> {
        self.models.get(name)
    }

    /// An order's line's unit of measure.
    pub(super) fn unit(&self) -> &'static str {
        if self.series >= 19 { "product_uom_id" } else { "product_uom" }
    }

    /// Whether the bridge's user may read the table of external ids.
    pub(super) fn shows_external_ids(&self) -> bool {
        self.series < 19
    }

    /// An order's line's taxes.
    pub(super) fn taxes(&self) -> &'static str {
        if self.series >= 19 { "tax_ids" } else { "tax_id" }
    }
}

impl Model {
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

fn model(name: &'static str, label: &'static str, fields: &[Field]) -> Model {
    let own = [must("id", "ID", Type::Int), computed("display_name", "Display Name", Type::Char)];
    Model { name, label, fields: own.into_iter().chain(fields.iter().copied()).collect(), writable: false }
}

const ACTIVE: Field = field("active", "Active", Type::Flag);

const PARTNER: [Field; 15] = [
    must("name", "Name", Type::Char),
    field("ref", "Reference", Type::Char),
    field("email", "Email", Type::Char),
    field("phone", "Phone", Type::Char),
    field("street", "Street", Type::Char),
    field("street2", "Street2", Type::Char),
    field("city", "City", Type::Char),
    field("zip", "Zip", Type::Char),
    field("vat", "Tax ID", Type::Char),
    field("website", "Website Link", Type::Char),
    field("comment", "Notes", Type::Text),
    field("is_company", "Is a Company", Type::Flag),
    field("parent_id", "Related Company", Type::One("res.partner")),
    field("function", "Job Position", Type::Char),
    ACTIVE,
];

const COMPANY: [Field; 4] = [
    must("name", "Company Name", Type::Char),
    must("currency_id", "Currency", Type::One("res.currency")),
    must("partner_id", "Partner", Type::One("res.partner")),
    field(
        "tax_calculation_rounding_method",
        "Tax Calculation Rounding Method",
        Type::Choice(&["round_per_line", "round_globally"]),
    ),
];

const CURRENCY: [Field; 3] = [must("name", "Currency", Type::Char), must("symbol", "Symbol", Type::Char), ACTIVE];

const PRODUCT: [Field; 8] = [
    must("name", "Name", Type::Char),
    field("default_code", "Internal Reference", Type::Char),
    must("uom_id", "Unit of Measure", Type::One("uom.uom")),
    field("sale_ok", "Can be Sold", Type::Flag),
    field("list_price", "Sales Price", PRICE),
    field("taxes_id", "Customer Taxes", Type::Many("account.tax")),
    must("type", "Product Type", Type::Choice(&["consu", "service", "product"])),
    ACTIVE,
];

const TAX: [Field; 6] = [
    must("name", "Tax Name", Type::Char),
    must("type_tax_use", "Tax Type", Type::Choice(&["sale", "purchase", "none"])),
    must("amount_type", "Tax Computation", Type::Choice(&["group", "fixed", "percent", "division"])),
    must("amount", "Amount", RATE),
    field("price_include", "Included in Price", Type::Flag),
    ACTIVE,
];

const JOURNAL: [Field; 4] = [
    must("name", "Journal Name", Type::Char),
    must("code", "Short Code", Type::Char),
    must("type", "Type", Type::Choice(&["sale", "purchase", "cash", "bank", "general"])),
    ACTIVE,
];

const PRECISION: [Field; 2] = [must("name", "Usage", Type::Char), must("digits", "Digits", Type::Int)];

const MODEL_DATA: [Field; 5] = [
    must("module", "Module", Type::Char),
    must("name", "External Identifier", Type::Char),
    must("model", "Model Name", Type::Char),
    field("res_id", "Record ID", Type::Int),
    field("noupdate", "Non Updatable", Type::Flag),
];

const ORDER: [Field; 14] = [
    field("name", "Order Reference", Type::Char),
    computed("state", "Status", ORDER_STATES),
    must("partner_id", "Customer", Type::One("res.partner")),
    field("company_id", "Company", Type::One("res.company")),
    // Of the pricelist.
    computed("currency_id", "Currency", Type::One("res.currency")),
    field("client_order_ref", "Customer Reference", Type::Char),
    field("origin", "Source Document", Type::Char),
    field("note", "Terms and conditions", Type::Text),
    must("date_order", "Order Date", Type::Moment),
    field("order_line", "Order Lines", Type::Children("sale.order.line", "order_id")),
    computed("amount_untaxed", "Untaxed Amount", Type::Money),
    computed("amount_tax", "Taxes", Type::Money),
    computed("amount_total", "Total", Type::Money),
    computed("invoice_ids", "Invoices", Type::Many("account.move")),
];

fn order_line(series: u8) -> Vec<Field> {
    let (unit, taxes) = if series >= 19 { ("product_uom_id", "tax_ids") } else { ("product_uom", "tax_id") };
    let fields = [
        must("order_id", "Order Reference", Type::One("sale.order")),
        field("sequence", "Sequence", Type::Int),
        field("product_id", "Product", Type::One("product.product")),
        must("name", "Description", Type::Text),
        must("product_uom_qty", "Quantity", QUANTITY),
        field(unit, "Unit of Measure", Type::One("uom.uom")),
        must("price_unit", "Unit Price", price(series)),
        field("discount", "Discount (%)", PRICE),
        field(taxes, "Taxes", Type::Many("account.tax")),
        field("display_type", "Display Type", LINE_TYPES),
        computed("price_subtotal", "Subtotal", Type::Money),
        computed("price_tax", "Total Tax", Type::Money),
        computed("price_total", "Total", Type::Money),
    ];
    model("", "", &fields).fields
}

fn account_move(series: u8) -> Vec<Field> {
    let narration = if series >= 15 { Type::Html } else { Type::Text };
    let fields = [
        field("name", "Number", Type::Char),
        computed("state", "Status", MOVE_STATES),
        must("move_type", "Type", MOVE_TYPES),
        must("journal_id", "Journal", Type::One("account.journal")),
        field("company_id", "Company", Type::One("res.company")),
        must("currency_id", "Currency", Type::One("res.currency")),
        field("partner_id", "Partner", Type::One("res.partner")),
        field("ref", "Reference", Type::Char),
        field("invoice_date", "Invoice/Bill Date", Type::Day),
        field("invoice_date_due", "Due Date", Type::Day),
        must("date", "Date", Type::Day),
        field("invoice_origin", "Origin", Type::Char),
        field("reversed_entry_id", "Reversal of", Type::One("account.move")),
        field("narration", "Terms and Conditions", narration),
        field("invoice_line_ids", "Invoice lines", Type::Children("account.move.line", "move_id")),
        field("line_ids", "Journal Items", Type::Children("account.move.line", "move_id")),
        computed("amount_untaxed", "Untaxed Amount", Type::Money),
        computed("amount_tax", "Tax", Type::Money),
        computed("amount_total", "Total", Type::Money),
    ];
    model("", "", &fields).fields
}

/// The decimal accuracy of prices rounds them until 18, and in 19 says how many digits are shown at least.
fn price(series: u8) -> Type {
    if series >= 19 { Type::Exact } else { PRICE }
}

fn move_line(series: u8) -> Vec<Field> {
    let fields = [
        must("move_id", "Journal Entry", Type::One("account.move")),
        field("sequence", "Sequence", Type::Int),
        field("product_id", "Product", Type::One("product.product")),
        field("name", "Label", Type::Char),
        field("quantity", "Quantity", QUANTITY),
        field("product_uom_id", "Unit of Measure", Type::One("uom.uom")),
        field("price_unit", "Unit Price", price(series)),
        field("discount", "Discount (%)", PRICE),
        field("tax_ids", "Taxes", Type::Many("account.tax")),
        field("sale_line_ids", "Sales Order Lines", Type::Many("sale.order.line")),
        field("display_type", "Display Type", LINE_TYPES),
        computed("price_subtotal", "Subtotal", Type::Money),
        computed("price_tax", "Tax", Type::Money),
        computed("price_total", "Total", Type::Money),
    ];
    model("", "", &fields).fields
}
