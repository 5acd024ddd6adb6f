//! The import (`load` of every model): rows of texts become records, created under their external ids or changed; all or none.
//!
//! `field` is a value, or the name of a reference; `field/id` a reference by external id, `field/.id` by id; `lines/field` a
//! column of lines, which stand in the record's own row and in those below it that have nothing else. Whatever is wrong with the
//! content is said in the result; a column that is no field is a `KeyError`, or in 19 a `ValueError`.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::base::{Base, Values};
use super::raised::Raised;
use super::schema::{Field, Type};

/// A column: the way to its field.
type Column = Vec<String>;

/// What is wrong, and with which field.
struct Flaw {
    field: Option<&'static str>,
    text: String,
}

impl Base {
    /// Imports; the ids, or what it has against it.
    pub(super) fn load(&mut self, model: &str, fields: &Value, data: &Value) -> Result<Value, Raised> {
        let name = self.model(model)?.name;
        let texts = |list: &Value| -> Option<Vec<String>> {
            list.as_array()?
                .iter()
                .map(|cell| if *cell == false { Some(String::new()) } else { Some(cell.as_str()?.to_owned()) })
                .collect()
        };
        let wrong = || Raised::kind("load() takes a list of names and a list of rows of texts");
        let columns: Vec<Column> =
            texts(fields).ok_or_else(wrong)?.iter().map(|path| path.split('/').map(str::to_owned).collect()).collect();
        let rows: Vec<Vec<String>> =
            data.as_array().ok_or_else(wrong)?.iter().map(texts).collect::<Option<_>>().ok_or_else(wrong)?;
        if rows.iter().any(|row| row.len() != columns.len()) {
            return Err(Raised::value("a row has not as many cells as there are fields"));
        }
        self.check_columns(name, &columns)?;
        let (mut ids, mut messages) = (Vec::new(), Vec::new());
        for (index, record) in self.split(name, &columns, &rows).into_iter().enumerate() {
            match self.load_one(name, &columns, &record) {
                Ok(id) => ids.push(id),
                Err(Flaw { field, text }) => messages.push(json!({
                    "type": "error", "message": text, "record": index, "field": field,
                    "rows": {"from": index, "to": index + record.len() - 1},
                })),
            }
        }
        if !messages.is_empty() {
            self.records.roll_back();
            self.rejected += 1;
            return Ok(json!({"ids": false, "messages": messages, "nextrow": 0}));
        }
        Ok(json!({"ids": ids, "messages": [], "nextrow": 0}))
    }

    fn check_columns(&self, model: &'static str, columns: &[Column]) -> Result<(), Raised> {
        for column in columns {
            let mut at = model;
            for (depth, part) in column.iter().enumerate() {
                if part == "id" || (part == ".id" && depth > 0) {
                    continue;
                }
                let field = self.model(at)?.field(part).ok_or_else(|| self.no_column(part))?;
                if let Type::One(to) | Type::Children(to, _) | Type::Many(to) = field.holds {
                    at = to;
                }
            }
        }
        Ok(())
    }

    fn no_column(&self, name: &str) -> Raised {
        if self.schema.series >= 19 { Raised::value(format!("Invalid field name '{name}'")) } else { Raised::key(name) }
    }

    fn is_lines(&self, model: &str, column: &Column) -> bool {
        let field = self.schema.model(model).and_then(|model| model.field(&column[0]));
        matches!(field.map(|field| field.holds), Some(Type::Children(..)))
    }

    /// The rows of each record: a row without a value of the record's own belongs to the one above.
    fn split(&self, model: &str, columns: &[Column], rows: &[Vec<String>]) -> Vec<Vec<Vec<String>>> {
        let mut records: Vec<Vec<Vec<String>>> = Vec::new();
        for row in rows {
            let own = columns.iter().zip(row).any(|(column, cell)| !self.is_lines(model, column) && !cell.is_empty());
            match records.last_mut().filter(|_| !own) {
                Some(last) => last.push(row.clone()),
                None => records.push(vec![row.clone()]),
            }
        }
        records
    }

    fn load_one(&mut self, model: &'static str, columns: &[Column], rows: &[Vec<String>]) -> Result<i64, Flaw> {
        let values = self.values(model, columns, rows)?;
        let raised = |raised: Raised| Flaw {
            field: None,
            text: match raised.class.strip_prefix("builtins.") {
                Some(class) => format!("Unknown error during import: <class '{class}'>: {}", raised.text),
                None => raised.text,
            },
        };
        let external = values.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        match self.named(&external) {
            Some((_, of, id)) if of == model && self.records.get(model, id).is_some() => {
                self.write(model, &[id], &values).map_err(raised)?;
                Ok(id)
            }
            // It was deleted, and the name with it; or it is another's.
            Some((_, of, _)) => {
                let text = format!("The external id {external} is of a {of}, and not of a {model}");
                Err(Flaw { field: Some("id"), text })
            }
            None => self.create(model, &values).map_err(raised),
        }
    }

