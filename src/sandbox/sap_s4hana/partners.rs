//! Business partners: what one must hold, and how it is changed.

use serde_json::{Map, Value};

use super::node::{Is, Node, Shape};
use super::odata::{Path, Refusal};
use super::{CHANNEL, DIVISION, ORGANIZATION};

pub(super) const SET: &str = "A_BusinessPartner";

const ROLE: Shape = Shape { set: "A_BusinessPartnerRole", fields: &[("BusinessPartnerRole", Is::Text(6))], below: &[] };
const EMAIL: Shape = Shape { set: "A_AddressEmailAddress", fields: &[("EmailAddress", Is::Text(241))], below: &[] };
const PHONE: Shape = Shape { set: "A_AddressPhoneNumber", fields: &[("PhoneNumber", Is::Text(30))], below: &[] };
const ADDRESS: Shape = Shape {
    set: "A_BusinessPartnerAddress",
    fields: &[
        ("Country", Is::Text(3)),
        ("Language", Is::Text(2)),
        ("StreetName", Is::Text(60)),
        ("StreetSuffixName", Is::Text(40)),
        ("HouseNumber", Is::Text(10)),
        ("CityName", Is::Text(40)),
        ("PostalCode", Is::Text(10)),
        ("Region", Is::Text(3)),
    ],
    below: &[("to_EmailAddress", &EMAIL), ("to_PhoneNumber", &PHONE)],
};
const TAX: Shape = Shape {
    set: "A_BusinessPartnerTaxNumber",
    fields: &[("BPTaxType", Is::Text(4)), ("BPTaxNumber", Is::Text(20))],
    below: &[],
};
const COMPANY: Shape = Shape {
    set: "A_CustomerCompany",
    fields: &[("CompanyCode", Is::Text(4)), ("ReconciliationAccount", Is::Text(10))],
    below: &[],
};
const AREA: Shape = Shape {
    set: "A_CustomerSalesArea",
    fields: &[
        ("SalesOrganization", Is::Text(4)),
        ("DistributionChannel", Is::Text(2)),
        ("Division", Is::Text(2)),
        ("Currency", Is::Text(5)),
        ("CustomerPaymentTerms", Is::Text(4)),
    ],
    below: &[],
};
const CUSTOMER: Shape = Shape {
    set: "A_Customer",
    fields: &[("CustomerAccountGroup", Is::Text(4))],
    below: &[("to_CustomerCompany", &COMPANY), ("to_CustomerSalesArea", &AREA)],
};
const PARTNER: Shape = Shape {
    set: SET,
    fields: &[
        ("BusinessPartner", Is::Text(10)),
        ("BusinessPartnerCategory", Is::Text(1)),
        ("BusinessPartnerGrouping", Is::Text(4)),
        ("BusinessPartnerIDByExtSystem", Is::Text(20)),
        ("OrganizationBPName1", Is::Text(40)),
        ("OrganizationBPName2", Is::Text(40)),
        ("OrganizationBPName3", Is::Text(40)),
        ("OrganizationBPName4", Is::Text(40)),
        ("FirstName", Is::Text(40)),
        ("LastName", Is::Text(40)),
        ("SearchTerm1", Is::Text(20)),
        ("SearchTerm2", Is::Text(20)),
    ],
    below: &[
        ("to_BusinessPartnerRole", &ROLE),
        ("to_BusinessPartnerAddress", &ADDRESS),
        ("to_BusinessPartnerTax", &TAX),
        ("to_Customer", &CUSTOMER),
    ],
};
/// What a change may not touch.
const FIXED: [&str; 3] = ["BusinessPartner", "BusinessPartnerCategory", "BusinessPartnerGrouping"];

