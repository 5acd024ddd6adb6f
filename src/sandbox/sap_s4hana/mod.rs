//! SAP S/4HANA's OData 2.0 services, as far as orders, returns, credit and debit memo requests, business partners and products
//! go.
//!
//! Written from the vendor's API reference: users and tokens, sessions and their tokens against forged requests, filters,
//! expansion, deep inserts, entity tags, batches with changesets, ids of requests, properties with their types and lengths. Rules of
//! content and their codes are this sandbox's choice where the reference has none. A purchase order number may be there twice, as it
//! may in the system itself.
//!
//! A request with an id is answered again as it was the first time, a refusal too; where [`Config::unique`] is false ids are
//! ignored, as by a system that is not set up for them.

mod gate;
mod mime;
mod node;
mod odata;
mod partners;
mod sales;

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};

use axum::http::{HeaderMap, Method};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::Config;
use super::books::{Booked, BookedLine};
use super::office::{Act, Letter, Office, Refusals, Reply};
use gate::{Credentials, Gate, TOKEN_PATH, text};
use mime::{Inner, Outcome, Part};
use node::Node;
use odata::{Path, Refusal, Wanted};
use sales::Ground;

const ROOT: &str = "/sap/opu/odata/sap/";
const PARTNERS: &str = "API_BUSINESS_PARTNER";
const PRODUCTS: &str = "API_PRODUCT_SRV";
const PRODUCT_SET: &str = "A_ProductSalesDelivery";
/// The client and the sales area that exist.
const CLIENT: &str = "100";
const ORGANIZATION: &str = "1010";
const CHANNEL: &str = "10";
const DIVISION: &str = "00";
const CURRENCY: &str = "CNY";
/// An item whose number starts so is not in the catalogue until it is added.
const UNKNOWN_PREFIX: &str = "UNKNOWN";
/// What can be asked for in a filter.
const FILTERED: [&str; 9] = [
    "PurchaseOrderByCustomer",
    "SalesOrganization",
    "SoldToParty",
    "BusinessPartner",
    "BusinessPartnerIDByExtSystem",
    "SearchTerm1",
    "Product",
    "ProductSalesOrg",
    "ProductDistributionChnl",
];

/// The books, and what was answered to whom.
#[derive(Clone, Default)]
struct Account {
    added: BTreeSet<String>,
    /// Orders that people have entered, under whatever numbers, by the shop's own.
    by_hand: BTreeMap<String, Decimal>,
    partners: Vec<Entry>,
    documents: Vec<Entry>,
    last: u64,
    arrivals: u64,
    /// Answers by the ids of requests.
    answered: BTreeMap<String, (u16, String)>,
    refusals: Refusals,
}

/// An entity, and when it came.
#[derive(Clone)]
struct Entry {
    node: Node,
    stored_at_ms: i64,
    arrival: u64,
}

/// A system.
pub(super) struct S4hana {
    credentials: Credentials,
    gate: Gate,
    account: Account,
    services: Vec<String>,
    /// Whether it minds the ids of requests.
    repeats: bool,
}

/// A change, alone or in a changeset.
struct Change<'a> {
    service: &'a str,
    method: &'a str,
    path: &'a str,
    etag: Option<&'a str>,
    body: &'a [u8],
}

impl S4hana {
    pub(super) fn new(config: &Config) -> S4hana {
        let credentials = Credentials {
            user: "BRIDGE".into(),
            password: config.derived("sap password"),
            client_id: "bridge".into(),
            client_secret: config.derived("sap client secret"),
        };
        S4hana {
            gate: Gate::new(credentials.clone(), config.session_life, config.derived("sap session")),
            credentials,
            account: Account::default(),
            services: config.services.clone(),
            repeats: config.unique,
        }
    }

