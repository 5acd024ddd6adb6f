//! The ERP's own records and rules: numbers are unique, references must exist, what is in force is not changed, nothing is taken back
//! twice.
//!
//! It multiplies and taxes by itself, row by row, and takes no total from anybody. Codes are the vendor's `MsgCode`; which rule is
//! checked first is this sandbox's choice, but for the number, whose refusal comes before all others.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

use super::form::{Form, Refusal, missing};
use super::records::{Bill, Customer, Entity, Entry, Operation, Remark, Status};

pub(super) const ORGANIZATION: &str = "100";
pub(super) const STOCK: &str = "CK001";
pub(super) const CURRENCY: &str = "PRE001";
/// The unit in which every item is counted.
pub(super) const UNIT: &str = "Pcs";
const EXCHANGE_TYPE: &str = "HLTX01_SYS";
/// An item whose number starts so is not in the catalogue until it is added.
const UNKNOWN_PREFIX: &str = "UNKNOWN";
const ROWS_MAX: usize = 500;

/// What was saved.
pub(super) struct Saved {
    pub id: u64,
    pub number: String,
}

/// Where things are among the records; the first one where a number is there twice.
#[derive(Clone, Default)]
struct Index {
    customers: HashMap<String, usize>,
    bills: HashMap<(Entity, String), Vec<usize>>,
    ids: HashMap<u64, usize>,
    /// Pieces of a row that later forms name as their source.
    taken: HashMap<u64, Decimal>,
    /// Sold and credited by the shop's order.
    sold: HashMap<String, Decimal>,
    credited: HashMap<String, Decimal>,
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
    pub customers: Vec<Customer>,
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
            last_id: 100_000,
            arrivals: 0,
            customers: Vec::new(),
            bills: Vec::new(),
            index: Index::default(),
            refused_duplicates: 0,
            rejected: 0,
        }
    }

    pub(super) fn add_item(&mut self, number: &str) {
        self.added.insert(number.to_owned());
    }

    pub(super) fn has_item(&self, number: &str) -> bool {
        !number.is_empty() && (!number.starts_with(UNKNOWN_PREFIX) || self.added.contains(number))
    }

    pub(super) fn add_order(&mut self, order: &str, total: Decimal) {
        *self.by_hand.entry(order.to_owned()).or_default() += total;
    }

    /// A customer that a person has entered and audited.
    pub(super) fn add_customer(&mut self, number: &str, name: &str) {
        let customer = Customer {
            id: self.next_id(),
            number: number.to_owned(),
            status: Status::Audited,
            name: name.to_owned(),
            phone: None,
            address: None,
            tax_id: None,
            stored_at_ms: 0,
            arrival: self.next_arrival(),
        };
        self.keep_customer(customer);
    }

    pub(super) fn count_refused(&mut self, refusal: &Refusal) {
        match refusal.is_duplicate() {
            true => self.refused_duplicates += 1,
            false => self.rejected += 1,
        }
    }

    /// Saves one record; a new one gets this status.
    pub(super) fn save(
        &mut self,
        form: &str,
        data: &Form<'_>,
        model: &Form<'_>,
        status: Status,
        now_ms: i64,
    ) -> Result<Saved, Refusal> {
        let deletes = data.flag("IsDeleteEntry", true)?;
        data.flag("IsVerifyBaseDataField", false)?;
        if form == "BD_Customer" {
            return self.save_customer(model, status, now_ms);
        }
        let entity = Entity::of(form).ok_or_else(|| Refusal::parameter(format!("业务对象{form}不存在")))?;
        match model.id("FID")? {
            Some(id) => self.change_bill(entity, id, model, deletes),
            None => self.create_bill(entity, model, status, now_ms),
        }
    }

    fn save_customer(&mut self, model: &Form<'_>, status: Status, now_ms: i64) -> Result<Saved, Refusal> {
        let id = model.id("FCUSTID")?;
        let number = model.required_text("FNumber")?.to_owned();
        let there = self.index.customers.get(&number).copied();
        if self.unique && there.is_some_and(|at| Some(self.customers[at].id) != id) {
            return Err(Refusal::duplicate("FNumber", &number));
        }
        let name = model.required_text("FName")?.to_owned();
        model.names("FCreateOrgId", ORGANIZATION)?;
        model.names("FUseOrgId", ORGANIZATION)?;
        model.names("FTRADINGCURRID", CURRENCY)?;
        let [phone, address, tax_id] = ["FTEL", "FADDRESS", "FTAXREGISTERCODE"].map(|field| model.text(field));
        let (phone, address, tax_id) =
            (phone?.map(str::to_owned), address?.map(str::to_owned), tax_id?.map(str::to_owned));
        let Some(id) = id else {
            let customer = Customer {
                id: self.next_id(),
                number: number.clone(),
                status,
                name,
                phone,
                address,
                tax_id,
                stored_at_ms: now_ms,
                arrival: self.next_arrival(),
            };
            let id = customer.id;
            self.keep_customer(customer);
            return Ok(Saved { id, number });
        };
        let customer = self.customers.iter_mut().find(|customer| customer.id == id);
        let customer = customer.ok_or_else(|| Refusal::not_found(format!("内码{id}不存在")))?;
        if !customer.status.is_open() {
            return Err(Refusal::status(format!("{number}已提交或已审核，不允许修改")));
        }
        customer.status = saved_again(customer.status);
        customer.name = name;
        // What is left out stays as it is.
        customer.phone = phone.or(customer.phone.take());
        customer.address = address.or(customer.address.take());
        customer.tax_id = tax_id.or(customer.tax_id.take());
        Ok(Saved { id, number })
    }

    /// An update without rows, that leaves them or drops them.
    fn change_bill(&mut self, entity: Entity, id: u64, model: &Form<'_>, deletes: bool) -> Result<Saved, Refusal> {
        let at = self.index.ids.get(&id).copied().filter(|at| self.bills[*at].entity == entity);
        let at = at.ok_or_else(|| Refusal::not_found(format!("内码{id}不存在")))?;
        if model.has(entity.rows()) {
            return Err(Refusal::parameter("the sandbox changes no rows"));
        }
        let bill = &mut self.bills[at];
        if !bill.status.is_open() {
            return Err(Refusal::status(format!("单据{}已提交或已审核，不允许修改", bill.number)));
        }
        if deletes {
            bill.entries.clear();
        }
        bill.status = saved_again(bill.status);
        Ok(Saved { id, number: bill.number.clone() })
    }

    fn create_bill(&mut self, entity: Entity, model: &Form<'_>, status: Status, now_ms: i64) -> Result<Saved, Refusal> {
        let number = match model.text("FBillNo")? {
            Some(number) => number.to_owned(),
            // Its own numbering rule.
            None => format!("{}{:06}", entity.bill_type().trim_end_matches("01_SYS"), self.bills.len() + 1),
        };
        if self.unique && self.index.bills.contains_key(&(entity, number.clone())) {
            return Err(Refusal::duplicate("FBillNo", &number));
        }
        model.names("FBillTypeID", entity.bill_type())?;
        let (customer, remark) = self.read_head(entity, model)?;
        let rows = model.rows(entity.rows())?;
        if rows.is_empty() {
            return Err(missing(entity.rows()));
        }
        if rows.len() > ROWS_MAX {
            return Err(Refusal::of(entity.rows(), format!("{} rows are too many", rows.len())));
        }
        let entries = rows.iter().map(|row| self.read_entry(entity, row)).collect::<Result<Vec<_>, _>>()?;
        let (id, arrival) = (self.next_id(), self.next_arrival());
        let bill = Bill {
            entity,
            id,
            number: number.clone(),
            status,
            customer,
            remark,
            entries,
            stored_at_ms: now_ms,
            arrival,
        };
        self.check_sources(&bill)?;
        self.check_credit(&bill)?;
        self.keep_bill(bill);
        Ok(Saved { id, number })
    }

    /// The customer's number and the remark, once all else is there.
    fn read_head(&self, entity: Entity, model: &Form<'_>) -> Result<(String, String), Refusal> {
        let organizations: &[&str] = match entity {
            Entity::Order => &["FSaleOrgId"],
            Entity::Outbound | Entity::Return => &["FSaleOrgId", "FStockOrgId", "FOwnerIdHead"],
            Entity::Receivable => &["FSETTLEORGID", "FPAYORGID", "FSALEORGID"],
            Entity::OtherReceivable => &["FSETTLEORGID", "FPAYORGID"],
        };
        organizations.iter().try_for_each(|name| model.names(name, ORGANIZATION))?;
        let (date, customer, remark) = match entity {
            Entity::Order => ("FDate", "FCustId", "FNote"),
            Entity::Outbound => ("FDate", "FCustomerID", "FNote"),
            Entity::Return => ("FDate", "FRetcustId", "FHeadNote"),
            Entity::Receivable => ("FDATE", "FCUSTOMERID", "FAR_Remark"),
            Entity::OtherReceivable => ("FDATE", "FCONTACTUNIT", "FAR_OtherRemarks"),
        };
        model.date(date)?;
        match entity {
            Entity::Order => priced(&model.object("FSaleOrderFinance")?, "FSettleCurrId", "FExchangeTypeId")?,
            Entity::Outbound => priced(&model.object("SubHeadEntity")?, "FSettleCurrID", "FExchangeTypeID")?,
            Entity::Return => priced(&model.object("SubHeadEntity")?, "FSettleCurrId", "FExchangeTypeId")?,
            Entity::Receivable | Entity::OtherReceivable => {
                model.date("FENDDATE_H")?;
                model.names("FCURRENCYID", CURRENCY)?;
            }
        }
        if entity == Entity::OtherReceivable && model.required_text("FCONTACTUNITTYPE")? != "BD_Customer" {
            return Err(Refusal::of("FCONTACTUNITTYPE", "must be BD_Customer"));
        }
        let number = model.reference(customer)?.ok_or_else(|| missing(customer))?;
        let found = self.index.customers.get(number).map(|at| &self.customers[*at]);
        match found {
            None => Err(Refusal::of(customer, format!("基础资料[{number}]不存在"))),
            Some(found) if found.status != Status::Audited => {
                Err(Refusal::of(customer, format!("基础资料[{number}]未审核")))
            }
            Some(_) => Ok((number.to_owned(), model.text(remark)?.unwrap_or_default().to_owned())),
        }
    }

    fn read_entry(&mut self, entity: Entity, row: &Form<'_>) -> Result<Entry, Refusal> {
        let rate = row.number("FEntryTaxRate")?;
        if rate != Decimal::ZERO && rate != Decimal::from(13) {
            return Err(Refusal::of("FEntryTaxRate", format!("there is no tax of {rate} %")));
        }
        let id = self.next_id();
        if entity == Entity::OtherReceivable {
            return other_entry(id, row, rate);
        }
        let (material, unit, quantity, note) = match entity {
            Entity::Order => ("FMaterialId", "FUnitID", "FQty", "FEntryNote"),
            Entity::Outbound => ("FMaterialID", "FUnitID", "FRealQty", "FEntrynote"),
            Entity::Return => ("FMaterialId", "FUnitID", "FRealQty", "FNote"),
            Entity::Receivable | Entity::OtherReceivable => ("FMATERIALID", "FPRICEUNITID", "FPriceQty", "FComment"),
        };
        let sku = row.reference(material)?.ok_or_else(|| missing(material))?;
        if !self.has_item(sku) {
            return Err(Refusal::of(material, format!("基础资料[{sku}]不存在")));
        }
        row.names(unit, UNIT)?;
        if matches!(entity, Entity::Outbound | Entity::Return) {
            row.names(if entity == Entity::Outbound { "FStockID" } else { "FStockId" }, STOCK)?;
        }
        let mut pieces = row.number(quantity)?;
        if entity.is_receivable() {
            pieces = -pieces;
        }
        if pieces <= Decimal::ZERO {
            return Err(Refusal::of(quantity, format!("{pieces} pieces")));
        }
        let price = row.price("FTaxPrice")?;
        if !entity.is_receivable() && row.flag("FIsFree", false)? != price.is_zero() {
            return Err(Refusal::of("FIsFree", "what is free has no price, and what has none is free"));
        }
        let amount = cents(pieces * price);
        let tax = cents(amount * rate / (Decimal::ONE_HUNDRED + rate));
        let source = match entity {
            Entity::Outbound => source(row, "SaleOrder-OutStock", "T_SAL_ORDERENTRY")?,
            Entity::Return => source(row, "OutStock-SalReturnStock", "T_SAL_OUTSTOCKENTRY")?,
            Entity::Order | Entity::Receivable | Entity::OtherReceivable => None,
        };
        let note = row.text(note)?.unwrap_or_default().to_owned();
        Ok(Entry { id, sku: sku.to_owned(), quantity: pieces, price, amount, tax, note, source })
    }

    /// Every source is there, in force, the same customer's and item's, and has enough left.
    fn check_sources(&self, bill: &Bill) -> Result<(), Refusal> {
        let wanted = match bill.entity {
            Entity::Outbound => Entity::Order,
            Entity::Return => Entity::Outbound,
            Entity::Order | Entity::Receivable | Entity::OtherReceivable => return Ok(()),
        };
        let link = |text: String| Refusal::of("FEntity_Link", text);
        let mut pieces = BTreeMap::<u64, Decimal>::new();
        for entry in &bill.entries {
            let Some((id, row)) = entry.source else {
                match bill.entity {
                    Entity::Outbound => return Err(missing("FEntity_Link")),
                    // Whether it may be so depends on the order: `check_credit`.
                    _ => continue,
                }
            };
            let source = self.index.ids.get(&id).map(|at| &self.bills[*at]);
            let source = source.filter(|source| source.entity == wanted && source.customer == bill.customer);
            let source = source.ok_or_else(|| link(format!("源单{id}不存在")))?;
            if source.status != Status::Audited {
                return Err(link(format!("源单{}未审核", source.number)));
            }
            let sold = source.entries.iter().find(|sold| sold.id == row && sold.sku == entry.sku);
            let sold = sold.ok_or_else(|| link(format!("源单分录{row}不存在")))?;
            let taken = pieces.entry(row).or_default();
            *taken += entry.quantity;
            let left = sold.quantity - self.taken(row);
            if *taken > left {
                return Err(link(format!("{}: {taken}超过源单{}的剩余数量{left}", entry.sku, source.number)));
            }
        }
        Ok(())
    }

    /// Credits of an order of the shop never exceed what was sold of it.
    fn check_credit(&self, bill: &Bill) -> Result<(), Refusal> {
        if !bill.entity.credits() {
            return Ok(());
        }
        let order = Remark::read(&bill.remark).order.ok_or_else(|| missing("the remark's order"))?;
        let by_hand = self.by_hand.get(order).copied();
        let is_bare = |entry: &Entry| entry.source.is_none() && !self.services.contains(&entry.sku);
        if bill.entity == Entity::Return && by_hand.is_none() && bill.entries.iter().any(is_bare) {
            return Err(missing("FEntity_Link"));
        }
        let sum = |sums: &HashMap<String, Decimal>| sums.get(order).copied().unwrap_or_default();
        let (sold, credited) = (sum(&self.index.sold) + by_hand.unwrap_or_default(), sum(&self.index.credited));
        match credited + bill.total() > sold {
            false => Ok(()),
            true => Err(Refusal {
                code: 11,
                field: None,
                text: format!("{} on top of {credited} is more than the {sold} sold on {order}", bill.total()),
            }),
        }
    }

    /// Submits, audits or opens again.
    pub(super) fn operate(&mut self, form: &str, id: u64, operation: Operation) -> Result<Saved, Refusal> {
        let (status, number) = match (form, Entity::of(form)) {
            ("BD_Customer", _) => {
                let customer = self.customers.iter_mut().find(|customer| customer.id == id);
                customer.map(|customer| (&mut customer.status, customer.number.clone()))
            }
            (_, Some(entity)) => {
                let at = self.index.ids.get(&id).copied().filter(|at| self.bills[*at].entity == entity);
                at.map(|at| &mut self.bills[at]).map(|bill| (&mut bill.status, bill.number.clone()))
            }
            (_, None) => return Err(Refusal::parameter(format!("业务对象{form}不存在"))),
        }
        .ok_or_else(|| Refusal::not_found(format!("内码{id}不存在")))?;
        match operation.next(*status) {
            Some(next) => {
                *status = next;
                Ok(Saved { id, number })
            }
            None => Err(Refusal::status(format!("{number}的状态是{}，不允许此操作", status.letter()))),
        }
    }

    /// The form with this id.
    pub(super) fn bill(&self, id: u64) -> Option<&Bill> {
        self.index.ids.get(&id).map(|at| &self.bills[*at])
    }

    /// The forms of this number.
    pub(super) fn bills_of(&self, entity: Entity, number: &str) -> impl Iterator<Item = &Bill> {
        let found = self.index.bills.get(&(entity, number.to_owned())).map(Vec::as_slice).unwrap_or_default();
        found.iter().map(|at| &self.bills[*at])
    }

    /// Pieces of a row that later forms name as their source; ids of rows are unique among all forms.
    pub(super) fn taken(&self, row: u64) -> Decimal {
        self.index.taken.get(&row).copied().unwrap_or_default()
    }

    fn keep_customer(&mut self, customer: Customer) {
        self.index.customers.entry(customer.number.clone()).or_insert(self.customers.len());
        self.customers.push(customer);
    }

    fn keep_bill(&mut self, bill: Bill) {
        let (at, index) = (self.bills.len(), &mut self.index);
        index.bills.entry((bill.entity, bill.number.clone())).or_default().push(at);
        index.ids.insert(bill.id, at);
        for entry in &bill.entries {
            if let Some((_, row)) = entry.source {
                *index.taken.entry(row).or_default() += entry.quantity;
            }
        }
        if let Some(order) = Remark::read(&bill.remark).order {
            let sums = match bill.entity {
                Entity::Order => Some(&mut index.sold),
                Entity::Outbound => None,
                Entity::Return | Entity::Receivable | Entity::OtherReceivable => Some(&mut index.credited),
            };
            if let Some(sums) = sums {
                *sums.entry(order.to_owned()).or_default() += bill.total();
            }
        }
        self.bills.push(bill);
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    fn next_arrival(&mut self) -> u64 {
        self.arrivals += 1;
        self.arrivals
    }
}

