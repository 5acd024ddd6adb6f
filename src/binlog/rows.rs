//! A rows event's images, decoded as far as they are used.
//!
//! Layout (`Rows_log_event`): table id (6), flags (2), from version 2 on extra data with its own length (2), column count,
//! a bitmap of the columns present (two for an update), then the images: a bitmap of NULLs among the present columns, and
//! the values of the others one after another.

use super::codec::{Undecodable, types};
use super::compressed;
use super::cursor::{Cursor, Malformed};
use super::json;
use super::table_map::{Column, Fault, Plan};
use crate::change::{Row, RowChange, Value};

/// What a rows event does to its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Insert,
    Update,
    /// An update whose JSON columns may hold only what has changed in them.
    PartialUpdate,
    Delete,
}

impl Operation {
    fn has_two_images(self) -> bool {
        matches!(self, Operation::Update | Operation::PartialUpdate)
    }
}

/// Unpacks a compressed rows event (MariaDB's `row_log_event_uncompress`): column count and bitmaps stand as they are, what
/// follows is compressed. `body` stands at the column count.
pub(super) fn unpack(mut body: Cursor<'_>, operation: Operation) -> Result<Vec<u8>, Malformed> {
    let whole = body.rest();
    let columns = body.length()?;
    body.take(columns.div_ceil(8))?;
    if operation.has_two_images() {
        body.take(columns.div_ceil(8))?;
    }
    let head = &whole[..whole.len() - body.rest().len()];
    let rows = compressed::event_part(body.rest()).ok_or(Malformed("a compressed rows event"))?;
    Ok([head, &rows].concat())
}

/// Reads the head of a rows event and leaves the cursor at the column count.
pub(super) fn table_id(body: &mut Cursor<'_>, version: u8) -> Result<u64, Malformed> {
    let id = body.le(6)?;
    body.take(2)?;
    if version >= 2 {
        let length = usize::try_from(body.le(2)?).map_err(|_| body.malformed())?;
        body.take(length.checked_sub(2).ok_or(body.malformed())?)?;
    }
    Ok(id)
}

/// What the images of one event may leave out, where nobody needs all columns, in values: a byte could stand for a row of
/// thousands. So many in any case …
const ABSENT_VALUES_MIN: usize = 1 << 22;
/// … and so many a byte of the event.
const ABSENT_VALUES_PER_BYTE: usize = 32;

/// Decodes all rows of the event into `changes`.
pub(super) fn decode(
    mut body: Cursor<'_>,
    operation: Operation,
    plan: &Plan,
    changes: &mut Vec<RowChange>,
) -> Result<(), Fault> {
    let count = body.length()?;
    if count != plan.columns.len() {
        return Err(body.malformed().into());
    }
    let two = operation.has_two_images();
    let mut first = Image::read(&mut body, plan)?;
    let mut second = if two { Some(Image::read(&mut body, plan)?) } else { None };
    first.check(plan)?;
    let mut scratch = Vec::with_capacity(plan.width);
    let absent_in_row = first.absent(plan) + second.as_ref().map_or(0, |second| second.absent(plan));
    let mut may_be_absent = ABSENT_VALUES_MIN + body.rest().len() * ABSENT_VALUES_PER_BYTE;
    while !body.is_empty() {
        may_be_absent = may_be_absent.checked_sub(absent_in_row).ok_or_else(|| {
            Fault::new(
                format!("row images of table `{}` leave out more than can be held at once", plan.name),
                "set binlog_row_image=FULL, or a smaller binlog_row_event_max_size, for what is written from now on",
            )
        })?;
        let before_reading = body.rest().len();
        let row = first.row(&mut body, plan, None, &mut scratch)?;
        let (before, after) = match &mut second {
            Some(second) => {
                let after = second.after(&mut body, plan, (&first, &row), operation, &mut scratch)?;
                (Some(row), Some(after))
            }
            None if operation == Operation::Delete => (Some(row), None),
            None => (None, Some(row)),
        };
        // A row without columns would never end.
        if body.rest().len() == before_reading {
            return Err(body.malformed().into());
        }
        changes.push(RowChange { table: plan.table, before, after });
    }
    Ok(())
}