    fn route(&mut self, letter: &Letter, now: Timestamp) -> Result<Reply, Box<Reply>> {
        self.gate.admit(&letter.headers, now)?;
        let no_service = || Refusal::new(403, "/IWFND/MED/170", "No service found for namespace").reply();
        let below =
            letter.path.strip_prefix(ROOT).ok_or_else(|| Box::new(Reply::html(404, "404 Resource not found")))?;
        let (service, path) = below.split_once('/').unwrap_or((below, ""));
        let known = [PARTNERS, PRODUCTS].contains(&service) || sales::ALL.iter().any(|sales| sales.service == service);
        if !known {
            return Err(Box::new(no_service()));
        }
        if letter.method == Method::GET {
            let reply = self.get(service, path, &letter.query).unwrap_or_else(|refusal| refusal.reply());
            return Ok(match gate::fetches(&letter.headers) {
                true => self.gate.session(now).into_iter().fold(reply, |reply, (name, value)| reply.with(name, value)),
                false => reply,
            });
        }
        self.gate.unforged(&letter.headers, now)?;
        if path == "$batch" {
            return Ok(self.batch(service, letter, now));
        }
        let kind = text(&letter.headers, "content-type").unwrap_or_default();
        if !kind.starts_with("application/json") {
            return Ok(Refusal::new(415, "/IWFND/CM_MGW/415", "Unsupported media type").reply());
        }
        let id = request_id(&letter.headers).map_err(|refusal| Box::new(refusal.reply()))?.filter(|_| self.repeats);
        if let Some((status, body)) = id.as_ref().and_then(|id| self.account.answered.get(id)) {
            let body = body.clone();
            return Ok(Reply { status: *status, headers: Vec::new(), content_type: "application/json", body }
                .with("RepeatabilityResult", "accepted"));
        }
        let etag = text(&letter.headers, "if-match");
        let change = Change { service, method: letter.method.as_str(), path, etag, body: &letter.body };
        let reply = self.change(&change, now);
        Ok(match id {
            Some(id) => {
                self.account.answered.insert(id, (reply.status, reply.body.clone()));
                reply.with("RepeatabilityResult", "accepted")
            }
            None => reply,
        })
    }

    fn get(&self, service: &str, path: &str, query: &str) -> Result<Reply, Refusal> {
        let wanted = Wanted::read(query)?;
        if path.is_empty() {
            return Ok(Reply::json(200, &json!({"d": {"EntitySets": []}})));
        }
        let absent = || Refusal::new(404, "/IWBEP/CM_MGW_RT/022", "Resource not found for the segment");
        let path = Path::read(path).ok_or_else(absent)?;
        let base = format!("{ROOT}{service}");
        if let Some(name) = wanted.filter.iter().flat_map(|f| f.names()).find(|name| !FILTERED.contains(name)) {
            return Err(Refusal::bad(&format!("Property {name} cannot be filtered by")));
        }
        if service == PRODUCTS && path.set == PRODUCT_SET && path.keys.is_empty() {
            let products = self.products(&wanted);
            let found: Vec<Value> = products.iter().map(|product| product.json(&base, &wanted)).collect();
            return Ok(Reply::json(200, &json!({"d": {"results": found}})));
        }
        let nodes: Vec<&Node> = match sales::ALL.iter().find(|sales| sales.service == service) {
            Some(sales) if sales.head.set == path.set => {
                self.account.documents.iter().map(|e| &e.node).filter(|node| node.set == path.set).collect()
            }
            None if service == PARTNERS && path.set == partners::SET => {
                self.account.partners.iter().map(|e| &e.node).collect()
            }
            Some(_) | None => return Err(absent()),
        };
        if !path.keys.is_empty() {
            let node = nodes.into_iter().find(|node| node.is(&path.set, &path.keys)).ok_or_else(absent)?;
            let reply = Reply::json(200, &json!({"d": node.json(&base, &wanted)}));
            return Ok(match node.etag() {
                Some(etag) => reply.with("etag", etag),
                None => reply,
            });
        }
        let holds = |node: &&Node| wanted.filter.as_ref().is_none_or(|filter| filter.holds(&node.fields));
        let found = nodes.into_iter().filter(holds).take(wanted.top.unwrap_or(usize::MAX));
        let found: Vec<Value> = found.map(|node| node.json(&base, &wanted)).collect();
        Ok(Reply::json(200, &json!({"d": {"results": found}})))
    }

    /// The products that a filter names: all are there but the unknown ones.
    fn products(&self, wanted: &Wanted) -> Vec<Node> {
        fn named(filter: &odata::Filter) -> Vec<&str> {
            match filter {
                odata::Filter::Equal(name, value) if name == "Product" => vec![value],
                odata::Filter::Equal(..) => Vec::new(),
                odata::Filter::And(inner) | odata::Filter::Or(inner) => inner.iter().flat_map(named).collect(),
            }
        }
        let names: BTreeSet<&str> = wanted.filter.iter().flat_map(named).collect();
        let keys = |name| [("Product", name), ("ProductSalesOrg", ORGANIZATION), ("ProductDistributionChnl", CHANNEL)];
        let there = names.into_iter().filter(|name| is_product(&self.account.added, name));
        let nodes = there.map(|name| Node::new(PRODUCT_SET, &keys(name), Map::new()));
        nodes.filter(|node| wanted.filter.as_ref().is_some_and(|filter| filter.holds(&node.fields))).collect()
    }

