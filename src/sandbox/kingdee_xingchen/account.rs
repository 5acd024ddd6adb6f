//! The ERP's own records and rules: numbers are unique, references must exist, nothing is taken back twice.
//!
//! It multiplies and taxes by itself, entry by entry, and takes no total from anybody. Codes are the vendor's where the
//! vendor's table has one; that an excess has 2016043014 (quantity) and 2016043025 (amount), and which rule is checked first,
//! is this sandbox's choice.

mod operate;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};

use super::form::Form;
use super::records::{Bill, CustomerRecord, Entity, Entry, Remark, Status};

/// The warehouse that exists.
pub(super) const STOCK_ID: &str = "2000001";
/// The unit in which every material is counted.
const UNIT_ID: &str = "3000001";
/// A material whose number starts so is not in the catalogue until it is added.
const UNKNOWN_PREFIX: &str = "UNKNOWN";
const ROWS_MAX: usize = 500;

/// A refusal in the application's envelope.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub code: i64,
    pub text: String,
}

impl Refusal {
    pub(super) fn missing(what: &str) -> Self {
        Refusal { code: 1030002000, text: format!("参数{what}不能为空 (missing)") }
    }

    fn not_found(what: &str, value: &str) -> Self {
        Refusal { code: 1030002003, text: format!("参数{what}[{value}]不存在 (not found)") }
    }

    fn duplicate(number: &str) -> Self {
        Refusal { code: super::DUPLICATE, text: format!("[{number}] 组合值与其他表单重复 (duplicate)") }
    }
}

/// Where things are among the records; the first one where a number is there twice.
#[derive(Clone, Default)]
struct Index {
    /// Material's number by id, and the other way round.
    materials: HashMap<String, String>,
    material_ids: HashMap<String, String>,
    /// Customers by number and by id.
    customers: HashMap<String, usize>,
    customer_ids: HashMap<String, usize>,
    /// Forms by number and by id.
    bills: HashMap<(Entity, String), usize>,
    bill_ids: HashMap<(Entity, String), usize>,
    /// Pieces of an entry that later forms name as their source.
    taken: HashMap<String, Decimal>,
    /// Sums by the shop's order.
    sums: HashMap<(Entity, String), Decimal>,
}

/// One account's records.
#[derive(Clone)]
pub(super) struct Account {
    unique: bool,
    services: Vec<String>,
    added: BTreeSet<String>,
    /// Orders that people have entered, under whatever numbers, by the shop's own.
    by_hand: BTreeMap<String, Decimal>,
    last_id: u64,
    arrivals: u64,
    pub customers: Vec<CustomerRecord>,
    pub bills: Vec<Bill>,
    index: Index,
    pub refused_duplicates: u64,
    pub rejected: u64,
}

impl Account {
    pub(super) fn new(unique: bool, services: Vec<String>) -> Self {
        Account {
            unique,
            services,
            added: BTreeSet::new(),
            by_hand: BTreeMap::new(),
            last_id: 1_600_000_000_000_000_000,
            arrivals: 0,
            customers: Vec::new(),
            bills: Vec::new(),
            index: Index::default(),
            refused_duplicates: 0,
            rejected: 0,
        }
    }

    /// Creates a customer, or changes the one whose id is given.
    pub(super) fn save_customer(&mut self, body: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let form = Form::of(body)?;
        let number = form.required_text("number")?.to_owned();
        let name = form.required_text("name")?.to_owned();
        form.flag("ignore_warn")?;
        form.text("addr")?;
        for contact in form.rows("bomentity")? {
            contact.required_text("contact_person")?;
            contact.text("mobile")?;
            contact.text("email")?;
        }
        let fields = body.as_object().cloned().unwrap_or_default();
        let known = self.index.customers.get(&number).map(|&i| self.customers[i].id.clone());
        let id = match form.text("id")? {
            Some(id) if self.unique && known.as_ref().is_some_and(|known| known != id) => {
                return Err(Refusal::duplicate(&number));
            }
            Some(id) => {
                let i = *self.index.customer_ids.get(id).ok_or_else(|| Refusal::not_found("id", id))?;
                let customer = &mut self.customers[i];
                (customer.number, customer.name, customer.fields) = (number.clone(), name, fields);
                self.index.customers.entry(number.clone()).or_insert(i);
                id.to_owned()
            }
            None if self.unique && known.is_some() => return Err(Refusal::duplicate(&number)),
            None => {
                let (id, arrival) = (self.next_id(), self.next_arrival());
                self.index.customers.entry(number.clone()).or_insert(self.customers.len());
                self.index.customer_ids.insert(id.clone(), self.customers.len());
                let number = number.clone();
                self.customers.push(CustomerRecord {
                    id: id.clone(),
                    number,
                    name,
                    fields,
                    stored_at_ms: now_ms,
                    arrival,
                });
                id
            }
        };
        Ok(saved(&id, &number))
    }

