//! What becomes of a form after it was saved (`common_operate`), the list of outbounds, and what people do by hand.
//!
//! Which status an operation needs is this sandbox's choice, after what the ERP's windows allow: what is saved can be audited,
//! made void or deleted; what is in force can be taken back (unaudit) while nothing later names it; an order in force can be
//! closed, and is shipped no further then.

use std::collections::HashMap;

use super::{Account, Bill, Entity, Form, Refusal, Status, Value, exact, json};

/// Rows of a list a page, at most.
const PAGE_ROWS_MAX: usize = 100;
const PAGE_ROWS_DEFAULT: usize = 10;

impl Account {
    /// `common_operate` on the forms of these numbers or ids: all of them, or none.
    pub(in super::super) fn operate(&mut self, body: &Value) -> Result<Value, Refusal> {
        let form = Form::of(body)?;
        let name = form.required_text("entity_number")?;
        let entity = [Entity::Order, Entity::Outbound, Entity::Inbound].into_iter().find(|e| e.name() == name);
        let entity = entity.ok_or_else(|| form.bad("entity_number", "is none that the sandbox has"))?;
        let operation = form.required_text("operate_type")?;
        let (what, index) = match body.get("ids") {
            Some(_) => ("ids", &self.index.bill_ids),
            None => ("numbers", &self.index.bills),
        };
        let named = form.texts(what)?;
        let find = |name: &&str| index.get(&(entity, (*name).to_owned())).copied();
        let at: Vec<usize> = named
            .iter()
            .map(|name| find(name).ok_or_else(|| Refusal::not_found(what, name)))
            .collect::<Result<_, _>>()?;
        for &i in &at {
            self.may(operation, &self.bills[i], &form)?;
        }
        let numbers: Vec<String> = at.iter().map(|&i| self.bills[i].number.clone()).collect();
        match operation {
            "delete" => {
                let gone: Vec<String> = at.iter().map(|&i| self.bills[i].id.clone()).collect();
                self.bills.retain(|bill| bill.entity != entity || !gone.contains(&bill.id));
            }
            _ => at.into_iter().for_each(|i| {
                let bill = &mut self.bills[i];
                match operation {
                    "audit" => bill.status = Status::Audited,
                    "unaudit" => bill.status = Status::Saved,
                    "invalid" => bill.status = Status::Invalid,
                    _ => bill.closed = true,
                }
            }),
        }
        self.note_all();
        Ok(json!({ "numbers": numbers }))
    }

    /// Whether a form's status lets this be done with it.
    fn may(&self, operation: &str, bill: &Bill, form: &Form<'_>) -> Result<(), Refusal> {
        let is_named = || bill.entries.iter().any(|entry| !self.taken(&entry.id).is_zero());
        let allowed = match operation {
            "audit" | "invalid" => bill.status == Status::Saved,
            "delete" => bill.status != Status::Audited,
            "unaudit" => bill.is_audited() && !bill.closed && !is_named(),
            "close_donothing" => bill.entity == Entity::Order && bill.is_audited() && !bill.closed,
            _ => return Err(form.bad("operate_type", "is none that the sandbox has")),
        };
        match allowed {
            true => Ok(()),
            false => {
                let (number, status) = (&bill.number, bill.status.code());
                let text = format!("{number} cannot {operation}: its status is {status}, or later forms name it");
                Err(Refusal { code: 1030002006, text })
            }
        }
    }