    fn change(&mut self, change: &Change<'_>, now: Timestamp) -> Reply {
        match self.try_change(change, now) {
            Ok(reply) => reply,
            Err(refusal) => {
                match refusal.code.as_str() {
                    "R1/158" => self.account.refusals.duplicates += 1,
                    _ => self.account.refusals.rejected += 1,
                }
                refusal.reply()
            }
        }
    }

    fn try_change(&mut self, change: &Change<'_>, now: Timestamp) -> Result<Reply, Refusal> {
        let Change { service, method, path, etag, body } = *change;
        let path = path.split('?').next().unwrap_or_default();
        let path = Path::read(path).ok_or_else(|| Refusal::bad("the path cannot be read"))?;
        let body: Value = serde_json::from_slice(body).map_err(|_| Refusal::bad("Error while parsing the body"))?;
        let base = format!("{ROOT}{service}");
        let sales = sales::ALL.into_iter().find(|sales| sales.service == service);
        let is_new = method == "POST" && path.keys.is_empty() && path.to.is_none();
        match sales {
            Some(sales) if is_new && path.set == sales.head.set => {
                let number = (5_000_000_000 + self.account.last + 1).to_string();
                let node = self.account.sold(sales, &body, &number, &self.services)?;
                let whole = ["to_Item", "to_Item/to_PricingElement"].map(str::to_owned).to_vec();
                let d = node.json(&base, &Wanted { expand: whole, ..Wanted::default() });
                self.account.last += 1;
                let entry = self.account.entry(node, now);
                self.account.documents.push(entry);
                Ok(Reply::json(201, &json!({ "d": d })))
            }
            None if service == PARTNERS && is_new && path.set == partners::SET => {
                let number = (1_000_000 + self.account.last + 1).to_string();
                let there = &self.account.partners;
                let taken = |own: &str| there.iter().any(|entry| entry.node.text("BusinessPartner") == own);
                let node = partners::create(&body, &number, taken)?;
                let d = node.json(&base, &Wanted::default());
                let etag = node.etag().unwrap_or_default();
                self.account.last += 1;
                let entry = self.account.entry(node, now);
                self.account.partners.push(entry);
                Ok(Reply::json(201, &json!({ "d": d })).with("etag", etag))
            }
            None if service == PARTNERS => {
                let entry = self.account.partners.iter_mut().find(|e| e.node.holds(&path.set, &path.keys));
                let absent = || Refusal::new(404, "/IWBEP/CM_MGW_RT/022", "Resource not found for the segment");
                let etag = partners::change(&mut entry.ok_or_else(absent)?.node, method, &path, etag, &body)?;
                let status = if method == "POST" { 201 } else { 204 };
                let reply = match status {
                    201 => Reply::json(201, &json!({"d": {}})),
                    _ => Reply { status, headers: Vec::new(), content_type: "application/json", body: String::new() },
                };
                Ok(match etag {
                    Some(etag) => reply.with("etag", etag),
                    None => reply,
                })
            }
            Some(_) | None => Err(Refusal::new(405, "/IWBEP/CM_MGW_RT/036", "Method not allowed")),
        }
    }

    /// Each part on its own; a changeset whole, or not at all.
    fn batch(&mut self, service: &str, letter: &Letter, now: Timestamp) -> Reply {
        let kind = text(&letter.headers, "content-type").unwrap_or_default();
        let body = String::from_utf8_lossy(&letter.body);
        let Some(parts) = mime::read(kind, &body) else {
            return Refusal::new(400, "/IWFND/CM_MGW/544", "Malformed multipart body").reply();
        };
        let outcomes: Vec<Outcome> = parts.into_iter().map(|part| self.part(service, part, now)).collect();
        Reply { status: 202, headers: Vec::new(), content_type: mime::ANSWER, body: mime::write(&outcomes) }
    }

    fn part(&mut self, service: &str, part: Part, now: Timestamp) -> Outcome {
        let changes = match part {
            Part::One(Inner { path, .. }) => {
                let (path, query) = path.split_once('?').unwrap_or((&path, ""));
                return Outcome::One(self.get(service, path, query).unwrap_or_else(|refusal| refusal.reply()));
            }
            Part::Changeset(changes) => changes,
        };
        let before = self.account.clone();
        let mut done = Vec::with_capacity(changes.len());
        for Inner { method, path, headers, id, body } in &changes {
            let etag = headers.iter().find(|(name, _)| name == "if-match").map(|(_, value)| value.as_str());
            let change = Change { service, method, path, etag, body: body.as_bytes() };
            let reply = self.change(&change, now);
            if reply.status >= 400 {
                let refusals = self.account.refusals;
                self.account = Account { refusals, ..before };
                return Outcome::One(reply);
            }
            done.push((id.clone(), reply));
        }
        Outcome::All(done)
    }
}