    /// `customer_detail`.
    pub(super) fn customer_detail(&self, id: Option<&str>, number: Option<&str>) -> Result<Value, Refusal> {
        let (asked, found) = match (number, id) {
            (Some(number), _) => (number, self.index.customers.get(number)),
            (None, Some(id)) => (id, self.index.customer_ids.get(id)),
            (None, None) => return Err(Refusal::missing("number")),
        };
        let found = &self.customers[*found.ok_or_else(|| Refusal::not_found("number", asked))?];
        let mut data = found.fields.clone();
        data.insert("id".into(), found.id.as_str().into());
        data.insert("enable".into(), "1".into());
        Ok(Value::Object(data))
    }

    /// Puts a material into the catalogue.
    pub(super) fn add_material(&mut self, number: &str) {
        self.added.insert(number.to_owned());
    }

    /// Notes an order of the shop that somebody has entered: its goods may be taken back without a source.
    pub(super) fn add_order(&mut self, order: &str, total: Decimal) {
        self.by_hand.insert(order.to_owned(), total);
    }

    /// `material_detail`: everything is in the catalogue but what is called unknown.
    pub(super) fn material_detail(&mut self, number: Option<&str>) -> Result<Value, Refusal> {
        let number = number.ok_or_else(|| Refusal::missing("number"))?;
        if number.starts_with(UNKNOWN_PREFIX) && !self.added.contains(number) {
            return Err(Refusal::not_found("number", number));
        }
        let id = match self.index.material_ids.get(number) {
            Some(id) => id.clone(),
            None => {
                let id = self.next_id();
                self.index.materials.insert(id.clone(), number.to_owned());
                self.index.material_ids.insert(number.to_owned(), id.clone());
                id
            }
        };
        let check_type = if self.services.iter().any(|s| s == number) { "3" } else { "1" };
        Ok(json!({"id": id, "number": number, "name": number, "base_unit_id": UNIT_ID, "check_type": check_type,
            "enable": "1"}))
    }

    /// `store_detail`.
    pub(super) fn store_detail(&self, id: Option<&str>) -> Result<Value, Refusal> {
        match id {
            Some(STOCK_ID) => Ok(json!({"id": STOCK_ID, "number": "CK00001", "name": "主仓", "enable": "1"})),
            Some(other) => Err(Refusal::not_found("id", other)),
            None => Err(Refusal::missing("id")),
        }
    }

    /// The list of units of measure: one.
    pub(super) fn units() -> Value {
        json!({"count": 1, "rows": [{"id": UNIT_ID, "number": "JIAN", "name": "件", "enable": "1"}]})
    }

