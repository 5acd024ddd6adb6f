//! A record with its lines as the rows that `load` takes.
//!
//! `load(fields, data)` is the ERP's own import: it creates the record of an external id or changes the one that has it, all or
//! nothing. Its cells are texts, so that each digit of a number arrives; `partner_id/.id` is a reference by id; lines of a record
//! are rows of which only the first holds the record's own fields, in columns `order_line/…`.

use serde_json::{Map, Value, json};

use super::transport::Parameters;

/// The parameters of `load` for one record.
///
/// # Errors
/// A sentence about the field that is neither a value nor a list of lines.
pub(super) fn load(record: &Value) -> Result<Parameters, String> {
    let record = record.as_object().ok_or("the body is no object")?;
    let (mut fields, mut first) = (Vec::new(), Vec::new());
    let mut lines = None;
    for (name, value) in record {
        match value {
            Value::Array(list) if lines.is_none() => lines = Some((name, list)),
            value => {
                fields.push(name.clone());
                first.push(cell(name, value)?);
            }
        }
    }
    let Some((list, lines)) = lines else { return Ok(vec![("fields", json!(fields)), ("data", json!([first]))]) };
    let lines: Vec<&Map<String, Value>> = lines
        .iter()
        .map(|line| line.as_object().ok_or_else(|| format!("{list}: a line is no object")))
        .collect::<Result<_, _>>()?;
    let mut columns: Vec<&String> = Vec::new();
    for name in lines.iter().flat_map(|line| line.keys()) {
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
    let mut data = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        let mut row = if index == 0 { first.clone() } else { vec![String::new(); first.len()] };
        for name in &columns {
            row.push(line.get(*name).map_or(Ok(String::new()), |value| cell(name, value))?);
        }
        data.push(row);
    }
    fields.extend(columns.into_iter().map(|name| format!("{list}/{name}")));
    Ok(vec![("fields", json!(fields)), ("data", json!(data))])
}

fn cell(name: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::Null => Ok(String::new()),
        Value::Bool(is) => Ok(if *is { "1" } else { "0" }.into()),
        Value::Number(number) => Ok(number.to_string()),
        Value::String(text) => Ok(text.clone()),
        Value::Array(_) | Value::Object(_) => {
            Err(format!("{name}: a field is a text, a number, true or false; one list of lines may stand beside them"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_rows() {
        let record = json!({"id": "m.order-1", "ok": true, "order_line": [
            {"name": "a", "price_unit": serde_json::from_str::<Value>("33.3300").unwrap()}, {"name": "b", "tax_id/.id": 3},
        ]});
        let table = load(&record).unwrap();
        let fields = json!(["id", "ok", "order_line/name", "order_line/price_unit", "order_line/tax_id/.id"]);
        assert_eq!(table[0], ("fields", fields));
        let rows = json!([["m.order-1", "1", "a", "33.3300", ""], ["", "", "b", "", "3"]]);
        assert_eq!(table[1], ("data", rows));
        assert_eq!(load(&json!({"id": "x"})).unwrap()[1], ("data", json!([["x"]])));
    }

    #[test]
    fn what_has_no_cell_is_refused() {
        assert!(load(&json!({"a": [{"b": {}}]})).unwrap_err().starts_with("b: "));
        assert!(load(&json!({"a": [], "b": []})).unwrap_err().starts_with("b: "));
        assert!(load(&json!({"a": [1]})).unwrap_err().contains("no object"));
        assert!(load(&json!([])).is_err());
    }
}