/// Which columns an image holds, and where the last row's JSON lies.
struct Image<'a> {
    present: &'a [u8],
    /// How many.
    count: usize,
    /// The last row's JSON columns, by place; kept for partial updates.
    json: Vec<(usize, &'a [u8])>,
}

/// The row value option that says that JSON columns may be partial (`enum_row_image_type`, `PARTIAL_JSON_UPDATES`).
const PARTIAL_JSON: u64 = 1;

impl<'a> Image<'a> {
    fn read(body: &mut Cursor<'a>, plan: &Plan) -> Result<Self, Fault> {
        let present = body.take(plan.columns.len().div_ceil(8))?;
        let count = (0..plan.columns.len()).filter(|&i| bit(present, i)).count();
        Ok(Image { present, count, json: Vec::new() })
    }

    /// How many used columns it does not hold.
    fn absent(&self, plan: &Plan) -> usize {
        plan.columns.iter().enumerate().filter(|(i, column)| column.used.is_some() && !bit(self.present, *i)).count()
    }

    /// An image that nothing completes must hold all mapped columns.
    fn check(&self, plan: &Plan) -> Result<(), Fault> {
        let absent = plan.columns.iter().enumerate().find_map(|(i, column)| match &column.used {
            Some(used) if !bit(self.present, i) => Some(used),
            _ => None,
        });
        match absent {
            Some(used) if !plan.lenient => Err(Fault::new(
                format!("a row image of table `{}` lacks the mapped column `{}`", plan.name, used.name),
                "set binlog_row_image=FULL for every session (a session may have set another), and run `ledgertap resync`",
            )),
            _ => Ok(()),
        }
    }