    /// Saves a new form.
    pub(super) fn save_bill(&mut self, entity: Entity, body: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let form = Form::of(body)?;
        if form.text("id")?.is_some() {
            return Err(form.bad("id", "is given: the sandbox does not change forms"));
        }
        let number = form.required_text("bill_no")?.to_owned();
        if self.unique && self.index.bills.contains_key(&(entity, number.clone())) {
            return Err(Refusal::duplicate(&number));
        }
        let date = form.required_text("bill_date")?;
        date.parse::<jiff::civil::Date>().map_err(|_| form.bad("bill_date", "is no date like 2024-06-15"))?;
        let customer = form.required_text("customer_number")?;
        if !self.index.customers.contains_key(customer) {
            return Err(Refusal::not_found("customer_number", customer));
        }
        let status = match form.text("operation_key")? {
            Some("audit") => Status::Audited,
            None => Status::Saved,
            Some(_) => return Err(form.bad("operation_key", "is not audit")),
        };
        let rows = form.rows("material_entity")?;
        if rows.is_empty() || rows.len() > ROWS_MAX {
            return Err(Refusal::missing("material_entity (1 to 500 rows)"));
        }
        let entries = rows.iter().map(|row| self.read_entry(entity, row)).collect::<Result<Vec<_>, _>>()?;
        let mut bill = Bill {
            entity,
            id: String::new(),
            number: number.clone(),
            date: date.to_owned(),
            customer: customer.to_owned(),
            remark: form.text("remark")?.unwrap_or_default().to_owned(),
            status,
            closed: false,
            entries,
            stored_at_ms: now_ms,
            arrival: 0,
        };
        self.check_sources(&bill)?;
        self.check_credit(&bill)?;
        (bill.id, bill.arrival) = (self.next_id(), self.next_arrival());
        let id = bill.id.clone();
        self.keep(bill);
        Ok(saved(&id, &number))
    }

    /// Saves outbounds, each by itself: what is wrong with one does not keep the others from being saved.
    pub(super) fn save_outbounds(&mut self, body: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let forms = body.get("rows").and_then(Value::as_array).ok_or_else(|| Refusal::missing("rows"))?;
        if forms.is_empty() || forms.len() > ROWS_MAX {
            return Err(Refusal::missing("rows (1 to 500)"));
        }
        let mut rows = Vec::new();
        for (index, form) in forms.iter().enumerate() {
            let number = &form["bill_no"];
            rows.push(match self.save_bill(Entity::Outbound, form, now_ms) {
                Ok(saved) => {
                    json!({"index": index, "id": saved["ids"][0], "number": number, "success": true, "errors": []})
                }
                Err(refusal) => {
                    self.count_refused(&refusal);
                    let error = json!({"code": refusal.code, "message": refusal.text});
                    json!({"index": index, "id": null, "number": number, "success": false, "errors": [error]})
                }
            });
        }
        Ok(json!({ "rows": rows }))
    }

    /// Counts what was to be saved and was not.
    pub(super) fn count_refused(&mut self, refusal: &Refusal) {
        match refusal.code {
            super::DUPLICATE => self.refused_duplicates += 1,
            _ => self.rejected += 1,
        }
    }

    /// A form's detail call.
    pub(super) fn bill_detail(&self, entity: Entity, id: Option<&str>, number: Option<&str>) -> Result<Value, Refusal> {
        let (asked, found) = match (number, id) {
            (Some(number), _) => (number, self.index.bills.get(&(entity, number.to_owned()))),
            (None, Some(id)) => (id, self.index.bill_ids.get(&(entity, id.to_owned()))),
            (None, None) => return Err(Refusal::missing("number")),
        };
        let bill = &self.bills[*found.ok_or_else(|| Refusal::not_found("number", asked))?];
        let rows: Vec<Value> = bill.entries.iter().enumerate().map(|(i, e)| self.detail_row(i, e)).collect();
        let customer = self.index.customers.get(&bill.customer).map(|&i| &self.customers[i]);
        Ok(json!({
            "id": bill.id,
            "bill_no": bill.number,
            "bill_date": bill.date,
            "bill_status": bill.status.code(),
            "close_status": if bill.closed { "C" } else { "A" },
            "customer_id": customer.map(|c| &c.id),
            "customer_number": bill.customer,
            "customer_name": customer.map(|c| &c.name),
            "remark": bill.remark,
            "total_amount": exact(bill.total()),
            "material_entity": rows,
        }))
    }

    fn detail_row(&self, i: usize, e: &Entry) -> Value {
        json!({
            "id": e.id,
            "seq": i + 1,
            "material_id": self.index.material_ids.get(&e.sku),
            "material_number": e.sku,
            "unit_id": UNIT_ID,
            "qty": exact(e.quantity),
            "return_qty": exact(self.taken(&e.id)),
            "tax_price": exact(e.price),
            "is_free": e.price.is_zero(),
            "cess": exact(e.rate),
            "tax_amount": exact(e.tax),
            "amount": exact(e.amount - e.tax),
            "all_amount": exact(e.amount),
            "comment": e.comment,
            "stock_id": e.stock_id,
            "src_bill_type_id": e.source.as_ref().map(|s| s.0.name()),
            "src_inter_id": e.source.as_ref().map(|s| &s.1),
            "src_entry_id": e.source.as_ref().map(|s| &s.2),
        })
    }

