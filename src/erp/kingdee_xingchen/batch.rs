//! What the answer to a batch says of each of its forms.
//!
//! The vendor describes rows with `index`, `id`, `number`, `success` and `errors`. A form's number is ours and unique, so a row
//! that names one is about that form, wherever it stands; only a row without a number is taken by its place. What a row
//! says is never the last word: a form that was saved is read back by its number, and one that was not is saved by itself,
//! which is refused as a duplicate where it was there after all.

use serde_json::{Value, json};

use super::classify::Answer;
use crate::erp::Failure;

/// An answer for each number; `None` where the form was certainly not saved.
pub(super) fn answers(data: &Value, numbers: &[Value]) -> Vec<Option<Answer>> {
    let rows = data.get("rows").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    numbers.iter().enumerate().map(|(index, number)| answer(rows, index, number)).collect()
}

fn answer(rows: &[Value], index: usize, number: &Value) -> Option<Answer> {
    let named: Vec<&Value> = rows.iter().filter(|row| row.get("number") == Some(number)).collect();
    let placed = |row: &&Value| is_unnamed(row) && row.get("index").and_then(Value::as_u64) == Some(index as u64);
    let row = match named[..] {
        [row] => row,
        [] => match rows.iter().filter(placed).collect::<Vec<_>>()[..] {
            [row] => row,
            _ => return unclear(),
        },
        _ => return unclear(),
    };
    match row.get("success").and_then(Value::as_bool) {
        Some(true) => Some(Answer::Done(json!({"ids": [row.get("id")]}))),
        Some(false) => None,
        None => unclear(),
    }
}

fn is_unnamed(row: &Value) -> bool {
    match row.get("number") {
        None | Some(Value::Null) => true,
        Some(Value::String(number)) => number.is_empty(),
        Some(_) => false,
    }
}

fn unclear() -> Option<Answer> {
    let reason = "the answer to a batch does not say whether it was saved".to_owned();
    Some(Answer::Failure(Failure::Unknown(reason)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: Value, numbers: &[&str]) -> Vec<&'static str> {
        let numbers: Vec<Value> = numbers.iter().map(|n| (*n).into()).collect();
        let name = |answer: &Option<Answer>| match answer {
            Some(Answer::Done(_)) => "saved",
            None => "not saved",
            Some(Answer::Failure(Failure::Unknown(_))) => "unclear",
            Some(other) => panic!("{other:?}"),
        };
        answers(&json!({ "rows": rows }), &numbers).iter().map(name).collect()
    }

    #[test]
    fn a_batch_answers_row_by_row() {
        let rows = json!([
            {"index": 0, "id": "7", "number": "S1-CK", "success": true, "errors": []},
            {"index": 1, "id": null, "number": "S2-CK", "success": false, "errors": [{"code": 1030002002}]},
            {"index": 2, "number": "S3-CK"},
        ]);
        assert_eq!(
            of(rows, &["S1-CK", "S2-CK", "S3-CK", "S4-CK"]),
            ["saved", "not saved", "unclear", "unclear"],
            "one that says nothing, and one that is missing"
        );
    }

    #[test]
    fn a_number_is_believed_and_a_place_only_without_one() {
        let swapped = json!([
            {"index": 0, "id": "8", "number": "S2-CK", "success": true},
            {"index": 1, "id": null, "number": "S1-CK", "success": false},
        ]);
        assert_eq!(of(swapped, &["S1-CK", "S2-CK"]), ["not saved", "saved"]);
        let unnamed = json!([
            {"index": 0, "id": "7", "number": "S1-CK", "success": true},
            {"index": 1, "id": null, "number": null, "success": false},
            {"index": 2, "id": null, "number": "", "success": false},
        ]);
        assert_eq!(of(unnamed, &["S1-CK", "S2-CK", "S3-CK"]), ["saved", "not saved", "not saved"]);
        let elsewhere = json!([{"index": 9, "success": true}, {"index": 1, "number": "other", "success": true}]);
        assert_eq!(of(elsewhere, &["S1-CK", "S2-CK"]), ["unclear", "unclear"]);
    }

    #[test]
    fn two_rows_for_one_form_and_no_rows_at_all_are_unclear() {
        let twice = json!([{"number": "S1-CK", "success": true}, {"number": "S1-CK", "success": false}]);
        assert_eq!(of(twice, &["S1-CK"]), ["unclear"]);
        for data in [Value::Null, json!({}), json!([]), json!({"rows": {}})] {
            let said = answers(&data, &["S1-CK".into()]);
            assert!(matches!(said[..], [Some(Answer::Failure(Failure::Unknown(_)))]), "{data}");
        }
    }
}
