//! Sales documents: what one must hold, what it costs, and what may still be credited.
//!
//! A price by hand (`PMP0`) is an amount without tax for a number of pieces; without one the catalogue's price stands. The tax is
//! that of the product's classification, each item's rounded. Pieces that come back, or are credited without being a value
//! item, never exceed those of the item that they refer to; and an order of the shop's is never credited more than it was sold
//! for. What order that is, is read from the text that says it (`kind [reason]; order X; original Y`).

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value, json};

use super::node::{Is, Node, Shape};
use super::odata::Refusal;
use super::{CHANNEL, CURRENCY, DIVISION, ORGANIZATION};

const PRICE: Shape = Shape {
    set: "",
    fields: &[
        ("ConditionType", Is::Text(4)),
        ("ConditionRateValue", Is::Decimal),
        ("ConditionCurrency", Is::Text(5)),
        ("ConditionQuantity", Is::Decimal),
        ("ConditionQuantityUnit", Is::Text(3)),
    ],
    below: &[],
};
const TEXT: Shape = Shape {
    set: "",
    fields: &[("Language", Is::Text(2)), ("LongTextID", Is::Text(4)), ("LongText", Is::Text(10_000))],
    below: &[],
};

macro_rules! sales {
    ($name:ident, $line:ident, $service:literal, $set:literal, $key:literal, $item_set:literal, $prices:literal, $texts:literal, $type:literal,
     $types:expr, $date:literal, $item:literal, $category:literal, $text:literal) => {
        const $line: Shape = Shape {
            set: $item_set,
            fields: &[
                ($item, Is::Text(6)),
                ($category, Is::Text(4)),
                ($text, Is::Text(40)),
                ("Material", Is::Text(40)),
                ("RequestedQuantity", Is::Decimal),
                ("RequestedQuantityUnit", Is::Text(3)),
                ("ProductTaxClassification1", Is::Text(1)),
                ("ReferenceSDDocument", Is::Text(10)),
                ("ReferenceSDDocumentItem", Is::Text(6)),
                ("SalesDocumentRjcnReason", Is::Text(2)),
            ],
            below: &[("to_PricingElement", &PRICE)],
        };
        /// One of the services.
        pub(super) const $name: Sales = Sales {
            service: $service,
            key: $key,
            item: $item,
            category: $category,
            type_field: $type,
            types: $types,
            prices: $prices,
            texts: $texts,
            head: Shape {
                set: $set,
                fields: &[
                    ($type, Is::Text(4)),
                    ("SalesOrganization", Is::Text(4)),
                    ("DistributionChannel", Is::Text(2)),
                    ("OrganizationDivision", Is::Text(2)),
                    ("SoldToParty", Is::Text(10)),
                    ("PurchaseOrderByCustomer", Is::Text(35)),
                    ("CustomerPurchaseOrderDate", Is::Date),
                    ($date, Is::Date),
                    ("PricingDate", Is::Date),
                    ("TransactionCurrency", Is::Text(5)),
                    ("SDDocumentReason", Is::Text(3)),
                    ("HeaderBillingBlockReason", Is::Text(2)),
                ],
                below: &[("to_Item", &$line), ("to_Text", &TEXT)],
            },
            line: $line,
        };
    };
}

sales!(
    ORDERS,
    ORDER_ITEM,
    "API_SALES_ORDER_SRV",
    "A_SalesOrder",
    "SalesOrder",
    "A_SalesOrderItem",
    "A_SalesOrderItemPrElement",
    "A_SalesOrderText",
    "SalesOrderType",
    &["OR", "OR2"],
    "SalesOrderDate",
    "SalesOrderItem",
    "SalesOrderItemCategory",
    "SalesOrderItemText"
);
sales!(
    DEBITS,
    DEBIT_ITEM,
    "API_DEBIT_MEMO_REQUEST_SRV",
    "A_DebitMemoRequest",
    "DebitMemoRequest",
    "A_DebitMemoRequestItem",
    "A_DebitMemoReqItemPrcgElmnt",
    "A_DebitMemoReqText",
    "DebitMemoRequestType",
    &["DR"],
    "DebitMemoRequestDate",
    "DebitMemoRequestItem",
    "DebitMemoRequestItemCategory",
    "DebitMemoRequestItemText"
);
sales!(
    RETURNS,
    RETURN_ITEM,
    "API_CUSTOMER_RETURN_SRV",
    "A_CustomerReturn",
    "CustomerReturn",
    "A_CustomerReturnItem",
    "A_CustomerReturnItemPrcgElmnt",
    "A_CustomerReturnText",
    "CustomerReturnType",
    &["CBRE", "RE"],
    "CustomerReturnDate",
    "CustomerReturnItem",
    "CustomerReturnItemCategory",
    "CustomerReturnItemText"
);
sales!(
    CREDITS,
    CREDIT_ITEM,
    "API_CREDIT_MEMO_REQUEST_SRV",
    "A_CreditMemoRequest",
    "CreditMemoRequest",
    "A_CreditMemoRequestItem",
    "A_CreditMemoReqItemPrcgElmnt",
    "A_CreditMemoReqText",
    "CreditMemoRequestType",
    &["CR"],
    "CreditMemoRequestDate",
    "CreditMemoRequestItem",
    "CreditMemoRequestItemCategory",
    "CreditMemoRequestItemText"
);
pub(super) const ALL: [&Sales; 4] = [&ORDERS, &DEBITS, &RETURNS, &CREDITS];