    fn read_entry(&mut self, entity: Entity, row: &Form<'_>) -> Result<Entry, Refusal> {
        let material = row.required_text("material_id")?;
        let sku =
            self.index.materials.get(material).ok_or_else(|| Refusal::not_found("material_id", material))?.clone();
        if row.required_text("unit_id")? != UNIT_ID {
            return Err(row.bad("unit_id", "is not this material's unit"));
        }
        let quantity = row.required_number("qty")?;
        if quantity <= Decimal::ZERO {
            return Err(row.bad("qty", "must be more than zero"));
        }
        let price = match row.flag("is_free")? {
            true => row.number("tax_price")?.unwrap_or_default(),
            false => row.required_number("tax_price")?,
        };
        if price.is_sign_negative() || row.flag("is_free")? != price.is_zero() {
            return Err(row.bad("tax_price", "must be zero for what is free, and more for what is not"));
        }
        let rate = row.required_number("cess")?;
        if rate < Decimal::ZERO || rate > Decimal::ONE_HUNDRED {
            return Err(row.bad("cess", "is no percentage"));
        }
        let stock_id = match entity {
            Entity::Order => None,
            Entity::Outbound | Entity::Inbound => match row.required_text("stock_id")? {
                STOCK_ID => Some(STOCK_ID.to_owned()),
                other => return Err(Refusal::not_found("stock_id", other)),
            },
        };
        let source = self.read_source(entity, row)?;
        let amount = cents(quantity * price);
        let tax = cents(amount * rate / (Decimal::ONE_HUNDRED + rate));
        let comment = row.text("comment")?.unwrap_or_default().to_owned();
        Ok(Entry { id: self.next_id(), sku, quantity, price, rate, amount, tax, comment, stock_id, source })
    }

    /// What the row refers to: an outbound's names an order's, a return's names an outbound's unless it is a service.
    fn read_source(&self, entity: Entity, row: &Form<'_>) -> Result<Option<(Entity, String, String)>, Refusal> {
        let wanted = match entity {
            Entity::Order => return Ok(None),
            Entity::Outbound => Entity::Order,
            Entity::Inbound => Entity::Outbound,
        };
        let kind = match row.text("src_bill_type_id")? {
            // Whether it may be so depends on the order: `check_credit`.
            None if entity == Entity::Inbound => return Ok(None),
            None => return Err(Refusal::missing("src_bill_type_id")),
            Some(kind) => kind,
        };
        if kind != wanted.name() {
            return Err(row.bad("src_bill_type_id", &format!("must be {}", wanted.name())));
        }
        let (bill, entry) = (row.required_text("src_inter_id")?, row.required_text("src_entry_id")?);
        Ok(Some((wanted, bill.to_owned(), entry.to_owned())))
    }

    /// Every source is there, in force, the same customer's and material's, and has enough left.
    fn check_sources(&self, bill: &Bill) -> Result<(), Refusal> {
        let mut wanted = BTreeMap::<(Entity, &str, &str), (Decimal, &str)>::new();
        for entry in &bill.entries {
            if let Some((entity, id, row)) = &entry.source {
                let sum = wanted.entry((*entity, id.as_str(), row.as_str())).or_insert((Decimal::ZERO, &entry.sku));
                sum.0 += entry.quantity;
                if sum.1 != entry.sku {
                    return Err(Refusal::not_found("src_entry_id", row));
                }
            }
        }
        for ((entity, id, row), (quantity, sku)) in wanted {
            let source = self.index.bill_ids.get(&(entity, id.to_owned())).map(|&i| &self.bills[i]);
            let source = source.filter(|b| b.customer == bill.customer);
            let source = source.ok_or_else(|| Refusal::not_found("src_inter_id", id))?;
            let found = source.entries.iter().find(|e| e.id == row && e.sku == sku);
            let found = found.ok_or_else(|| Refusal::not_found("src_entry_id", row))?;
            if !source.is_audited() || source.closed {
                let text = format!("source {} is not audited, or closed", source.number);
                return Err(Refusal { code: 1030002006, text });
            }
            let left = found.quantity - self.taken(row);
            if quantity > left {
                let text = format!("{sku}: {quantity} is more than the {left} that are left of {}", source.number);
                return Err(Refusal { code: 2016043014, text });
            }
        }
        Ok(())
    }