/// What is saved again stays opened again until it is submitted.
fn saved_again(status: Status) -> Status {
    if status == Status::Draft { Status::Saved } else { status }
}

/// The part of a head that says the currency, and that prices include tax.
fn priced(head: &Form<'_>, currency: &str, exchange: &str) -> Result<(), Refusal> {
    head.names(currency, CURRENCY)?;
    head.names(exchange, EXCHANGE_TYPE)?;
    match head.flag("FIsIncludedTax", false)? {
        true => Ok(()),
        false => Err(Refusal::of("FIsIncludedTax", "the sandbox takes prices with tax only")),
    }
}

/// What an outbound's or a return's row refers to.
fn source(row: &Form<'_>, rule: &str, table: &str) -> Result<Option<(u64, u64)>, Refusal> {
    let links = row.rows("FEntity_Link")?;
    let [link] = &links[..] else {
        return if links.is_empty() { Ok(None) } else { Err(Refusal::of("FEntity_Link", "several links in a row")) };
    };
    for (name, wanted) in [("FEntity_Link_FRuleId", rule), ("FEntity_Link_FSTableName", table)] {
        if link.required_text(name)? != wanted {
            return Err(Refusal::of(name, format!("must be {wanted}")));
        }
    }
    let id = |name: &str| link.id(name)?.ok_or_else(|| missing(name));
    Ok(Some((id("FEntity_Link_FSBillId")?, id("FEntity_Link_FSId")?)))
}