    /// The list of outbounds: by customer, day, status and number, and `search`, which finds a part of a number or a remark.
    pub(in super::super) fn outbounds<'q>(&self, get: &impl Fn(&str) -> Option<&'q str>) -> Result<Value, Refusal> {
        let number = |name: &str, default: usize| match get(name) {
            None => Ok(default),
            Some(text) => text
                .parse::<usize>()
                .map_err(|_| Refusal { code: 1030002001, text: format!("{name} must be a number") }),
        };
        let (page, size) = (number("page", 1)?.max(1), number("page_size", PAGE_ROWS_DEFAULT)?.clamp(1, PAGE_ROWS_MAX));
        let customer = |bill: &Bill| self.index.customers.get(&bill.customer).map(|&i| self.customers[i].id.as_str());
        let meets = |bill: &&Bill| {
            bill.entity == Entity::Outbound
                && get("customer_id").is_none_or(|id| customer(bill) == Some(id))
                && get("start_bill_date").is_none_or(|from| bill.date.as_str() >= from)
                && get("end_bill_date").is_none_or(|to| bill.date.as_str() <= to)
                && get("bill_status").is_none_or(|status| bill.status.code() == status)
                && get("bill_no").is_none_or(|number| bill.number == number)
                && get("search").is_none_or(|text| bill.number.contains(text) || bill.remark.contains(text))
        };
        let mut all: Vec<&Bill> = self.bills.iter().filter(meets).collect();
        all.sort_by(|a, b| a.number.cmp(&b.number));
        let row = |bill: &&Bill| {
            json!({"id": bill.id, "bill_no": bill.number, "bill_date": bill.date, "bill_status": bill.status.code(),
                "customer_id": customer(bill), "customer_number": bill.customer, "remark": bill.remark,
                "total_amount": exact(bill.total())})
        };
        let rows: Vec<Value> = all.iter().skip((page - 1) * size).take(size).map(row).collect();
        Ok(json!({"count": all.len(), "page": page, "page_size": size, "rows": rows}))
    }

    /// A person's outbound of an order, as the ERP makes it from the order's entries: `order` and `number`, and where they are
    /// not plain, `pieces` (by the entry's place, from 1; all that are left otherwise), `audit` (true), `remark` (the order's)
    /// and `date`.
    pub(in super::super) fn ship(&mut self, details: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let form = Form::of(details)?;
        let number = form.required_text("order")?;
        let at = self.index.bills.get(&(Entity::Order, number.to_owned()));
        let order = self.bills[*at.ok_or_else(|| Refusal::not_found("order", number))?].clone();
        let rows: Vec<Value> = order
            .entries
            .iter()
            .enumerate()
            .filter_map(|(i, entry)| {
                let left = entry.quantity - self.taken(&entry.id);
                let pieces = match details.get("pieces") {
                    None if left.is_zero() => return None,
                    None => exact(left),
                    Some(pieces) => pieces.get((i + 1).to_string())?.clone(),
                };
                Some(json!({"material_id": self.index.material_ids.get(&entry.sku), "unit_id": super::UNIT_ID,
                    "qty": pieces, "is_free": entry.price.is_zero(), "tax_price": exact(entry.price),
                    "cess": exact(entry.rate), "stock_id": super::STOCK_ID, "src_bill_type_id": Entity::Order.name(),
                    "src_inter_id": order.id, "src_entry_id": entry.id}))
            })
            .collect();
        let audit = details.get("audit").and_then(Value::as_bool).unwrap_or(true);
        let body = json!({"bill_no": form.required_text("number")?, "customer_number": order.customer,
            "bill_date": form.text("date")?.unwrap_or(&order.date), "material_entity": rows,
            "remark": form.text("remark")?.unwrap_or(&order.remark), "operation_key": audit.then_some("audit")});
        self.save_bill(Entity::Outbound, &body, now_ms)
    }

    /// Builds what is known of the forms anew.
    fn note_all(&mut self) {
        (self.index.bills, self.index.bill_ids) = (HashMap::new(), HashMap::new());
        (self.index.taken, self.index.sums) = (HashMap::new(), HashMap::new());
        (0..self.bills.len()).for_each(|i| self.note(i));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{account, form, row, with};
    use super::*;

    const SALE: &str = "sal_bill_order";
    const OUT: &str = "sal_bill_outbound";

    fn operate(account: &mut Account, entity: &str, number: &str, what: &str) -> Result<(), i64> {
        let body = json!({"entity_number": entity, "numbers": [number], "operate_type": what});
        account.operate(&body).map(drop).map_err(|refusal| refusal.code)
    }

    fn ship(account: &mut Account, details: Value) -> Result<(), i64> {
        account.ship(&details, 0).map(drop).map_err(|refusal| refusal.code)
    }

    #[test]
    fn a_form_s_status_says_what_may_be_done_with_it() {
        let (mut account, material) = account();
        let draft = with(form("S1", row(&material)), "operation_key", Value::Null);
        account.save_bill(Entity::Order, &draft, 0).unwrap();
        let refused = Err(1030002006);
        for (what, expected) in
            [("unaudit", refused), ("close_donothing", refused), ("push", refused), ("audit", Ok(()))]
        {
            assert_eq!(operate(&mut account, SALE, "S1", what), expected, "{what}");
        }
        for what in ["audit", "invalid", "delete"] {
            assert_eq!(operate(&mut account, SALE, "S1", what), refused, "{what} of what is in force");
        }
        assert_eq!(operate(&mut account, SALE, "S2", "audit"), Err(1030002003));
        ship(&mut account, json!({"order": "S1", "number": "O1"})).unwrap();
        assert_eq!(operate(&mut account, SALE, "S1", "unaudit"), refused, "an outbound names it");
        operate(&mut account, OUT, "O1", "unaudit").unwrap();
        operate(&mut account, OUT, "O1", "invalid").unwrap();
        assert_eq!(
            ship(&mut account, json!({"order": "S1", "number": "O1"})),
            Err(1030002002),
            "the number stays taken"
        );
        ship(&mut account, json!({"order": "S1", "number": "O2", "pieces": {"1": 1}})).unwrap();
        operate(&mut account, OUT, "O1", "delete").unwrap();
        operate(&mut account, SALE, "S1", "close_donothing").unwrap();
        assert_eq!(ship(&mut account, json!({"order": "S1", "number": "O3"})), refused, "closed");
        let detail = account.bill_detail(Entity::Order, None, Some("S1")).unwrap();
        assert_eq!((detail["bill_status"].as_str(), detail["close_status"].as_str()), (Some("C"), Some("C")));
    }

    #[test]
    fn outbounds_are_listed_page_by_page() {
        let (mut account, material) = account();
        account.save_bill(Entity::Order, &form("S1", row(&material)), 0).unwrap();
        ship(&mut account, json!({"order": "S1", "number": "O1", "pieces": {"1": 1}})).unwrap();
        ship(&mut account, json!({"order": "S1", "number": "O2", "audit": false, "remark": "x", "date": "2024-07-01"}))
            .unwrap();
        let list = |pairs: &[(&str, &'static str)]| {
            let get = |name: &str| pairs.iter().find(|(k, _)| *k == name).map(|(_, v)| *v);
            let data = account.outbounds(&get).unwrap();
            let rows: Vec<String> =
                data["rows"].as_array().unwrap().iter().map(|r| r["bill_no"].as_str().unwrap().to_owned()).collect();
            (data["count"].as_u64().unwrap(), rows.join(" "))
        };
        assert_eq!(list(&[]), (2, "O1 O2".into()));
        assert_eq!(list(&[("page", "2"), ("page_size", "1")]), (2, "O2".into()));
        assert_eq!(list(&[("search", "S1")]), (1, "O1".into()), "its remark names the order");
        assert_eq!(list(&[("start_bill_date", "2024-06-16")]), (1, "O2".into()));
        assert_eq!(list(&[("bill_status", "C")]), (1, "O1".into()));
        assert_eq!(list(&[("customer_id", "7")]), (0, String::new()));
    }
}
