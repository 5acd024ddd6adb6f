//! `ExecuteBillQuery`: which rows, and which of their fields.
//!
//! A filter is read as far as clients here write it: `key='text'`, `key=7` and `key in ('a','b')`, joined by `and`. Keys go by their
//! letters without regard to case.

use std::collections::BTreeMap;

use serde_json::Value;

use super::form::Refusal;

/// The most rows that a query may ask for.
const LIMIT_MAX: u64 = 2000;

/// A row by its keys, in lower case.
pub(super) type Row = BTreeMap<String, Value>;

/// What is asked.
pub(super) struct Query {
    pub form: String,
    keys: Vec<String>,
    filter: Vec<(String, Vec<String>)>,
    order: Option<String>,
    limit: usize,
}

impl Query {
    pub(super) fn read(body: &Value) -> Result<Query, Refusal> {
        let data = body["data"].as_object().ok_or_else(|| Refusal::parameter("data is missing"))?;
        let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default();
        let keys: Vec<String> = text("FieldKeys").split(',').map(|key| key.trim().to_ascii_lowercase()).collect();
        if text("FormId").is_empty() || keys.iter().any(String::is_empty) {
            return Err(Refusal::parameter("FormId and FieldKeys must be texts"));
        }
        let limit = data.get("Limit").and_then(Value::as_u64).unwrap_or_default();
        if limit == 0 || limit > LIMIT_MAX {
            return Err(Refusal::parameter(format!("Limit must be 1 to {LIMIT_MAX}")));
        }
        Ok(Query {
            form: text("FormId").to_owned(),
            keys,
            filter: filter(text("FilterString"))?,
            order: Some(text("OrderString").trim().to_ascii_lowercase()).filter(|key| !key.is_empty()),
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
        })
    }

    /// The one text that a key must have, if the filter says one.
    pub(super) fn wanted(&self, key: &str) -> Option<&str> {
        let key = key.to_ascii_lowercase();
        let found = self.filter.iter().find(|(name, values)| *name == key && values.len() == 1);
        found.map(|(_, values)| values[0].as_str())
    }

    /// The texts that a key may have.
    pub(super) fn any_of(&self, key: &str) -> &[String] {
        let key = key.to_ascii_lowercase();
        self.filter.iter().find(|(name, _)| *name == key).map_or(&[], |(_, values)| values.as_slice())
    }

    /// The answer over rows that have these keys.
    pub(super) fn answer(&self, known: &[&str], rows: Vec<Row>) -> Result<Value, Refusal> {
        let is_known = |key: &str| known.iter().any(|name| name.eq_ignore_ascii_case(key));
        let named = self.keys.iter().chain(self.filter.iter().map(|(key, _)| key)).chain(&self.order);
        if let Some(key) = named.into_iter().find(|key| !is_known(key)) {
            return Err(Refusal::parameter(format!("字段{key}不存在")));
        }
        let field = |row: &Row, key: &str| row.get(key).cloned().unwrap_or(Value::Null);
        let mut rows: Vec<Row> = rows
            .into_iter()
            .filter(|row| self.filter.iter().all(|(key, values)| values.contains(&plain(&field(row, key)))))
            .collect();
        if let Some(key) = &self.order {
            rows.sort_by_key(|row| field(row, key).as_u64());
        }
        let answer = |row: &Row| self.keys.iter().map(|key| field(row, key)).collect::<Value>();
        Ok(rows.iter().take(self.limit).map(answer).collect())
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Keys, and the texts that each may have.
fn filter(text: &str) -> Result<Vec<(String, Vec<String>)>, Refusal> {
    let wrong = || Refusal::parameter(format!("the filter is not understood: {text}"));
    let mut conditions = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '_').ok_or_else(wrong)?;
        let (key, after) = rest.split_at(end);
        let after = after.trim_start();
        let (values, after) = if let Some(after) = after.strip_prefix('=') {
            let (value, after) = value(after).ok_or_else(wrong)?;
            (vec![value], after)
        } else {
            let after = after.strip_prefix("in").map(str::trim_start).and_then(|after| after.strip_prefix('('));
            list(after.ok_or_else(wrong)?).ok_or_else(wrong)?
        };
        conditions.push((key.to_ascii_lowercase(), values));
        rest = after.trim_start();
        match rest.strip_prefix("and ") {
            Some(more) => rest = more.trim_start(),
            None if rest.is_empty() => {}
            None => return Err(wrong()),
        }
    }
    Ok(conditions)
}

fn list(text: &str) -> Option<(Vec<String>, &str)> {
    let mut values = Vec::new();
    let mut rest = text;
    loop {
        let (value, after) = value(rest)?;
        values.push(value);
        let after = after.trim_start();
        match after.strip_prefix(')') {
            Some(after) => return Some((values, after)),
            None => rest = after.strip_prefix(',')?,
        }
    }
}

/// A text in quotes, or a number.
fn value(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start();
    let Some(quoted) = text.strip_prefix('\'') else {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        return (end > 0).then(|| (text[..end].to_owned(), &text[end..]));
    };
    let mut value = String::new();
    let mut rest = quoted;
    loop {
        let end = rest.find('\'')?;
        value.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(more) => {
                value.push('\'');
                rest = more;
            }
            None => return Some((value, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn filters_are_read() {
        let read = filter("FUseOrgId.FNumber='100' and FNumber in ('A','it''s 茶',7) and FID=7").unwrap();
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let expected = [
            ("fuseorgid.fnumber", texts(&["100"])),
            ("fnumber", texts(&["A", "it's 茶", "7"])),
            ("fid", texts(&["7"])),
        ];
        assert_eq!(read, expected.map(|(key, values)| (key.to_owned(), values)));
        assert_eq!(filter(""), Ok(vec![]));
        for wrong in ["FID", "FID=", "FID='x", "FID=1 or FID=2", "FID in ('a'", "FID='a' b='c'"] {
            assert!(filter(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rows_are_chosen_ordered_and_cut() {
        let row = |id: u64, number: &str| Row::from([("fid".into(), json!(id)), ("fbillno".into(), json!(number))]);
        let rows = vec![row(2, "a"), row(1, "a"), row(3, "b")];
        let ask = |keys: &str, filter: &str, limit: u64| {
            let body = json!({"data": {"FormId": "X", "FieldKeys": keys, "FilterString": filter, "OrderString": "FID", "Limit": limit}});
            Query::read(&body).and_then(|query| query.answer(&["FID", "FBillNo"], rows.clone()))
        };
        assert_eq!(ask("FBillNo,fid", "FBillNo='a'", 9).unwrap(), json!([["a", 1], ["a", 2]]));
        assert_eq!(ask("FID", "", 1).unwrap(), json!([[1]]));
        assert_eq!(ask("FID", "FBillNo=' '", 1).unwrap(), json!([]));
        assert!(ask("FName", "", 1).unwrap_err().text.contains("fname"));
        assert!(ask("FID", "", 2001).is_err() && ask("", "", 1).is_err());
    }
}
