//! Bodies of requests: JSON files whose strings are expressions over the document.
//!
//! A string that is one `{{ expression }}` and nothing else becomes the expression's value, so a number stays a number, with
//! each of its digits; a string with text around expressions becomes text; any other string is itself. What yields none is
//! left out with its key. A name that nobody knows is an error that says where. In an array, an object with
//! `"$for": "line in lines"` becomes an element for each item (`loop.index` from 1); `"$if": "line.unit"` keeps an object where
//! that holds; `"$value"` makes an object stand for something that is no object.
//!
//! ```json
//! {"number": "{{ number }}", "lines": [{"$for": "line in lines", "sku": "{{ line.sku }}", "qty": "{{ line.quantity }}"}]}
//! ```
//!
//! The same as a field list (`fields.rs`), an array of `{"field": "bill.number", "value": "{number}"}`; `"each": "lines"` with
//! `"fields"` is an array, in which the item's own fields go by their names.
//!
//! Filters: `plus minus times neg round short number text` (exact), `left upper lower trim replace join length default json`,
//! `date('%Y%m%d') millis`. No operator computes: it would with floats.
//!
//! # How an adapter uses them
//! It declares its files once, `const FILES: &[BodyFile]`, each an `include_str!` of `schema/erp/<kind>/`; compiles them with
//! [`Bodies::new`] when it is made; and renders them over [`Context::of`] a document, with what only it knows added by
//! [`Context::with`]: ids, settings, entries whose prices it computed. Its `deliver` and its [`Erp::render`] take the same way
//! to a body, the latter with [`placeholder`]s for what only the ERP knows; [`check`] renders the samples with it, so that a
//! broken body is refused before anything runs.
//!
//! [`Erp::render`]: crate::erp::Erp::render

mod context;
mod expression;
mod fields;
mod figures;
mod template;
mod text;

pub use context::{Context, exact, line_fields, unknown};
pub use text::Text;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use jiff::civil::Date;
use serde_json::Value;

use crate::document::{Document, SCHEMAS, samples};
use template::{Fault, Node};

/// The day on which samples are posted.
const SAMPLE_DAY: Date = jiff::civil::date(2026, 11, 30);

/// A file of more bytes is no body.
const BODY_BYTES_MAX: u64 = 1 << 20;

/// A body that ships with an adapter.
#[derive(Debug, Clone, Copy)]
pub struct BodyFile {
    /// The file's name without `.json`.
    pub name: &'static str,
    /// What is in it.
    pub text: &'static str,
}

/// A body that an operator has written and the adapter knows by its name alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Written {
    /// The file's name without `.json`; of a body in the config, its setting.
    pub name: String,
    /// What is in it; `None` where it is a file of the folder.
    pub text: Option<String>,
}

/// A request that an adapter would send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// `POST`.
    pub method: &'static str,
    /// Path and query, as below the account's address.
    pub path: String,
    /// The body.
    pub body: Value,
}

impl Rendered {
    /// What is sent most often.
    pub fn post(path: impl Into<String>, body: Value) -> Rendered {
        Rendered { method: "POST", path: path.into(), body }
    }
}

/// An adapter's bodies, compiled.
#[derive(Debug)]
pub struct Bodies {
    bodies: BTreeMap<String, Body>,
}

#[derive(Debug)]
struct Body {
    /// As an operator finds it.
    file: String,
    node: Node,
}

impl Bodies {
    /// Compiles the adapter's own files, each replaced by the folder's file of the same name where it has one.
    ///
    /// # Errors
    /// A sentence with the file and the place: what cannot be read, is no JSON, has a wrong expression, or has a name that no
    /// body has.
    pub fn new(kind: &str, own: &[BodyFile], folder: Option<&Path>) -> Result<Bodies, String> {
        Bodies::with(kind, own, &[], folder)
    }

