//! The services and entity sets of the system, as its API reference names them.

use reqwest::Url;

/// What all services are below.
pub(super) const ROOT: &str = "/sap/opu/odata/sap/";
pub(super) const PARTNERS: &str = "API_BUSINESS_PARTNER";
pub(super) const PRODUCTS: &str = "API_PRODUCT_SRV";
/// Business partners, and the entity set of new ones.
pub(super) const PARTNER_SET: &str = "A_BusinessPartner";
/// Products as a sales organisation and a distribution channel sell them.
pub(super) const SALES_SET: &str = "A_ProductSalesDelivery";

/// A kind of sales document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    /// What an operator calls it.
    pub name: &'static str,
    pub service: &'static str,
    /// Its entity set.
    pub set: &'static str,
    /// The property that is its number.
    pub key: &'static str,
    /// The property that is an item's number.
    pub item: &'static str,
    /// The name of its body.
    pub body: &'static str,
}

pub(super) const ORDER: Kind = Kind {
    name: "order",
    service: "API_SALES_ORDER_SRV",
    set: "A_SalesOrder",
    key: "SalesOrder",
    item: "SalesOrderItem",
    body: "order",
};
pub(super) const DEBIT: Kind = Kind {
    name: "debit memo request",
    service: "API_DEBIT_MEMO_REQUEST_SRV",
    set: "A_DebitMemoRequest",
    key: "DebitMemoRequest",
    item: "DebitMemoRequestItem",
    body: "debit_memo",
};
pub(super) const RETURN: Kind = Kind {
    name: "return",
    service: "API_CUSTOMER_RETURN_SRV",
    set: "A_CustomerReturn",
    key: "CustomerReturn",
    item: "CustomerReturnItem",
    body: "return",
};
pub(super) const CREDIT: Kind = Kind {
    name: "credit memo request",
    service: "API_CREDIT_MEMO_REQUEST_SRV",
    set: "A_CreditMemoRequest",
    key: "CreditMemoRequest",
    item: "CreditMemoRequestItem",
    body: "credit_memo",
};

impl Kind {
    /// Where new ones are created.
    pub(super) fn path(self) -> String {
        format!("{ROOT}{}/{}", self.service, self.set)
    }

    /// Those of our number in a sales organisation, with their items and how these are priced. Three of them are one too many
    /// twice.
    pub(super) fn find(self, number: &str, organization: &str) -> String {
        let filter = format!(
            "PurchaseOrderByCustomer eq {} and SalesOrganization eq {}",
            literal(number),
            literal(organization)
        );
        query(self.set, &[("$filter", &filter), ("$expand", "to_Item,to_Item/to_PricingElement"), ("$top", "3")])
    }
}

/// A text in a filter or a key: in apostrophes, those within doubled.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// An entity set's path with its query, encoded, below its service.
pub(super) fn query(set: &str, options: &[(&str, &str)]) -> String {
    let fields: Vec<String> = options.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    format!("{set}?{}", fields.join("&"))
}

/// An entity's path below its service: `A_BusinessPartner('7')`, or with the keys' names where there are several.
pub(super) fn entity(set: &str, keys: &[(&str, &str)]) -> String {
    let keys: Vec<String> = match keys {
        [(_, value)] => vec![encode(&literal(value))],
        several => several.iter().map(|(name, value)| format!("{name}={}", encode(&literal(value)))).collect(),
    };
    format!("{set}({})", keys.join(","))
}

fn encode(text: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    /// What stands in a query and in a path as it is.
    const OPEN: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'\'').remove(b',');
    utf8_percent_encode(text, OPEN).to_string()
}

/// The whole address of what is below a service; `client` is added to the query.
pub(super) fn address(base: &Url, service: &str, below: &str, client: Option<&str>) -> Url {
    let mut url = base.clone();
    let (path, query) = below.split_once('?').unwrap_or((below, ""));
    url.set_path(&format!("{ROOT}{service}/{path}"));
    let client = client.map(|client| format!("sap-client={client}"));
    let fields: Vec<&str> = [query].into_iter().chain(client.as_deref()).filter(|text| !text.is_empty()).collect();
    url.set_query((!fields.is_empty()).then(|| fields.join("&")).as_deref());
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_and_encoded() {
        assert_eq!(literal("O'Hara"), "'O''Hara'");
        assert_eq!(entity("A_BusinessPartner", &[("BusinessPartner", "7/8")]), "A_BusinessPartner('7%2F8')");
        let keys = [("AddressID", "22"), ("Person", "")];
        assert_eq!(entity("A_AddressEmailAddress", &keys), "A_AddressEmailAddress(AddressID='22',Person='')");
        let found = ORDER.find("S#1 茶", "1010");
        let filter =
            "$filter=PurchaseOrderByCustomer%20eq%20'S%231%20%E8%8C%B6'%20and%20SalesOrganization%20eq%20'1010'";
        assert_eq!(found, format!("A_SalesOrder?{filter}&$expand=to_Item,to_Item%2Fto_PricingElement&$top=3"));
    }

    #[test]
    fn the_client_stands_in_the_query() {
        let base = Url::parse("https://s4.example:8443").unwrap();
        let with = |below: &str, client| address(&base, "API_X", below, client).to_string();
        assert_eq!(with("A_B", None), "https://s4.example:8443/sap/opu/odata/sap/API_X/A_B");
        assert_eq!(
            with("$batch", Some("100")),
            "https://s4.example:8443/sap/opu/odata/sap/API_X/$batch?sap-client=100"
        );
        let whole = with("A_B?$filter=C%20eq%20'1'", Some("100"));
        assert_eq!(
            whole,
            "https://s4.example:8443/sap/opu/odata/sap/API_X/A_B?$filter=C%20eq%20%271%27&sap-client=100"
        );
    }
}