    /// The row after an update. A column that its image does not hold is as it was: servers leave out what has not changed.
    fn after(
        &mut self,
        body: &mut Cursor<'a>,
        plan: &Plan,
        (first, before): (&Image<'a>, &Row),
        operation: Operation,
        scratch: &mut Vec<Value>,
    ) -> Result<Row, Fault> {
        let mut partial: &[u8] = &[];
        if operation == Operation::PartialUpdate && body.lenenc()? & PARTIAL_JSON != 0 {
            partial = body.take(plan.json.div_ceil(8))?;
        }
        let patches = (!partial.is_empty()).then_some((partial, first));
        let row = self.row(body, plan, patches, scratch)?;
        if self.count == plan.columns.len() {
            return Ok(row);
        }
        // What its image does not hold came out as absent, and nothing else does.
        let pairs = row.iter().zip(before.iter());
        Ok(pairs.map(|(after, before)| if *after == Value::Absent { before.clone() } else { after.clone() }).collect())
    }

    /// One row. With `patches` the JSON columns whose bits are set hold what changed since the other image.
    fn row(
        &mut self,
        body: &mut Cursor<'a>,
        plan: &Plan,
        patches: Option<(&[u8], &Image<'a>)>,
        scratch: &mut Vec<Value>,
    ) -> Result<Row, Fault> {
        let nulls = body.take(self.count.div_ceil(8))?;
        scratch.clear();
        scratch.resize(plan.width, Value::Null);
        self.json.clear();
        let (mut nth, mut nth_json) = (0, 0);
        for (i, Column { ty, used }) in plan.columns.iter().enumerate() {
            let is_json = ty.code == types::JSON;
            let patch = patches.filter(|(partial, _)| is_json && bit(partial, nth_json));
            nth_json += usize::from(is_json);
            if !bit(self.present, i) {
                if let Some(used) = used {
                    scratch[used.slot] = Value::Absent;
                }
                continue;
            }
            let null = bit(nulls, nth);
            nth += 1;
            if null {
                continue;
            }
            let bytes = ty.wire.take(body)?;
            let Some(used) = used else { continue };
            let told = |why| undecodable(&plan.name, &used.name, why);
            scratch[used.slot] = match patch {
                None => match used.codec.decode(bytes) {
                    Err(Undecodable::Charset) if !plan.lenient => Value::Garbled(bytes.into()),
                    decoded => decoded.map_err(told)?,
                },
                Some((_, first)) => {
                    let before = first.json.iter().find(|(place, _)| *place == i).map(|(_, bytes)| *bytes);
                    let patched = before.ok_or(Undecodable::Malformed).and_then(|before| json::patch(before, bytes));
                    Value::Text(patched.and_then(|json| json.to_text()).map_err(told)?.into())
                }
            };
            if is_json {
                self.json.push((i, bytes));
            }
        }
        Ok(scratch.drain(..).collect())
    }
}

fn bit(bits: &[u8], i: usize) -> bool {
    bits.get(i / 8).is_some_and(|byte| byte >> (i % 8) & 1 == 1)
}

/// What to say of a value that could not be decoded.
pub(super) fn undecodable(table: &str, column: &str, why: Undecodable) -> Fault {
    let (what, remedy) = match why {
        Undecodable::Charset => {
            ("holds bytes that are not of its charset", "correct the value in the store, and run `ledgertap resync`")
        }
        Undecodable::Label => {
            ("holds a label that it does not have", "run `ledgertap resync`: the table's definition has changed")
        }
        Undecodable::Malformed => ("holds bytes that mean nothing in its type", "please report this server and type"),
    };
    Fault::new(format!("a row of table `{table}`, column `{column}`, {what}"), remedy)
}

#[cfg(test)]
mod tests {
    use super::super::table_map::{name, plan};
    use super::*;
    use crate::change::{ColumnShape, TableShape, TableUse};
    use proptest::prelude::*;

    fn uses(columns: &[&str]) -> TableUse {
        TableUse { table: "t".into(), columns: columns.iter().map(|c| (*c).to_owned()).collect(), key: vec![0] }
    }

    fn shape(columns: &[(&str, &str)]) -> TableShape {
        let column = |(name, ty): &(&str, &str)| ColumnShape {
            collation: None,
            really: None,
            size: vec![],
            nullable: true,
            name: (*name).into(),
            data_type: (*ty).into(),
            unsigned: false,
            charset: matches!(*ty, "varchar" | "mediumtext").then(|| "utf8mb4".into()),
            labels: vec![],
        };
        TableShape {
            unique: Vec::new(),
            table: "t".into(),
            engine: String::new(),
            columns: columns.iter().map(column).collect(),
            key: vec![],
            charset: None,
        }
    }

    /// A table map of `t(id int, gap mediumtext, name varchar(20))` without optional metadata.
    fn map() -> Vec<u8> {
        let mut body = vec![9, 0, 0, 0, 0, 0, 1, 0, 1, b'd', 0, 1, b't', 0, 3, 3, 252, 15];
        body.extend([3, 3, 80, 0, 7]);
        body
    }

    fn planned(uses: &TableUse, shape: Option<&TableShape>) -> Result<Plan, Fault> {
        let body = map();
        let mut cursor = Cursor::new(&body, "a table map");
        name(&mut cursor).unwrap();
        plan(cursor, (0, uses), shape, false)
    }

    const T: [(&str, &str); 3] = [("id", "int"), ("gap", "mediumtext"), ("name", "varchar")];

    #[test]
    fn only_used_columns_are_decoded_and_the_others_are_passed_over() {
        let plan = planned(&uses(&["id", "name"]), Some(&shape(&T))).unwrap();
        let mut body = vec![3, 0b111, 0];
        body.extend([0xff; 4]);
        body.extend([2, 0, 0, b'x', b'y', 6]);
        body.extend("北京".as_bytes());
        let mut changes = vec![];
        decode(Cursor::new(&body, "rows"), Operation::Insert, &plan, &mut changes).unwrap();
        let after: Row = vec![Value::Int(-1), Value::text("北京")].into();
        assert_eq!(changes, [RowChange { table: 0, before: None, after: Some(after) }]);
    }

    #[test]
    fn an_image_without_a_mapped_column_is_refused_with_its_name() {
        let plan = planned(&uses(&["id", "name"]), Some(&shape(&T))).unwrap();
        let fault = decode(Cursor::new(&[3, 0b011, 0, 0], "rows"), Operation::Insert, &plan, &mut vec![]).unwrap_err();
        assert_eq!(fault.what, "a row image of table `t` lacks the mapped column `name`");
    }

    #[test]
    fn a_shape_that_does_not_fit_the_rows_is_refused() {
        let count = planned(&uses(&["id"]), Some(&shape(&T[..2]))).unwrap_err();
        assert_eq!(count.what, "the rows of table `t` have 3 columns and its definition has 2");
        let ty = planned(&uses(&["id"]), Some(&shape(&[T[0], ("gap", "int"), T[2]]))).unwrap_err();
        assert!(ty.what.contains("column `gap` of table `t` is int in its definition"), "{}", ty.what);
        let gone = planned(&uses(&["id", "price"]), Some(&shape(&T))).unwrap_err();
        assert!(gone.what.contains("no longer have the column `price`"), "{}", gone.what);
        assert!(planned(&uses(&["id"]), None).is_err());
    }

    #[test]
    fn broken_text_is_kept_and_where_tables_are_read_named() {
        let mut plan = planned(&uses(&["name"]), Some(&shape(&T))).unwrap();
        let body = [3, 0b111, 0b11, 1, 0xff];
        let mut changes = Vec::new();
        decode(Cursor::new(&body, "rows"), Operation::Insert, &plan, &mut changes).unwrap();
        assert_eq!(changes[0].after.as_deref(), Some([Value::Garbled(vec![0xff].into())].as_slice()));
        plan.lenient = true;
        let fault = decode(Cursor::new(&body, "rows"), Operation::Insert, &plan, &mut vec![]).unwrap_err();
        assert_eq!(fault.what, "a row of table `t`, column `name`, holds bytes that are not of its charset");
    }

    proptest! {
        #[test]
        fn arbitrary_rows_never_panic(body in proptest::collection::vec(any::<u8>(), 0..200), version in 1u8..3) {
            let plan = planned(&uses(&["gap", "id", "name"]), Some(&shape(&T))).unwrap();
            for operation in [Operation::Insert, Operation::Update, Operation::Delete] {
                let mut cursor = Cursor::new(&body, "rows");
                let _ = table_id(&mut cursor, version);
                let _ = decode(cursor, operation, &plan, &mut vec![]);
            }
        }

        #[test]
        fn arbitrary_table_maps_never_panic(
            types in proptest::collection::vec(any::<u8>(), 0..12),
            tail in proptest::collection::vec(any::<u8>(), 0..120),
            rows in proptest::collection::vec(any::<u8>(), 0..120),
        ) {
            let mut body = vec![u8::try_from(types.len()).unwrap()];
            body.extend(&types);
            body.extend(&tail);
            let columns: Vec<(String, &str)> = (0..types.len()).map(|i| (format!("c{i}"), "unknown")).collect();
            let columns: Vec<(&str, &str)> = columns.iter().map(|(n, t)| (n.as_str(), *t)).collect();
            let names: Vec<&str> = columns.iter().map(|c| c.0).collect();
            if let Ok(plan) = plan(Cursor::new(&body, "map"), (0, &uses(&names)), Some(&shape(&columns)), false) {
                let mut image = vec![u8::try_from(types.len()).unwrap()];
                image.extend(&rows);
                let _ = decode(Cursor::new(&image, "rows"), Operation::Update, &plan, &mut vec![]);
            }
        }
    }
}