/// A service for sales documents.
pub(super) struct Sales {
    pub service: &'static str,
    pub key: &'static str,
    pub item: &'static str,
    pub category: &'static str,
    type_field: &'static str,
    types: &'static [&'static str],
    prices: &'static str,
    texts: &'static str,
    pub head: Shape,
    line: Shape,
}

impl Sales {
    /// True where it takes off what was sold.
    pub(super) fn credits(&self) -> bool {
        self.service == RETURNS.service || self.service == CREDITS.service
    }
}

/// What the rules of a new document look at.
pub(super) struct Ground<'a> {
    pub documents: &'a [Node],
    pub services: &'a [String],
    /// The shop's orders that people have entered, and their totals.
    pub by_hand: &'a BTreeMap<String, Decimal>,
    pub is_customer: &'a dyn Fn(&str) -> bool,
    pub is_product: &'a dyn Fn(&str) -> bool,
}

/// A new document of this number, with its items and their prices.
pub(super) fn create(sales: &Sales, body: &Value, number: &str, ground: &Ground<'_>) -> Result<Node, Refusal> {
    let mut fields = sales.head.fields(body)?;
    let said = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    if !sales.types.contains(&said(sales.type_field)) {
        return Err(Refusal::business(
            "V1/311",
            &format!("Sales document type {} is not defined", said(sales.type_field)),
        ));
    }
    let area = ["SalesOrganization", "DistributionChannel", "OrganizationDivision"].map(said);
    if area != [ORGANIZATION, CHANNEL, DIVISION] {
        return Err(Refusal::business("V1/313", &format!("No sales area {} is defined", area.join(" "))));
    }
    if !(ground.is_customer)(said("SoldToParty")) {
        let text = format!("Sold-to party {} not maintained for sales area {}", said("SoldToParty"), area.join(" "));
        return Err(Refusal::business("VP/199", &text));
    }
    if said("TransactionCurrency") != CURRENCY {
        return Err(Refusal::business("V1/451", &format!("Currency {} is not kept here", said("TransactionCurrency"))));
    }
    fields.insert("TransactionCurrency".into(), CURRENCY.into());
    let mut node = Node::new(sales.head.set, &[(sales.key, number)], fields);
    node.children_mut("to_Item");
    for (i, body) in sales.head.below(body, "to_Item")?.into_iter().enumerate() {
        let item = item(sales, body, number, i, ground)?;
        if node.children("to_Item").iter().any(|other| other.text(sales.item) == item.text(sales.item)) {
            return Err(Refusal::business("V1/333", &format!("Item {} already exists", item.text(sales.item))));
        }
        node.children_mut("to_Item").push(item);
    }
    if node.children("to_Item").is_empty() {
        return Err(Refusal::business("V1/351", "The document has no items"));
    }
    node.children_mut("to_Text");
    for (i, body) in sales.head.below(body, "to_Text")?.into_iter().enumerate() {
        let fields = TEXT.fields(body)?;
        if !["TX01", "0001"].contains(&fields.get("LongTextID").and_then(Value::as_str).unwrap_or_default()) {
            return Err(Refusal::business("TD/600", "Text ID is not defined"));
        }
        node.children_mut("to_Text").push(Node::new(sales.texts, &[("LongTextID", &i.to_string())], fields));
    }
    sum_up(&mut node);
    if sales.credits() {
        not_too_much(sales, &node, ground)?;
    }
    Ok(node)
}

