//! External ids: the keys that the ERP holds unique (`ir.model.data`, module and name), made of our numbers.

use crate::erp::priced::Entry;

/// The customer's record.
pub(super) fn partner(number: &str) -> String {
    format!("partner-{}", encoded(number))
}

/// The order of a sales order or a debit note.
pub(super) fn order(number: &str) -> String {
    format!("order-{}", encoded(number))
}

/// The invoice of such an order.
pub(super) fn invoice(number: &str) -> String {
    format!("invoice-{}", encoded(number))
}

/// The credit note.
pub(super) fn refund(number: &str) -> String {
    format!("refund-{}", encoded(number))
}

/// A line of an order.
pub(super) fn line(document: &str, line: u32, part: u32) -> String {
    format!("line-{line}-{part}-{}", encoded(document))
}

/// The line of the order of a document that an entry is.
pub(super) fn line_of(document: &str, entry: &Entry) -> String {
    line(document, entry.line, entry.part)
}

/// Letters, digits and `-` as they are, any other byte as `_` and its hex digits: two numbers never have the same key.
fn encoded(number: &str) -> String {
    let mut text = String::with_capacity(number.len());
    for byte in number.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => text.push(char::from(byte)),
            other => text.push_str(&format!("_{other:02x}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_numbers_never_have_the_same_key() {
        assert_eq!(order("S1-CN1"), "order-S1-CN1");
        assert_eq!(partner("a.b_c 王"), "partner-a_2eb_5fc_20_e7_8e_8b");
        assert_eq!(line("S1-2", 3, 1), "line-3-1-S1-2");
        assert_ne!(encoded("a_2e"), encoded("a."));
    }
}