    /// Credits of an order of the shop never exceed what was sold of it.
    fn check_credit(&self, bill: &Bill) -> Result<(), Refusal> {
        if bill.entity != Entity::Inbound {
            return Ok(());
        }
        let reference =
            Remark::read(&bill.remark).order.ok_or_else(|| Refusal::missing("remark (naming the order)"))?;
        let by_hand = self.by_hand.get(reference).copied();
        let is_service = |sku: &String| self.services.contains(sku);
        if by_hand.is_none() && bill.entries.iter().any(|e| e.source.is_none() && !is_service(&e.sku)) {
            return Err(Refusal::missing("src_bill_type_id"));
        }
        let sum = |entity| self.index.sums.get(&(entity, reference.to_owned())).copied().unwrap_or_default();
        let (sold, credited) = (sum(Entity::Order) + by_hand.unwrap_or_default(), sum(Entity::Inbound));
        if credited + bill.total() > sold {
            let text = format!("{} on top of {credited} is more than the {sold} sold on {reference}", bill.total());
            return Err(Refusal { code: 2016043025, text });
        }
        Ok(())
    }

    /// The number of the form with this id.
    pub(super) fn number_of(&self, entity: Entity, id: &str) -> Option<&str> {
        self.index.bill_ids.get(&(entity, id.to_owned())).map(|&i| self.bills[i].number.as_str())
    }

    fn keep(&mut self, bill: Bill) {
        self.bills.push(bill);
        self.note(self.bills.len() - 1);
    }

    /// Puts a form into the index.
    fn note(&mut self, at: usize) {
        let (bill, index) = (&self.bills[at], &mut self.index);
        index.bills.entry((bill.entity, bill.number.clone())).or_insert(at);
        index.bill_ids.insert((bill.entity, bill.id.clone()), at);
        if bill.status == Status::Invalid {
            return;
        }
        for entry in &bill.entries {
            if let Some((_, _, row)) = &entry.source {
                *index.taken.entry(row.clone()).or_default() += entry.quantity;
            }
        }
        if let Some(order) = Remark::read(&bill.remark).order {
            *index.sums.entry((bill.entity, order.to_owned())).or_default() += bill.total();
        }
    }

    /// Pieces of an entry that later forms name as their source; ids of entries are unique among all forms.
    fn taken(&self, entry: &str) -> Decimal {
        self.index.taken.get(entry).copied().unwrap_or_default()
    }

    fn next_id(&mut self) -> String {
        self.last_id += 1;
        self.last_id.to_string()
    }

    fn next_arrival(&mut self) -> u64 {
        self.arrivals += 1;
        self.arrivals
    }
}

fn saved(id: &str, number: &str) -> Value {
    json!({"ids": [id], "id_number_map": {id: number}})
}

fn cents(amount: Decimal) -> Decimal {
    let mut rounded = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(2);
    rounded
}