/// The id of a request, which goes with the time of its making.
fn request_id(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    match (text(headers, "requestid"), text(headers, "repeatabilitycreation")) {
        (None, None) => Ok(None),
        (Some(id), Some(made)) if id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()) => {
            match made.parse::<jiff::civil::DateTime>() {
                Ok(_) => Ok(Some(id.to_owned())),
                Err(_) => Err(Refusal::bad("RepeatabilityCreation is no time")),
            }
        }
        (_, _) => Err(Refusal::bad("RequestID is no GUID, or goes without RepeatabilityCreation")),
    }
}

fn is_product(added: &BTreeSet<String>, number: &str) -> bool {
    !number.is_empty() && (!number.starts_with(UNKNOWN_PREFIX) || added.contains(number))
}

impl Account {
    fn entry(&mut self, node: Node, now: Timestamp) -> Entry {
        self.arrivals += 1;
        Entry { node, stored_at_ms: now.as_millisecond(), arrival: self.arrivals }
    }

    fn sold(&self, sales: &sales::Sales, body: &Value, number: &str, services: &[String]) -> Result<Node, Refusal> {
        let documents: Vec<Node> = self.documents.iter().map(|entry| entry.node.clone()).collect();
        let is_customer = |number: &str| {
            self.partners.iter().any(|entry| entry.node.text("Customer") == number && partners::buys(&entry.node))
        };
        let is_product = |number: &str| is_product(&self.added, number);
        let ground = Ground {
            documents: &documents,
            services,
            by_hand: &self.by_hand,
            is_customer: &is_customer,
            is_product: &is_product,
        };
        sales::create(sales, body, number, &ground)
    }

    /// The customer's number as the client knows it.
    fn customer(&self, number: &str) -> String {
        let of = self.partners.iter().find(|entry| entry.node.text("Customer") == number);
        of.map_or(number, |entry| entry.node.text("BusinessPartnerIDByExtSystem")).to_owned()
    }

    fn booked(&self, entry: &Entry) -> Booked {
        let node = &entry.node;
        let (sales, remark) = (sales::of(node), sales::remark(node));
        let kind = match (sales.credits(), remark.kind.as_deref()) {
            (true, _) => "credit_note",
            (false, Some("debit_note")) => "debit_note",
            (false, _) if sales.service == sales::DEBITS.service => "debit_note",
            (false, _) => "sales_order",
        };
        let items = node.children("to_Item");
        let tax: Decimal = items.iter().map(sales::tax).sum();
        let total = sales::total(node);
        Booked {
            kind: kind.into(),
            number: node.text("PurchaseOrderByCustomer").to_owned(),
            customer: self.customer(node.text("SoldToParty")),
            reference: remark.order,
            original: remark.original,
            reason: remark.reason,
            counts: true,
            audited: true,
            lines: items.iter().map(|item| self.line(sales, item)).collect(),
            net: total - tax,
            tax,
            total,
            stored_at_ms: entry.stored_at_ms,
            arrival: entry.arrival,
            ..Booked::default()
        }
    }

    fn line(&self, sales: &sales::Sales, item: &Node) -> BookedLine {
        let (net, tax) = (sales::decimal(&item.fields, "NetAmount"), sales::tax(item));
        let quantity = sales::decimal(&item.fields, "RequestedQuantity");
        let source = item.text("ReferenceSDDocument");
        let of = self.documents.iter().find(|entry| entry.node.keys.iter().any(|(_, number)| number == source));
        BookedLine {
            sku: item.text("Material").to_owned(),
            quantity,
            price: (net + tax) / quantity,
            amount: net + tax,
            tax,
            comment: item.text(sales.item).to_owned(),
            source: of.map(|entry| entry.node.text("PurchaseOrderByCustomer").to_owned()),
        }
    }
}

impl Office for S4hana {
    fn act(&self, letter: &Letter) -> Act {
        let changes = |body: &[u8]| body.windows(10).any(|w| w.eq_ignore_ascii_case(b"content-id"));
        match letter.method {
            _ if letter.path == TOKEN_PATH || gate::fetches(&letter.headers) => Act::Login,
            Method::GET => Act::Read,
            _ if letter.path.ends_with("/$batch") && !changes(&letter.body) => Act::Read,
            _ => Act::Write,
        }
    }

    fn answer(&mut self, letter: &Letter, now: Timestamp) -> Reply {
        if letter.path == TOKEN_PATH {
            return self.gate.token(letter, now);
        }
        self.route(letter, now).unwrap_or_else(|reply| *reply)
    }

