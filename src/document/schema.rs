//! JSON Schemas of the four documents, generated from the types.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::{CreditNote, Customer, DebitNote, DocumentKind, SalesOrder};

/// The documents that have a schema.
pub const SCHEMAS: [DocumentKind; 4] =
    [DocumentKind::Customer, DocumentKind::SalesOrder, DocumentKind::CreditNote, DocumentKind::DebitNote];

/// The JSON Schema (2020-12) of a document's JSON, as the outbox keeps it and `--json` prints it, less its `kind`.
pub fn schema(kind: DocumentKind) -> Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let schema = match kind {
        DocumentKind::Customer => generator.into_root_schema_for::<Customer>(),
        DocumentKind::SalesOrder => generator.into_root_schema_for::<SalesOrder>(),
        DocumentKind::CreditNote => generator.into_root_schema_for::<CreditNote>(),
        DocumentKind::DebitNote => generator.into_root_schema_for::<DebitNote>(),
    };
    schema.to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where one differs: `ledgertap documents schema NAME > schema/documents/NAME.json`.
    #[test]
    fn the_files_are_what_is_generated() {
        for kind in SCHEMAS {
            let name = kind.as_str().replace('_', "-");
            let file = format!("{}/schema/documents/{name}.json", env!("CARGO_MANIFEST_DIR"));
            let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{file}: {e}"));
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), schema(kind), "{file}");
        }
    }
}
