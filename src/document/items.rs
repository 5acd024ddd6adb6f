//! What the ERP calls the store's items.

use std::collections::BTreeMap;

use super::{Document, Header, LineKind};

/// An item of the ERP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its number there.
    pub number: String,
    /// The unit of measure that it is counted in, as the ERP names units; its default where there is none.
    pub unit: Option<String>,
}

/// From the store's SKUs to the ERP's items.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Crosswalk {
    /// By SKU.
    pub items: BTreeMap<String, Item>,
    /// True where goods that are not among `items` park their document; else their SKU is the item's number.
    pub strict: bool,
    /// The unit of items that have none of their own.
    pub unit: Option<String>,
}

/// A SKU that a strict [`Crosswalk`] does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownItem {
    /// The SKU.
    pub sku: String,
}

impl Crosswalk {
    /// The same with more items, which come before those that it has.
    #[must_use]
    pub fn with(&self, more: BTreeMap<String, Item>) -> Crosswalk {
        let mut with = self.clone();
        with.items.extend(more);
        with
    }

    /// The item that a SKU stands for; `None` where nobody has said it and it must be said.
    pub fn item(&self, sku: &str) -> Option<Item> {
        let found = match self.items.get(sku) {
            Some(item) => item.clone(),
            None if self.strict => return None,
            None => Item { number: sku.to_owned(), unit: None },
        };
        Some(Item { unit: found.unit.or_else(|| self.unit.clone()), ..found })
    }

    /// The document as it goes to the ERP: with the ERP's own items. Shipping and fees keep their service items where none is
    /// said for them.
    ///
    /// # Errors
    /// The first of its goods that is unknown.
    pub fn written(&self, document: &Document) -> Result<Document, UnknownItem> {
        let mut written = document.clone();
        if let Some(header) = header_of(&mut written) {
            for line in &mut header.lines {
                match self.item(&line.sku) {
                    Some(item) => {
                        line.sku = item.number.into();
                        line.unit = item.unit.filter(|_| line.kind == LineKind::Goods);
                    }
                    None if line.kind != LineKind::Goods => {}
                    None => return Err(UnknownItem { sku: line.sku.to_string() }),
                }
            }
        }
        Ok(written)
    }
}

fn header_of(document: &mut Document) -> Option<&mut Header> {
    match document {
        Document::Customer(_) => None,
        Document::SalesOrder(order) => Some(&mut order.header),
        Document::CreditNote(note) => Some(&mut note.header),
        Document::DebitNote(note) => Some(&mut note.header),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use rust_decimal::Decimal;

    use super::super::{Amounts, Customer, DebitNote, Line};
    use super::*;

    fn note(skus: &[(&str, LineKind)]) -> Document {
        let line = |(sku, kind): &(&str, LineKind)| Line {
            no: 1,
            key: "1".into(),
            kind: *kind,
            sku: (*sku).into(),
            options: None,
            name: "x".into(),
            quantity: Decimal::ONE,
            unit: None,
            unit_price: None,
            discount: Decimal::ZERO,
            tax_rate: Decimal::ZERO,
            amounts: Amounts::default(),
            sold_by: None,
            extra: BTreeMap::new(),
        };
        let header = Header {
            number: "S1-DN1".into(),
            order: "S1".into(),
            customer: "U1".into(),
            buyer: None,
            date: date(2026, 11, 23),
            currency: "CNY".into(),
            prices_include_tax: true,
            lines: skus.iter().map(line).collect(),
            amounts: Amounts::default(),
            extra: BTreeMap::new(),
        };
        Document::DebitNote(DebitNote { header, original: "S1".into() })
    }

    fn items(document: &Document) -> Vec<(String, Option<String>)> {
        document.header().unwrap().lines.iter().map(|l| (l.sku.to_string(), l.unit.clone())).collect()
    }

    fn crosswalk(strict: bool) -> Crosswalk {
        let item = |number: &str, unit: Option<&str>| Item { number: number.into(), unit: unit.map(Into::into) };
        let items =
            [("A", item("M-1", None)), ("B", item("M-2", Some("BOX")))].map(|(sku, item)| (sku.to_owned(), item));
        Crosswalk { items: items.into(), strict, unit: Some("PCS".into()) }
    }

    #[test]
    fn goods_get_the_erps_numbers_and_units_and_services_keep_theirs() {
        let document = note(&[("A", LineKind::Goods), ("B", LineKind::Goods), ("SHIPPING", LineKind::Shipping)]);
        let written = crosswalk(true).written(&document).unwrap();
        let expected = [("M-1", Some("PCS")), ("M-2", Some("BOX")), ("SHIPPING", None)];
        assert_eq!(items(&written), expected.map(|(sku, unit)| (sku.to_owned(), unit.map(str::to_owned))));
    }

    #[test]
    fn an_unknown_sku_is_its_own_item_unless_the_crosswalk_is_strict() {
        let document = note(&[("A", LineKind::Goods), ("C", LineKind::Goods)]);
        assert_eq!(items(&crosswalk(false).written(&document).unwrap())[1].0, "C");
        assert_eq!(crosswalk(true).written(&document), Err(UnknownItem { sku: "C".into() }));
        let added = [("C".to_owned(), Item { number: "M-3".into(), unit: None })].into();
        assert_eq!(items(&crosswalk(true).with(added).written(&document).unwrap())[1].0, "M-3");
    }

    #[test]
    fn a_customer_has_no_items() {
        let customer = Document::Customer(Customer { number: "U1".into(), name: "x".into(), ..Customer::default() });
        assert_eq!(crosswalk(true).written(&customer), Ok(customer));
    }
}