/// A row of an other receivable: amounts as they are said, which must add up.
fn other_entry(id: u64, row: &Form<'_>, rate: Decimal) -> Result<Entry, Refusal> {
    let [net, tax, total] = ["FNOTAXAMOUNTFOR", "FTAXAMOUNTFOR", "FAMOUNTFOR_D"].map(|name| row.number(name));
    let (net, tax, total) = (-net?, -tax?, -total?);
    if net + tax != total || total <= Decimal::ZERO || cents(total) != total {
        return Err(Refusal::of("FAMOUNTFOR_D", "the amounts do not add up"));
    }
    if cents(total * rate / (Decimal::ONE_HUNDRED + rate)) != tax {
        return Err(Refusal::of("FTAXAMOUNTFOR", "the tax is not the rate's"));
    }
    let note = row.text("FCOMMENT")?.unwrap_or_default().to_owned();
    let (amount, tax) = (cents(total), cents(tax));
    Ok(Entry { id, sku: String::new(), quantity: Decimal::ONE, price: amount, amount, tax, note, source: None })
}

/// The forms and ids that an operation names.
pub(super) fn ids_of(data: &Form<'_>) -> Result<Vec<u64>, Refusal> {
    let ids = data.required_text("Ids")?;
    ids.split(',').map(|id| id.trim().parse().map_err(|_| Refusal::of("Ids", "must be ids"))).collect()
}

/// An amount as it is kept.
pub(super) fn cents(amount: Decimal) -> Decimal {
    let mut rounded = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(2);
    rounded
}

/// A decimal's JSON number.
pub(super) fn exact(value: Decimal) -> Value {
    serde_json::from_str(&value.to_string()).expect("a decimal's text is a JSON number")
}

#[cfg(test)]
mod tests;