/// A new partner, with what is below it.
pub(super) fn create(body: &Value, number: &str, is_taken: impl Fn(&str) -> bool) -> Result<Node, Refusal> {
    let mut fields = PARTNER.fields(body)?;
    capitals(&mut fields);
    let name = match fields.get("BusinessPartnerCategory").and_then(Value::as_str) {
        Some("1") => "LastName",
        Some("2") => "OrganizationBPName1",
        Some(_) | None => return Err(Refusal::business("R11/017", "Business partner category is missing")),
    };
    if fields.get(name).and_then(Value::as_str).unwrap_or_default().is_empty() {
        return Err(Refusal::business("R1/179", "Enter a name for the business partner"));
    }
    let own = fields.get("BusinessPartner").and_then(Value::as_str).filter(|own| !own.is_empty()).map(str::to_owned);
    if let Some(own) = own.as_deref().filter(|own| is_taken(own)) {
        return Err(Refusal::business("R1/158", &format!("Business partner {own} already exists")));
    }
    let number = own.as_deref().unwrap_or(number);
    let mut node = Node::new(SET, &[("BusinessPartner", number)], fields);
    node.version = Some(1);
    let roles = PARTNER.below(body, "to_BusinessPartnerRole")?;
    for role in roles {
        let fields = ROLE.fields(role)?;
        let role = fields.get("BusinessPartnerRole").and_then(Value::as_str).unwrap_or_default().to_owned();
        let role = Node::new(ROLE.set, &[("BusinessPartner", number), ("BusinessPartnerRole", &role)], fields);
        node.children_mut("to_BusinessPartnerRole").push(role);
    }
    for name in ["to_BusinessPartnerAddress", "to_BusinessPartnerTax"] {
        node.children_mut(name);
        for body in PARTNER.below(body, name)? {
            add(&mut node, name, body)?;
        }
    }
    let is_customer = node.children("to_BusinessPartnerRole").iter().any(|r| r.text("BusinessPartnerRole") == "FLCU01");
    let customers = PARTNER.below(body, "to_Customer")?;
    if let ([customer], true) = (&customers[..], is_customer) {
        node.fields.insert("Customer".into(), number.into());
        node.children_mut("to_Customer").push(customer_of(number, customer)?);
    } else if !customers.is_empty() {
        return Err(Refusal::business("CVIV_CUST/001", "The role of a customer (FLCU01) is missing"));
    }
    Ok(node)
}

fn customer_of(number: &str, body: &Value) -> Result<Node, Refusal> {
    let mut node = Node::new(CUSTOMER.set, &[("Customer", number)], CUSTOMER.fields(body)?);
    for (name, shape) in CUSTOMER.below {
        for body in CUSTOMER.below(body, name)? {
            let fields = shape.fields(body)?;
            let needs: &[&str] = match *name {
                "to_CustomerCompany" => &["CompanyCode", "ReconciliationAccount"],
                _ => &["SalesOrganization", "DistributionChannel", "Division", "Currency"],
            };
            if let Some(field) = needs.iter().find(|field| !fields.contains_key(**field)) {
                return Err(Refusal::business("F2/088", &format!("Fill the required field {field}")));
            }
            node.children_mut(name).push(Node::new(shape.set, &[("Customer", number)], fields));
        }
    }
    Ok(node)
}

/// True where the partner is a customer of the sales area.
pub(super) fn buys(node: &Node) -> bool {
    node.children("to_Customer").iter().flat_map(|customer| customer.children("to_CustomerSalesArea")).any(|area| {
        let area = ["SalesOrganization", "DistributionChannel", "Division"].map(|name| area.text(name));
        area == [ORGANIZATION, CHANNEL, DIVISION]
    })
}