fn item(sales: &Sales, body: &Value, number: &str, index: usize, ground: &Ground<'_>) -> Result<Node, Refusal> {
    let mut fields = sales.line.fields(body)?;
    let said = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let id = match said(sales.item).as_str() {
        "" => (index + 1) * 10,
        own => own.parse().ok().filter(|id| *id > 0).ok_or_else(|| Refusal::business("V1/332", "Item number"))?,
    };
    let (material, category) = (said("Material"), said(sales.category));
    if !(ground.is_product)(&material) {
        let text = format!(
            "Material {material} is not defined for sales org.{ORGANIZATION}, distr.chan.{CHANNEL}, language EN"
        );
        return Err(Refusal::business("V1/382", &text));
    }
    if !category.is_empty() && (category != "G2W" || sales.service != CREDITS.service) {
        return Err(Refusal::business("V1/320", &format!("Item category {category} is not defined")));
    }
    let quantity = decimal(&fields, "RequestedQuantity");
    if quantity <= Decimal::ZERO || quantity.normalize().scale() > 3 {
        return Err(Refusal::business("V1/461", "Enter a quantity of at most three decimals"));
    }
    let class = said("ProductTaxClassification1");
    let rate = match class.as_str() {
        "" | "1" => Decimal::from(13),
        "0" => Decimal::ZERO,
        other => return Err(Refusal::business("V1/599", &format!("Tax classification {other} is not defined"))),
    };
    let prices = sales.line.below(body, "to_PricingElement")?;
    let (price, per) = price(&prices)?;
    let net = round(price * quantity / per);
    let tax = round(net * rate / Decimal::ONE_HUNDRED);
    fields.insert("RequestedQuantity".into(), quantity.to_string().into());
    fields.insert("NetAmount".into(), net.to_string().into());
    fields.insert("TransactionCurrency".into(), CURRENCY.into());
    fields.insert("SalesDocumentRjcnReason".into(), "".into());
    let id = id.to_string();
    let mut node = Node::new(sales.line.set, &[(sales.key, number), (sales.item, &id)], fields);
    let condition = |kind: &str, class: &str, rate: Decimal, per: Decimal, amount: Decimal, inactive: &str| {
        let fields: Map<String, Value> = Map::from_iter(
            [
                ("ConditionType", kind.into()),
                ("ConditionClass", class.into()),
                ("ConditionInactiveReason", inactive.into()),
            ]
            .into_iter()
            .chain([("ConditionRateValue", json!(rate.to_string())), ("ConditionQuantity", json!(per.to_string()))])
            .chain([("ConditionAmount", json!(amount.to_string())), ("ConditionIsForStatistics", json!(false))])
            .map(|(name, value): (&str, Value)| (name.to_owned(), value)),
        );
        Node::new(sales.prices, &[(sales.key, number), (sales.item, &id)], fields)
    };
    node.children_mut("to_PricingElement").extend([
        condition(
            "PPR0",
            "B",
            catalogue(),
            Decimal::ONE,
            round(catalogue() * quantity),
            if prices.is_empty() { "" } else { "X" },
        ),
        condition("PMP0", "B", price, per, net, ""),
        condition("TTX1", "D", rate, Decimal::ZERO, tax, ""),
    ]);
    Ok(node)
}

/// What a piece costs that nobody has given a price.
fn catalogue() -> Decimal {
    Decimal::new(99_999, 2)
}

/// A price, and for how many pieces it is.
fn price(elements: &[&Value]) -> Result<(Decimal, Decimal), Refusal> {
    let [element] = elements else {
        return match elements.is_empty() {
            true => Ok((catalogue(), Decimal::ONE)),
            false => Err(Refusal::business("VK/079", "Condition PMP0 exists already")),
        };
    };
    let fields = PRICE.fields(element)?;
    let said = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    if said("ConditionType") != "PMP0" || said("ConditionCurrency") != CURRENCY {
        return Err(Refusal::business("VK/090", "The condition cannot be entered by hand"));
    }
    let per = match fields.get("ConditionQuantity") {
        Some(_) => decimal(&fields, "ConditionQuantity"),
        None => Decimal::ONE,
    };
    let price = decimal(&fields, "ConditionRateValue");
    if per < Decimal::ONE || per > Decimal::from(99_999) || !per.fract().is_zero() || price.scale() > 9 {
        return Err(Refusal::business("VK/034", "The price unit has five digits"));
    }
    Ok((price, per))
}

/// Keeps the document's own sum.
pub(super) fn sum_up(node: &mut Node) {
    let net: Decimal = node.children("to_Item").iter().map(|item| decimal(&item.fields, "NetAmount")).sum();
    node.fields.insert("TotalNetAmount".into(), net.to_string().into());
}

