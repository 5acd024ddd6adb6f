//! The books as a page, for who tries things out.

use std::fmt::Write as _;

use super::books::{Booked, Books};

/// Writes the page; everything that came from a client is escaped.
pub(super) fn page(kind: &str, books: &Books) -> String {
    let mut rows = String::new();
    for document in &books.documents {
        row(&mut rows, document).expect("a text takes what is written to it");
    }
    let faults: Vec<String> = books.faults.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let faults = if faults.is_empty() { "none".to_owned() } else { faults.join(", ") };
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Sandbox {kind}</title><style>\
         body{{font:15px system-ui,sans-serif;margin:2rem;color:#222}}table{{border-collapse:collapse}}\
         td,th{{padding:.25rem .75rem;border-bottom:1px solid #ddd;text-align:left;vertical-align:top}}\
         .n{{text-align:right;font-variant-numeric:tabular-nums}}small{{color:#666}}</style></head><body>\
         <h1>The books of a sandbox: {kind}</h1>\
         <p>{} documents, {} doubled; {} creates refused because the number was there, {} for other reasons; {} requests; \
         faults: {}. <a href=\"/books\">As JSON</a></p>\
         <table><tr><th>Arrival</th><th>Kind</th><th>Number</th><th>Order</th><th>Original</th><th>Lines</th>\
         <th class=\"n\">Net</th><th class=\"n\">Tax</th><th class=\"n\">Total</th></tr>{rows}</table></body></html>\n",
        books.documents.len(),
        books.duplicates,
        books.refused_duplicates,
        books.rejected,
        books.requests,
        escaped(&faults),
    )
}

fn row(out: &mut String, document: &Booked) -> std::fmt::Result {
    let or_dash = |text: &Option<String>| escaped(text.as_deref().unwrap_or("–"));
    let lines: Vec<String> = document
        .lines
        .iter()
        .map(|line| format!("{} × {} <small>{}</small>", line.quantity, escaped(&line.sku), line.amount))
        .collect();
    let state = if document.audited { "" } else { " <small>draft</small>" };
    let reason = document.reason.as_deref().map(|reason| format!(" <small>{}</small>", escaped(reason)));
    write!(
        out,
        "<tr><td>{}</td><td>{}{}{state}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td>\
         <td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
        document.arrival,
        escaped(&document.kind),
        reason.unwrap_or_default(),
        escaped(&document.number),
        or_dash(&document.reference),
        or_dash(&document.original),
        lines.join("<br>"),
        document.net,
        document.tax,
        document.total,
    )
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_wrote_is_no_markup() {
        let mut books = Books::default();
        books.faults.insert("late".into(), 2);
        books.documents.push(Booked { number: "<script>".into(), kind: "customer".into(), ..Booked::default() });
        let page = page("odoo", &books);
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script>"), "{page}");
        assert!(page.contains("late 2"), "{page}");
    }
}