/// Adds an address, a number or a tax number below an entity.
fn add(node: &mut Node, name: &'static str, body: &Value) -> Result<(), Refusal> {
    let count = node.children(name).len() + 1;
    let own = |field: &str| node.text(field).to_owned();
    let below = match name {
        "to_BusinessPartnerAddress" => {
            let fields = ADDRESS.fields(body)?;
            if !fields.contains_key("Country") {
                return Err(Refusal::business("AM/083", "Enter a country"));
            }
            let number = own("BusinessPartner");
            let id = format!("{}{count}", node.text("BusinessPartner").len() + 20);
            let mut address = Node::new(
                ADDRESS.set,
                &[("BusinessPartner", &number), ("AddressID", &format!("{number}{id}"))],
                fields,
            );
            address.version = Some(1);
            for name in ["to_EmailAddress", "to_PhoneNumber"] {
                address.children_mut(name);
                for body in ADDRESS.below(body, name)? {
                    add(&mut address, name, body)?;
                }
            }
            address
        }
        "to_BusinessPartnerTax" => {
            let fields = TAX.fields(body)?;
            let kind = fields.get("BPTaxType").and_then(Value::as_str).unwrap_or_default().to_owned();
            let number = own("BusinessPartner");
            let exists = node.children(name).iter().any(|tax| tax.text("BPTaxType") == kind);
            if kind.is_empty() || exists {
                return Err(Refusal::business("BUPA_TAX/201", "The tax number category is missing or there already"));
            }
            Node::new(TAX.set, &[("BusinessPartner", &number), ("BPTaxType", &kind)], fields)
        }
        "to_EmailAddress" | "to_PhoneNumber" => {
            let shape = if name == "to_EmailAddress" { EMAIL } else { PHONE };
            let (address, count) = (own("AddressID"), count.to_string());
            let keys = [("AddressID", address.as_str()), ("Person", ""), ("OrdinalNumber", count.as_str())];
            Node { version: Some(1), ..Node::new(shape.set, &keys, shape.fields(body)?) }
        }
        _ => return Err(Refusal::new(405, "/IWBEP/CM_MGW_RT/036", "Method not allowed")),
    };
    node.children_mut(name).push(below);
    Ok(())
}

/// Changes one entity of a partner, or adds one below it.
pub(super) fn change(
    partner: &mut Node,
    method: &str,
    path: &Path,
    etag: Option<&str>,
    body: &Value,
) -> Result<Option<String>, Refusal> {
    let absent = || Refusal::new(404, "/IWBEP/CM_MGW_RT/022", "Resource not found for segment");
    let node = partner.find_mut(&path.set, &path.keys).ok_or_else(absent)?;
    match (method, &path.to) {
        ("POST", Some(to)) => {
            let name = ["to_BusinessPartnerAddress", "to_BusinessPartnerTax", "to_EmailAddress", "to_PhoneNumber"];
            let name = name.into_iter().find(|name| name == to).ok_or_else(absent)?;
            add(node, name, body)?;
            Ok(None)
        }
        ("PATCH", None) => {
            let shapes = [&PARTNER, &ADDRESS, &EMAIL, &PHONE, &TAX];
            let shape = shapes.into_iter().find(|shape| shape.set == node.set).ok_or_else(absent)?;
            if let Some(current) = node.etag() {
                match etag {
                    None => {
                        return Err(Refusal::new(
                            428,
                            "/IWFND/CM_MGW/592",
                            "Precondition required: If-Match is missing",
                        ));
                    }
                    Some("*") => {}
                    Some(etag) if etag == current => {}
                    Some(_) => return Err(Refusal::new(412, "/IWFND/CM_MGW/591", "Precondition failed")),
                }
            }
            let mut fields = shape.fields(body)?;
            if let Some(fixed) = fields.keys().find(|name| FIXED.contains(&name.as_str())) {
                return Err(Refusal::business("R11/400", &format!("{fixed} cannot be changed")));
            }
            capitals(&mut fields);
            node.fields.extend(fields);
            node.version = node.version.map(|version| version + 1);
            Ok(node.etag())
        }
        _ => Err(Refusal::new(405, "/IWBEP/CM_MGW_RT/036", "Method not allowed")),
    }
}

/// Search terms are kept in capitals.
fn capitals(fields: &mut Map<String, Value>) {
    for name in ["SearchTerm1", "SearchTerm2"] {
        if let Some(Value::String(text)) = fields.get_mut(name) {
            *text = text.to_uppercase();
        }
    }
}