fn not_too_much(sales: &Sales, node: &Node, ground: &Ground<'_>) -> Result<(), Refusal> {
    let order = remark(node).order.unwrap_or_default();
    let mut taken = BTreeMap::<(String, String), Decimal>::new();
    for item in node.children("to_Item") {
        let (document, sold) = (item.text("ReferenceSDDocument"), item.text("ReferenceSDDocumentItem"));
        let material = item.text("Material");
        if document.is_empty() {
            let free = ground.services.iter().any(|service| service == material) || ground.by_hand.contains_key(&order);
            match free {
                true => continue,
                false => return Err(Refusal::business("V1/555", &format!("Material {material} needs a reference"))),
            }
        }
        let absent =
            || Refusal::business("V1/302", &format!("Sales document {document} {sold} is not in the database"));
        let of = kind_of_key(ground, document).ok_or_else(absent)?;
        let source = of.1.children("to_Item").iter().find(|s| s.text(of.0.item) == sold).ok_or_else(absent)?;
        if of.0.credits() || source.text("Material") != material {
            return Err(Refusal::business(
                "V1/556",
                &format!("Item {sold} of {document} is not for material {material}"),
            ));
        }
        if item.text(sales.category) == "G2W" {
            continue;
        }
        let key = (document.to_owned(), sold.to_owned());
        let earlier = ground.documents.iter().map(|other| pieces_from(other, &key)).sum::<Decimal>();
        let taken = taken.entry(key).or_insert(earlier);
        *taken += decimal(&item.fields, "RequestedQuantity");
        if *taken > decimal(&source.fields, "RequestedQuantity") {
            return Err(Refusal::business(
                "V1/557",
                &format!("Reference quantity of item {sold} of {document} is exceeded"),
            ));
        }
    }
    let worth = |wanted: bool| -> Decimal {
        let those = ground.documents.iter().filter(|other| remark(other).order.as_deref() == Some(&*order));
        those.filter(|other| of(other).credits() == wanted).map(total).sum()
    };
    let sold = worth(false) + ground.by_hand.get(&order).copied().unwrap_or_default();
    match worth(true) + total(node) > sold {
        true => Err(Refusal::business("V1/558", &format!("More would be credited than order {order} was sold for"))),
        false => Ok(()),
    }
}

fn kind_of_key<'a>(ground: &Ground<'a>, number: &str) -> Option<(&'static Sales, &'a Node)> {
    ground.documents.iter().map(|node| (of(node), node)).find(|(sales, node)| node.text(sales.key) == number)
}

/// The service of a document.
pub(super) fn of(node: &Node) -> &'static Sales {
    ALL.into_iter().find(|sales| sales.head.set == node.set).expect("every document has a service")
}

fn pieces_from(node: &Node, (document, sold): &(String, String)) -> Decimal {
    let sales = of(node);
    let from = |item: &&Node| {
        item.text("ReferenceSDDocument") == document
            && item.text("ReferenceSDDocumentItem") == sold
            && item.text(sales.category) != "G2W"
    };
    node.children("to_Item").iter().filter(from).map(|item| decimal(&item.fields, "RequestedQuantity")).sum()
}

/// What an item is taxed.
pub(super) fn tax(item: &Node) -> Decimal {
    let taxes = item.children("to_PricingElement").iter().filter(|price| price.text("ConditionClass") == "D");
    taxes.map(|price| decimal(&price.fields, "ConditionAmount")).sum()
}

/// What a document is worth, with tax.
pub(super) fn total(node: &Node) -> Decimal {
    node.children("to_Item").iter().map(|item| decimal(&item.fields, "NetAmount") + tax(item)).sum()
}

/// What its text says of a document.
#[derive(Debug, Default)]
pub(super) struct Remark {
    pub kind: Option<String>,
    pub reason: Option<String>,
    pub order: Option<String>,
    pub original: Option<String>,
}

pub(super) fn remark(node: &Node) -> Remark {
    let Some(text) = node.children("to_Text").first() else { return Remark::default() };
    let mut remark = Remark::default();
    for (i, part) in text.text("LongText").split("; ").enumerate() {
        let (name, value) = part.split_once(' ').map_or((part, None), |(name, value)| (name, Some(value.to_owned())));
        match (i, name) {
            (0, kind) => (remark.kind, remark.reason) = (Some(kind.to_owned()), value),
            (_, "order") => remark.order = value,
            (_, "original") => remark.original = value,
            _ => {}
        }
    }
    remark
}

pub(super) fn decimal(fields: &Map<String, Value>, name: &str) -> Decimal {
    fields.get(name).and_then(Value::as_str).and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn round(amount: Decimal) -> Decimal {
    let mut rounded = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(2);
    rounded
}