    /// The same with bodies that an operator has written.
    ///
    /// # Errors
    /// As [`Bodies::new`], and where one of those is neither in the config nor in the folder.
    pub fn with(kind: &str, own: &[BodyFile], written: &[Written], folder: Option<&Path>) -> Result<Bodies, String> {
        let files = written.iter().filter(|body| body.text.is_none()).map(|body| body.name.as_str());
        let names: BTreeSet<&str> = own.iter().map(|file| file.name).chain(files).collect();
        let mut given = folder.map(|folder| read_folder(kind, &names, folder)).transpose()?.unwrap_or_default();
        let mut bodies = BTreeMap::new();
        for file in own {
            let (label, text) = match given.remove(file.name) {
                Some(given) => given,
                None => (format!("schema/erp/{kind}/{}.json", file.name), file.text.to_owned()),
            };
            bodies.insert(file.name.to_owned(), compile(label, &text)?);
        }
        for body in written.iter().filter(|body| !own.iter().any(|file| file.name == body.name)) {
            let (label, text) = match &body.text {
                Some(text) => (body.name.clone(), text.clone()),
                None => given.remove(&body.name).ok_or_else(|| {
                    let own: Vec<&str> = own.iter().map(|file| file.name).collect();
                    format!(
                        "{}.json is not there: put it into the folder erp.bodies; {kind} itself has {}",
                        body.name,
                        own.join(", ")
                    )
                })?,
            };
            bodies.insert(body.name.clone(), compile(label, &text)?);
        }
        Ok(Bodies { bodies })
    }

    /// The body over a context.
    ///
    /// # Errors
    /// A sentence with the file and the place, and without the document's values.
    ///
    /// # Panics
    /// Where the adapter has no body of this name.
    pub fn render(&self, name: &str, context: &Context) -> Result<Value, String> {
        let body = self.bodies.get(name).expect("an adapter names its own bodies");
        match body.node.render(context) {
            Ok(Some(json)) => Ok(json),
            Ok(None) => Err(format!("{}: it says nothing at all for this document", body.file)),
            Err(fault) => Err(fault.at(&body.file)),
        }
    }
}

/// What stands for a value that only the ERP knows: `<id of the order>`.
pub fn placeholder(what: &str) -> String {
    format!("<{what}>")
}

/// Renders the samples of each kind, as an adapter does when it is made.
///
/// # Errors
/// The first sentence of `render`, with what it was rendered for.
pub fn check(currency: &str, render: impl Fn(&Document, Date) -> Result<Vec<Rendered>, String>) -> Result<(), String> {
    for kind in SCHEMAS {
        for sample in samples(kind, currency) {
            render(&sample, SAMPLE_DAY).map_err(|what| format!("{what} (tried with a sample {})", kind.as_str()))?;
        }
    }
    Ok(())
}

impl Fault {
    fn at(self, file: &str) -> String {
        match self.pointer.is_empty() {
            true => format!("{file}: {}", self.what),
            false => format!("{file}: {}: {}", self.pointer, self.what),
        }
    }
}

fn compile(file: String, text: &str) -> Result<Body, String> {
    let json: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|e| format!("{file}:{}:{}: is no JSON: {}", e.line(), e.column(), without_place(&e.to_string())))?;
    let node = match &json {
        Value::Array(list) if fields::is_list(&json) => fields::compile(list, ""),
        _ => template::compile(&json, ""),
    };
    match node {
        Ok(node) => Ok(Body { file, node }),
        Err(fault) => Err(fault.at(&file)),
    }
}

/// `expected value at line 3 column 7` without what was said before.
fn without_place(message: &str) -> &str {
    message.rsplit_once(" at line ").map_or(message, |(what, _)| what)
}

/// The folder's files by name, each with its path.
fn read_folder(
    kind: &str,
    names: &BTreeSet<&str>,
    folder: &Path,
) -> Result<BTreeMap<String, (String, String)>, String> {
    let unread = |path: &Path, e: std::io::Error| format!("{}: cannot be read: {e}", path.display());
    let mut files = BTreeMap::new();
    let entries = fs::read_dir(folder).map_err(|e| unread(folder, e))?;
    for entry in entries {
        let path = entry.map_err(|e| unread(folder, e))?.path();
        let called = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Editors and version control keep their own things beside.
        if called.starts_with('.') || called.ends_with('~') {
            continue;
        }
        let name = called.strip_suffix(".json").filter(|name| names.contains(name));
        let Some(name) = name else {
            let names: Vec<String> = names.iter().map(|name| format!("{name}.json")).collect();
            return Err(format!(
                "{}: {kind} has no such body: there are {}; rename it, or take it out of the folder",
                path.display(),
                names.join(", ")
            ));
        };
        let size = fs::metadata(&path).map_err(|e| unread(&path, e))?.len();
        if size > BODY_BYTES_MAX {
            return Err(format!("{}: has {size} bytes; a body has {BODY_BYTES_MAX} at most", path.display()));
        }
        let text = fs::read_to_string(&path).map_err(|e| unread(&path, e))?;
        files.insert(name.to_owned(), (path.display().to_string(), text));
    }
    Ok(files)
}

#[cfg(test)]
mod tests;