    /// A record's own columns, and its lines as commands.
    fn values(&mut self, model: &'static str, columns: &[Column], rows: &[Vec<String>]) -> Result<Values, Flaw> {
        let mut values = Map::new();
        for (index, column) in columns.iter().enumerate() {
            let cell = rows[0][index].as_str();
            if column[0] == "id" {
                if !cell.is_empty() {
                    values.insert("id".into(), json!(cell));
                }
                continue;
            }
            let field = self.schema.model(model).and_then(|model| model.field(&column[0])).copied();
            let field = field.ok_or_else(|| Flaw { field: None, text: format!("no field {}", column[0]) })?;
            match field.holds {
                Type::Children(of, _) if !values.contains_key(field.name) => {
                    let lines = self.lines(model, of, field.name, columns, rows)?;
                    values.insert(field.name.into(), lines);
                }
                Type::Children(..) => {}
                _ => {
                    let value = self.converted(&field, &column[1..], cell);
                    values.insert(field.name.into(), value.map_err(|text| Flaw { field: Some(field.name), text })?);
                }
            }
        }
        Ok(values)
    }

    fn lines(
        &mut self,
        model: &'static str,
        of: &'static str,
        list: &'static str,
        columns: &[Column],
        rows: &[Vec<String>],
    ) -> Result<Value, Flaw> {
        let own: Vec<usize> = (0..columns.len()).filter(|i| columns[*i][0] == list && columns[*i].len() > 1).collect();
        let of_lines: Vec<Column> = own.iter().map(|i| columns[*i][1..].to_vec()).collect();
        let mut commands = Vec::new();
        for row in rows {
            let cells: Vec<String> = own.iter().map(|i| row[*i].clone()).collect();
            if cells.iter().all(String::is_empty) {
                continue;
            }
            let mut values = self.values(of, &of_lines, &[cells])?;
            let external = values.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            // In 14 a move's lines lose their external ids on the way.
            let is_lost = model == "account.move" && self.schema.series < 19;
            if is_lost {
                values.remove("id");
            }
            commands.push(match self.named(&external) {
                Some((_, named, id)) if named == of && !is_lost => json!([1, id, values]),
                Some(_) | None => json!([0, 0, values]),
            });
        }
        Ok(Value::Array(commands))
    }

    /// A cell as the field takes it.
    fn converted(&self, field: &Field, way: &[String], cell: &str) -> Result<Value, String> {
        if cell.is_empty() {
            return Ok(json!(false));
        }
        let label = field.label;
        match field.holds {
            Type::Char | Type::Text | Type::Html => Ok(json!(cell)),
            Type::Flag => match cell.to_lowercase().as_str() {
                "1" | "true" | "yes" => Ok(json!(true)),
                "0" | "false" | "no" => Ok(json!(false)),
                _ => Err(format!("Unknown value '{cell}' for boolean field '{label}'")),
            },
            Type::Int => cell
                .parse::<i64>()
                .map(|number| json!(number))
                .map_err(|_| format!("'{cell}' does not seem to be an integer for field '{label}'")),
            Type::Float(_) | Type::Exact | Type::Money => {
                let number =
                    cell.parse::<Decimal>().ok().and_then(|number| serde_json::from_str(&number.to_string()).ok());
                number.ok_or_else(|| format!("'{cell}' does not seem to be a number for field '{label}'"))
            }
            Type::Day => match cell.parse::<jiff::civil::Date>() {
                Ok(day) => Ok(json!(day.to_string())),
                Err(_) => Err(format!("'{cell}' does not seem to be a valid date for field '{label}'")),
            },
            Type::Moment => match jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", cell) {
                Ok(_) => Ok(json!(cell)),
                Err(_) => Err(format!("'{cell}' does not seem to be a valid datetime for field '{label}'")),
            },
            Type::Choice(choices) => match choices.contains(&cell) {
                true => Ok(json!(cell)),
                false => Err(format!("Value '{cell}' not found in selection field '{label}'")),
            },
            Type::One(to) => self.reference(to, label, way, cell).map(|id| json!(id)),
            Type::Many(to) => {
                let ids = cell.split(',').map(|cell| self.reference(to, label, way, cell.trim()));
                Ok(json!([[6, 0, ids.collect::<Result<Vec<_>, _>>()?]]))
            }
            Type::Children(..) => Err(format!("'{cell}' is no line for field '{label}'")),
        }
    }

    fn reference(&self, to: &str, label: &str, way: &[String], cell: &str) -> Result<i64, String> {
        let (kind, found) = match way.first().map(String::as_str) {
            Some(".id") => ("database id", cell.parse().ok().filter(|id| self.records.get(to, *id).is_some())),
            Some("id") => ("external id", self.named(cell).filter(|(_, of, _)| of == to).map(|(_, _, id)| id)),
            _ => ("name", self.records.all(to).find(|(id, _)| self.name_of(to, *id) == cell).map(|(id, _)| id)),
        };
        found.ok_or_else(|| format!("No matching record found for {kind} '{cell}' in field '{label}'"))
    }
}