fn exact(value: Decimal) -> Value {
    serde_json::from_str(&value.to_string()).expect("a decimal's text is a JSON number")
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn account() -> (Account, String) {
        let mut account = Account::new(true, vec!["ALLOWANCE".into()]);
        account.save_customer(&json!({"number": "U1", "name": "王"}), 0).unwrap();
        let material = account.material_detail(Some("A")).unwrap()["id"].as_str().unwrap().to_owned();
        (account, material)
    }

    pub(super) fn form(number: &str, row: Value) -> Value {
        json!({"bill_no": number, "bill_date": "2024-06-15", "customer_number": "U1", "operation_key": "audit",
            "remark": "x; order S1; original S1", "material_entity": [row]})
    }

    pub(super) fn row(material: &str) -> Value {
        json!({"material_id": material, "unit_id": UNIT_ID, "qty": 2, "tax_price": 10.5, "cess": 13,
            "stock_id": STOCK_ID})
    }

    pub(super) fn with(mut value: Value, name: &str, to: Value) -> Value {
        value[name] = to;
        value
    }

    #[test]
    fn each_field_is_checked() {
        let (mut account, material) = account();
        let good = form("S1", row(&material));
        let in_row = |name: &str, to: Value| form("S1", with(row(&material), name, to));
        for (body, code, said) in [
            (with(good.clone(), "bill_no", Value::Null), 1030002000, "bill_no"),
            (with(good.clone(), "bill_no", json!(7)), 1030002001, "bill_no"),
            (with(good.clone(), "bill_date", json!("15.06.2024")), 1030002006, "bill_date"),
            (with(good.clone(), "customer_number", json!("U2")), 1030002003, "U2"),
            (with(good.clone(), "material_entity", json!([])), 1030002000, "material_entity"),
            (in_row("qty", json!("2")), 1030002001, "material_entity[0].qty"),
            (in_row("qty", json!(0)), 1030002006, "qty"),
            (in_row("tax_price", json!("10.5")), 1030002001, "tax_price"),
            (in_row("tax_price", Value::Null), 1030002000, "tax_price"),
            (in_row("is_free", json!(true)), 1030002006, "tax_price"),
            (in_row("unit_id", json!("kg")), 1030002006, "unit_id"),
            (in_row("material_id", json!("1")), 1030002003, "material_id"),
            (json!("text"), 1030002001, "body"),
        ] {
            let refusal = account.save_bill(Entity::Order, &body, 0).unwrap_err();
            assert_eq!(refusal.code, code, "{body}: {}", refusal.text);
            assert!(refusal.text.contains(said), "{}", refusal.text);
        }
        assert!(account.bills.is_empty());
        account.save_bill(Entity::Order, &good, 0).unwrap();
        assert_eq!(
            (account.bills[0].total(), account.bills[0].entries[0].tax),
            (Decimal::new(2100, 2), Decimal::new(242, 2))
        );
        assert_eq!(account.save_bill(Entity::Order, &good, 0).unwrap_err().code, 1030002002);
    }

    #[test]
    fn nothing_is_shipped_or_taken_back_twice_or_without_a_source() {
        let (mut account, material) = account();
        account.save_bill(Entity::Order, &form("S1", row(&material)), 0).unwrap();
        let source = |account: &Account, i: usize, kind: &str| {
            let bill = &account.bills[i];
            let row = with(row(&material), "src_bill_type_id", json!(kind));
            with(with(row, "src_inter_id", json!(bill.id)), "src_entry_id", json!(bill.entries[0].id))
        };
        let from_order = source(&account, 0, "sal_bill_order");
        let code = |result: Result<Value, Refusal>| result.unwrap_err().code;
        assert_eq!(code(account.save_bill(Entity::Outbound, &form("O", row(&material)), 0)), 1030002000);
        let more = with(from_order.clone(), "qty", json!(3));
        assert_eq!(code(account.save_bill(Entity::Outbound, &form("O", more), 0)), 2016043014);
        account.save_bill(Entity::Outbound, &form("O", from_order.clone()), 0).unwrap();
        assert_eq!(code(account.save_bill(Entity::Outbound, &form("O2", from_order.clone()), 0)), 2016043014);

        assert_eq!(code(account.save_bill(Entity::Inbound, &form("R", row(&material)), 0)), 1030002000);
        assert_eq!(code(account.save_bill(Entity::Inbound, &form("R", from_order), 0)), 1030002006);
        let one = with(source(&account, 1, "sal_bill_outbound"), "qty", json!(1));
        let dear = with(one.clone(), "tax_price", json!(21.01));
        assert_eq!(code(account.save_bill(Entity::Inbound, &form("R", dear), 0)), 2016043025);
        account.save_bill(Entity::Inbound, &form("R", one.clone()), 0).unwrap();
        account.save_bill(Entity::Inbound, &form("R2", one.clone()), 0).unwrap();
        assert_eq!(code(account.save_bill(Entity::Inbound, &form("R3", one), 0)), 2016043014);
        let detail = account.bill_detail(Entity::Outbound, None, Some("O")).unwrap();
        assert_eq!(detail["material_entity"][0]["return_qty"].to_string(), "2");
    }
}