    fn throttled(&self) -> Reply {
        Refusal::new(429, "429", "Too many requests").reply().with("retry-after", "1")
    }

    fn broken(&self) -> Reply {
        Refusal::new(500, "/IWBEP/CX_MGW_TECH_EXCEPTION", "An exception was raised").reply()
    }

    fn end_sessions(&mut self) {
        self.gate.end_all();
    }

    /// The return and the credit memo request of one number are one credit note of the client's.
    fn booked(&self) -> Vec<Booked> {
        let mut booked: Vec<Booked> = self.account.partners.iter().map(customer).collect();
        let mut open = BTreeMap::<(String, &str), usize>::new();
        for entry in &self.account.documents {
            let document = self.account.booked(entry);
            let service = sales::of(&entry.node).service;
            let other = match service {
                _ if service == sales::RETURNS.service => sales::CREDITS.service,
                _ if service == sales::CREDITS.service => sales::RETURNS.service,
                _ => {
                    booked.push(document);
                    continue;
                }
            };
            match open.remove(&(document.number.clone(), other)) {
                Some(at) => {
                    let Booked { lines, net, tax, total, .. } = document;
                    let whole = &mut booked[at];
                    whole.lines.extend(lines);
                    (whole.net, whole.tax, whole.total) = (whole.net + net, whole.tax + tax, whole.total + total);
                }
                None => {
                    open.insert((document.number.clone(), service), booked.len());
                    booked.push(document);
                }
            }
        }
        booked
    }

    fn refusals(&self) -> Refusals {
        self.account.refusals
    }

    fn erp_block(&self, _: &str) -> String {
        let Credentials { user, password, .. } = &self.credentials;
        let ids = if self.repeats { "acknowledged" } else { "sent" };
        format!(
            "client = \"{CLIENT}\"\nuser = \"{user}\"\npassword = \"{password}\"\nsales_organization = \"{ORGANIZATION}\"\n\
             distribution_channel = \"{CHANNEL}\"\ndivision = \"{DIVISION}\"\ncurrency = \"{CURRENCY}\"\n\
             taxes = {{ \"13\" = \"1\", \"0\" = \"0\" }}\nrequest_ids = \"{ids}\"\n"
        )
    }

    fn add_item(&mut self, number: &str) {
        self.account.added.insert(number.to_owned());
    }

    fn add_customer(&mut self, number: &str, name: &str) {
        let area = json!({"SalesOrganization": ORGANIZATION, "DistributionChannel": CHANNEL, "Division": DIVISION,
            "Currency": CURRENCY});
        let body = json!({
            "BusinessPartnerCategory": "2", "BusinessPartnerIDByExtSystem": number, "OrganizationBPName1": name,
            "to_BusinessPartnerRole": [{"BusinessPartnerRole": "FLCU01"}],
            "to_BusinessPartnerAddress": [{"Country": "CN"}], "to_Customer": {"to_CustomerSalesArea": [area]},
        });
        let (path, body) = (partners::SET, body.to_string());
        let change = Change { service: PARTNERS, method: "POST", path, etag: None, body: body.as_bytes() };
        let _ = self.change(&change, Timestamp::UNIX_EPOCH);
    }

    fn add_order(&mut self, order: &str, total: Decimal) {
        self.account.by_hand.insert(order.to_owned(), total);
    }

    fn lose_line(&mut self, number: &str) {
        let ours = |entry: &&mut Entry| entry.node.text("PurchaseOrderByCustomer") == number;
        for entry in self.account.documents.iter_mut().filter(ours) {
            entry.node.children_mut("to_Item").pop();
            sales::sum_up(&mut entry.node);
        }
    }

    fn backup(&self) -> Box<dyn Any + Send + Sync> {
        Box::new(self.account.clone())
    }

    fn restore(&mut self, backup: &(dyn Any + Send + Sync)) {
        if let Some(account) = backup.downcast_ref::<Account>() {
            self.account = account.clone();
        }
    }
}

fn customer(entry: &Entry) -> Booked {
    let node = &entry.node;
    let number = node.text("BusinessPartnerIDByExtSystem").to_owned();
    Booked {
        kind: "customer".into(),
        customer: number.clone(),
        number,
        name: Some(format!("{}{}", node.text("OrganizationBPName1"), node.text("OrganizationBPName2"))),
        audited: true,
        stored_at_ms: entry.stored_at_ms,
        arrival: entry.arrival,
        ..Booked::default()
    }
}

#[cfg(test)]
mod tests;
