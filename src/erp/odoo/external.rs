//! Which records our external ids stand for.
//!
//! They are in a table of the ERP's (`ir.model.data`), where one request finds any number of them. In 19 only who administers its
//! users may read that, and a bridge is no such user; what is left to everyone are two methods: `check_object_reference`, for one
//! external id, and `get_metadata`, for those of records that one can see. Of a server that refuses the table once nothing is asked of it
//! again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::account::{done, failed, search};
use super::classify::{Answer, NOT_NAMED};
use super::read::{id, ids};
use super::transport::{Call, Transport};
use crate::erp::failure::{garbled, rejected};
use crate::erp::{Verdict, bounds};

const TABLE: &str = "ir.model.data";

/// Records by the names of their external ids: model and id.
pub(super) type Named = BTreeMap<String, (String, i64)>;

/// The external ids of one module.
pub(super) struct External {
    module: String,
    /// Whether the table has been refused.
    hidden: AtomicBool,
}

impl External {
    pub(super) fn new(module: String) -> External {
        External { module, hidden: AtomicBool::new(false) }
    }

    /// The records of these names; who has none is not among them.
    pub(super) async fn find(&self, transport: &Transport, names: &[String]) -> Result<Named, Verdict> {
        match self.in_table(transport, names).await? {
            Some(found) => Ok(found),
            None => self.one_by_one(transport, names).await,
        }
    }

    /// The lines of these names, which are of orders that have the names `orders`; `known` may have some of those already.
    pub(super) async fn find_lines(
        &self,
        transport: &Transport,
        names: &[String],
        orders: &[String],
        known: &Named,
    ) -> Result<Named, Verdict> {
        if let Some(found) = self.in_table(transport, names).await? {
            return Ok(found);
        }
        let (there, wanted): (Vec<_>, Vec<_>) = orders.iter().cloned().partition(|order| known.contains_key(order));
        let found = self.one_by_one(transport, &wanted).await?;
        let ids_of_orders: Vec<i64> =
            found.into_values().chain(there.iter().map(|order| known[order].clone())).map(|(_, id)| id).collect();
        let what = "to read the lines of orders";
        let call = Call::on("sale.order", "read", ids_of_orders, vec![("fields", json!(["order_line"]))]);
        let orders = done(what, transport.read(call).await)?;
        let lines: Vec<i64> =
            orders.as_array().into_iter().flatten().flat_map(|order| ids(&order["order_line"])).collect();
        let about = done(what, transport.read(Call::on("sale.order.line", "get_metadata", lines, vec![])).await)?;
        let mut found = self.of_records("sale.order.line", &about).map_err(|e| garbled(what, &e))?;
        found.retain(|name, _| names.contains(name));
        Ok(found)
    }

    /// `None` where it may not be read.
    async fn in_table(&self, transport: &Transport, names: &[String]) -> Result<Option<Named>, Verdict> {
        if self.hidden.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let domain = json!([["module", "=", self.module], ["name", "in", names]]);
        let records = match search(transport, TABLE, domain, &["name", "model", "res_id"]).await {
            Ok(records) => records,
            Err(Verdict::Rejected { .. }) => {
                self.hidden.store(true, Ordering::Relaxed);
                return Ok(None);
            }
            Err(other) => return Err(other),
        };
        let named = |record: &Value| {
            let (name, model) = (record["name"].as_str()?.to_owned(), record["model"].as_str()?.to_owned());
            Some((name, (model, record["res_id"].as_i64()?)))
        };
        Ok(Some(records.iter().filter_map(named).collect()))
    }

    async fn one_by_one(&self, transport: &Transport, names: &[String]) -> Result<Named, Verdict> {
        let what = "to look for an external id";
        let mut found = Named::new();
        for name in names {
            let parameters = vec![("module", json!(self.module)), ("xml_id", json!(name))];
            match transport.read(Call::on_model(TABLE, "check_object_reference", parameters)).await {
                Answer::Refused(text) if text.starts_with(NOT_NAMED) => {}
                Answer::Done(reference) => match (reference[0].as_str(), reference[1].as_i64()) {
                    (Some(model), Some(id)) => drop(found.insert(name.clone(), (model.to_owned(), id))),
                    (Some(model), None) => {
                        bounds::may_be_there();
                        return Err(rejected(format!(
                            "the external id {}.{name} is of a {model} that is archived, or that the bridge's user does not see: \
                             restore it, or give the right",
                            self.module
                        )));
                    }
                    (None, _) => return Err(garbled(what, "no model in the answer")),
                },
                answer => return Err(failed(what, answer)),
            }
        }
        Ok(found)
    }

    /// Ours among what is said of records: all their external ids, or where the series says no more, one.
    fn of_records(&self, model: &str, about: &Value) -> Result<Named, String> {
        let mut found = Named::new();
        for record in about.as_array().ok_or("no list in the answer")? {
            let all = record["xmlids"].as_array().map_or(std::slice::from_ref(record), Vec::as_slice);
            for external in all.iter().filter_map(|one| one["xmlid"].as_str()) {
                if let Some((module, name)) = external.split_once('.')
                    && module == self.module
                {
                    found.insert(name.to_owned(), (model.to_owned(), id(record)?));
                }
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_is_said_of_records_ours_is_taken() {
        let about = json!([
            {"id": 7, "xmlid": "__export__.x", "xmlids": [{"xmlid": "__export__.x"}, {"xmlid": "ledgertap.line-1-1-S1"}]},
            {"id": 8, "xmlid": false, "xmlids": []},
            {"id": 9, "xmlid": "ledgertap.line-2-1-S1"},
        ]);
        let found = External::new("ledgertap".into()).of_records("sale.order.line", &about).unwrap();
        let line = |id: i64| ("sale.order.line".to_owned(), id);
        assert_eq!(found, Named::from([("line-1-1-S1".into(), line(7)), ("line-2-1-S1".into(), line(9))]));
        assert!(External::new("ledgertap".into()).of_records("x", &Value::Null).is_err());
    }
}
