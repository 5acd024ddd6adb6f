//! The config's requests, compiled: addresses and headers as templates, places in answers as JSON pointers (RFC 6901).

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::classify::plain;
use super::settings::{self, Answers, Condition, Header, Operation, Settings};
use crate::erp::body::{Context, Text, Written};
use crate::erp::{Effect, Guarantee};

/// What stands in an address as it is (RFC 3986, section 2.3).
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Headers that are the connection's own.
const OWN_HEADERS: [&str; 6] = ["host", "content-length", "transfer-encoding", "connection", "content-encoding", "te"];

/// Where something stands in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pointer(String);

impl Pointer {
    /// # Errors
    /// A sentence that begins with the setting.
    pub(super) fn new(setting: &str, text: &str) -> Result<Pointer, String> {
        let escapes = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        match (text.is_empty() || text.starts_with('/')) && escapes {
            true => Ok(Pointer(text.to_owned())),
            false => Err(format!(
                "{setting}: \"{text}\" is no JSON pointer: it begins with / and names keys and places, like \"/data/0/total\""
            )),
        }
    }

    /// What stands there; null is nothing.
    pub(super) fn of<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        value.pointer(&self.0).filter(|value| !value.is_null())
    }

    /// A text or a number there.
    ///
    /// # Errors
    /// Says where there is none.
    pub(super) fn text(&self, value: &Value) -> Result<String, String> {
        let text = self.of(value).and_then(plain).filter(|text| !text.is_empty());
        text.ok_or_else(|| format!("there is no text or number at {}", self.shown()))
    }

    /// For a person.
    pub(super) fn shown(&self) -> &str {
        if self.0.is_empty() { "the top" } else { &self.0 }
    }
}

/// A request.
#[derive(Debug)]
pub(super) struct Call {
    /// The setting that it comes from.
    pub place: String,
    pub method: Method,
    pub effect: Effect,
    url: Text,
    headers: Vec<(HeaderName, HeaderText)>,
    /// The name of its body.
    pub body: Option<String>,
    /// Where the record stands in its answer.
    pub record: Pointer,
    /// Where records stand in it.
    pub list: Option<Pointer>,
}

#[derive(Debug)]
enum HeaderText {
    Fixed(HeaderValue),
    Template(Text),
}

/// A record of the ERP.
#[derive(Debug)]
pub(super) struct Record {
    /// What it is called in templates and in reasons.
    pub name: String,
    pub key: Text,
    pub create: Call,
    /// A repeated create is known by its header.
    pub idempotent: bool,
    pub guarantee: Guarantee,
    /// What that rests on.
    pub why: String,
    pub probe: Option<Call>,
    pub read: Option<Call>,
    pub update: Option<Call>,
    pub confirm: Vec<(Call, Condition)>,
    pub fields: Fields,
    pub same: Same,
    pub same_entries: Same,
    pub same_lines: Same,
    pub negative: bool,
    pub cancelled: Vec<Condition>,
    pub find: Vec<(String, Call)>,
    pub sold: Option<Sold>,
}

/// What must be said at a place.
pub(super) type Same = Vec<(Pointer, Text)>;

/// See [`settings::Fields`].
#[derive(Debug)]
pub(super) struct Fields {
    pub reference: Option<Pointer>,
    pub total: Option<Pointer>,
    pub tax: Option<Pointer>,
    pub net: Option<Pointer>,
    pub lines: Option<Pointer>,
    pub entries: Option<Pointer>,
}

/// See [`settings::Sold`].
#[derive(Debug)]
pub(super) struct Sold {
    pub probe: Call,
    pub read: Option<Call>,
    pub reference: Pointer,
    pub rows: Pointer,
    pub line: Pointer,
    pub price: Option<Pointer>,
}

/// All of a config's requests.
#[derive(Debug)]
pub(super) struct Recipes {
    pub operations: BTreeMap<Operation, Vec<Record>>,
    pub item: Option<Call>,
    pub check: Option<Call>,
    /// The bodies that they name.
    pub written: Vec<Written>,
}

impl Recipes {
    /// Compiles them.
    ///
    /// # Errors
    /// A sentence that begins with the setting that is wrong.
    pub(super) fn new(settings: &Settings) -> Result<Recipes, String> {
        check_answers(&settings.answers)?;
        let mut reader = Reader { settings, base: settings.base()?, written: Vec::new() };
        let mut operations = BTreeMap::new();
        for (operation, record) in &settings.operations {
            let mut records = Vec::new();
            reader.records(*operation, &format!("erp.{}", operation.as_str()), record, &mut records)?;
            operations.insert(*operation, records);
        }
        let item = settings.item.as_ref().map(|call| reader.look("erp.item", call)).transpose()?;
        let check = settings.check.as_ref().map(|call| reader.look("erp.check", call)).transpose()?;
        let mut written = reader.written;
        written.sort();
        written.dedup();
        Ok(Recipes { operations, item, check, written })
    }
}

struct Reader<'a> {
    settings: &'a Settings,
    base: Url,
    written: Vec<Written>,
}

impl Reader<'_> {
    fn records(
        &mut self,
        operation: Operation,
        place: &str,
        record: &settings::Record,
        into: &mut Vec<Record>,
    ) -> Result<(), String> {
        let compiled = self.record(operation, place, record, into.len())?;
        if let Some(other) = into.iter().find(|other| other.name == compiled.name) {
            return Err(format!(
                "{place}: two records of one document are called {}: give it another name",
                other.name
            ));
        }
        into.push(compiled);
        for (i, then) in record.then.iter().enumerate() {
            self.records(operation, &format!("{place}.then[{i}]"), then, into)?;
        }
        Ok(())
    }

    fn record(
        &mut self,
        operation: Operation,
        place: &str,
        written: &settings::Record,
        index: usize,
    ) -> Result<Record, String> {
        let name = match (&written.name, index) {
            (Some(name), _) => name.clone(),
            (None, 0) => operation.as_str().to_owned(),
            (None, _) => return Err(format!("{place}.name is missing: what follows the first record needs a name")),
        };
        if !is_name(&name) {
            return Err(format!("{place}.name: \"{name}\" must be letters, digits and _, since templates name it"));
        }
        let mut create = written.create.clone();
        create.body.get_or_insert_with(|| operation.as_str().to_owned());
        let create = self.write(&format!("{place}.create"), &create)?;
        let probe = self.optional_look(&format!("{place}.probe"), written.probe.as_ref())?;
        let read = self.optional_look(&format!("{place}.read"), written.read.as_ref())?;
        let update = match &written.update {
            Some(_) if operation != Operation::Customer => {
                return Err(format!("{place}.update: only a customer changes; what was posted is credited"));
            }
            Some(update) => Some(self.write(&format!("{place}.update"), update)?),
            None => None,
        };
        let mut confirm = Vec::new();
        for (i, step) in written.confirm.iter().enumerate() {
            let place = format!("{place}.confirm[{i}]");
            check_condition(&format!("{place}.done"), &step.done, Holds::Record)?;
            confirm.push((self.write(&place, &step.call())?, step.done.clone()));
        }
        let fields = self.fields(operation, place, written)?;
        if (read.is_some() || !confirm.is_empty()) && fields.reference.is_none() {
            return Err(format!("{place}.fields.reference is missing: read and confirm need it"));
        }
        if !confirm.is_empty() && probe.is_none() && read.is_none() {
            return Err(format!(
                "{place}.confirm needs {place}.probe or .read: without them nothing says how far it has come"
            ));
        }
        for (i, condition) in written.cancelled.iter().enumerate() {
            check_condition(&format!("{place}.cancelled[{i}]"), condition, Holds::Record)?;
        }
        let idempotent = self.idempotent(place, written)?;
        let (guarantee, why) = match (idempotent, written.refuses_duplicates, &probe) {
            (_, true, None) => {
                return Err(format!(
                    "{place}.refuses_duplicates needs {place}.probe: a record that is there is compared with the document"
                ));
            }
            (true, false, None) => (
                Guarantee::Unique,
                format!(
                    "the config says that the ERP honours {place}.idempotency_header; without a probe it must remember its keys for \
                     longer than relay.deadline"
                ),
            ),
            (true, ..) => {
                (Guarantee::Unique, format!("the config says that the ERP honours {place}.idempotency_header"))
            }
            (false, true, Some(_)) => (
                Guarantee::Unique,
                format!("the config says that the ERP refuses a second record of a key ({place}.refuses_duplicates)"),
            ),
            (false, false, Some(_)) => {
                (Guarantee::Probe, format!("{place}.probe looks it up; nothing refuses a second record"))
            }
            (false, false, None) => (
                Guarantee::None,
                format!(
                    "{place} has neither a probe nor an idempotency_header: a create whose outcome is not known is parked for a person \
                     and never sent again"
                ),
            ),
        };
        let [same, same_entries, same_lines] = [
            ("same", &written.same, &None, "erp"),
            ("same_entries", &written.same_entries, &written.fields.entries, "entries"),
            ("same_lines", &written.same_lines, &written.fields.lines, "lines"),
        ]
        .map(|(setting, same, rows, name)| match (same.is_empty(), rows, name) {
            (false, None, "entries" | "lines") => {
                Err(format!("{place}.{setting} needs {place}.fields.{name}, the list of the rows that it speaks of"))
            }
            (..) => said_at(&format!("{place}.{setting}"), same),
        });
        let (same, same_entries, same_lines) = (same?, same_entries?, same_lines?);
        let mut find = Vec::new();
        for (name, call) in &written.find {
            let place = format!("{place}.find.{name}");
            if !is_name(name) {
                return Err(format!("{place}: a name must be letters, digits and _, since templates name it"));
            }
            find.push((name.clone(), self.look(&place, call)?));
        }
        let sold =
            written.sold.as_ref().map(|sold| self.sold(operation, &format!("{place}.sold"), sold)).transpose()?;
        Ok(Record {
            key: Text::new(&format!("{place}.key"), written.key.as_deref().unwrap_or("{{ number }}"))?,
            negative: written.negative,
            cancelled: written.cancelled.clone(),
            name,
            create,
            idempotent,
            guarantee,
            why,
            probe,
            read,
            update,
            confirm,
            fields,
            same,
            same_entries,
            same_lines,
            find,
            sold,
        })
    }

    fn fields(&self, operation: Operation, place: &str, written: &settings::Record) -> Result<Fields, String> {
        let at = |name: &str, text: &Option<String>| {
            text.as_ref().map(|text| Pointer::new(&format!("{place}.fields.{name}"), text)).transpose()
        };
        let settings::Fields { reference, total, tax, net, lines, entries } = &written.fields;
        if operation != Operation::Customer && total.is_none() && self.settings.totals {
            return Err(format!(
                "{place}.fields.total is missing: where the ERP states its own total, which is compared before a document counts \
                 as delivered; where it states none, write erp.totals = \"none\", and nothing is compared"
            ));
        }
        Ok(Fields {
            reference: at("reference", reference)?,
            total: at("total", total)?,
            tax: at("tax", tax)?,
            net: at("net", net)?,
            lines: at("lines", lines)?,
            entries: at("entries", entries)?,
        })
    }

    fn idempotent(&self, place: &str, written: &settings::Record) -> Result<bool, String> {
        let Some(header) = &written.idempotency_header else { return Ok(false) };
        let template = written.create.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(header));
        match template {
            Some((_, value)) if value.text.contains("{{") => Ok(true),
            Some(_) => Err(format!(
                "{place}.create.headers: {header} is the same for every document: write {header} = \"{{{{ number }}}}\""
            )),
            None => Err(format!(
                "{place}.idempotency_header: {place}.create has no header {header}: add it to its headers, with {{{{ number }}}}"
            )),
        }
    }

    fn sold(&mut self, operation: Operation, place: &str, written: &settings::Sold) -> Result<Sold, String> {
        if !matches!(operation, Operation::Return | Operation::Allowance) {
            return Err(format!("{place}: only credit notes take back what was sold"));
        }
        let at = |name: &str, text: &str| Pointer::new(&format!("{place}.{name}"), text);
        Ok(Sold {
            reference: at("reference", &written.reference)?,
            rows: at("rows", &written.rows)?,
            line: at("line", &written.line)?,
            price: written.price.as_ref().map(|price| at("price", price)).transpose()?,
            probe: self.look(&format!("{place}.probe"), &written.probe)?,
            read: self.optional_look(&format!("{place}.read"), written.read.as_ref())?,
        })
    }

    fn optional_look(&mut self, place: &str, call: Option<&settings::Call>) -> Result<Option<Call>, String> {
        call.map(|call| self.look(place, call)).transpose()
    }

    /// A request that changes nothing.
    fn look(&mut self, place: &str, call: &settings::Call) -> Result<Call, String> {
        if let Some(method @ ("PUT" | "PATCH")) = call.method.as_deref() {
            return Err(format!(
                "{place}.method: {method} changes something; look with GET, or with POST where a search has a body"
            ));
        }
        self.call(place, call, Effect::Read)
    }

    fn write(&mut self, place: &str, call: &settings::Call) -> Result<Call, String> {
        match &call.list {
            Some(_) => Err(format!("{place}.list: a list is what a probe is answered with")),
            None => self.call(place, call, Effect::Write),
        }
    }

    fn call(&mut self, place: &str, call: &settings::Call, effect: Effect) -> Result<Call, String> {
        let method = match (call.method.as_deref(), &call.body) {
            (Some("GET"), None) | (None, None) if effect == Effect::Read => Method::GET,
            (Some("GET"), _) => return Err(format!("{place}.method: GET has no body and changes nothing")),
            (Some("POST"), _) | (None, _) => Method::POST,
            (Some("PUT"), _) => Method::PUT,
            (Some("PATCH"), _) => Method::PATCH,
            (Some(other), _) => {
                return Err(format!("{place}.method: \"{other}\" is not known: write GET, POST, PUT or PATCH"));
            }
        };
        let body = call.body.as_ref().map(|body| self.body(place, body)).transpose()?;
        let mut headers = BTreeMap::new();
        for (whose, from) in [("erp", &self.settings.headers), (place, &call.headers)] {
            for (name, value) in from {
                let (name, value) = header(&format!("{whose}.headers"), name, value)?;
                headers.insert(name.as_str().to_owned(), (name, value));
            }
        }
        let record = match (&call.record, &call.list) {
            (Some(record), None) => Pointer::new(&format!("{place}.record"), record)?,
            (None, None) => Pointer::new("erp.answers.record", &self.settings.answers.record)?,
            (None, Some(_)) => Pointer(String::new()),
            (Some(_), Some(_)) => return Err(format!("{place}: record or list, not both")),
        };
        let list = call.list.as_ref().map(|list| Pointer::new(&format!("{place}.list"), list)).transpose()?;
        let url = self.url(place, &call.url)?;
        Ok(Call {
            place: place.to_owned(),
            method,
            effect,
            url,
            headers: headers.into_values().collect(),
            body,
            record,
            list,
        })
    }

    /// A body's name; one that stands in the config itself is called after its place.
    fn body(&mut self, place: &str, body: &str) -> Result<String, String> {
        let trimmed = body.trim_start();
        let (name, text) = match trimmed.starts_with(['{', '[']) {
            true => (format!("{place}.body"), Some(body.to_owned())),
            false if is_name(body) => (body.to_owned(), None),
            false => {
                return Err(format!(
                    "{place}.body: \"{body}\" must be a body's name, of letters, digits and _, or a body, which begins with {{ or ["
                ));
            }
        };
        self.written.push(Written { name: name.clone(), text });
        Ok(name)
    }

    /// A path below the account's address; the address itself may stand before it.
    fn url(&self, place: &str, url: &str) -> Result<Text, String> {
        let place = format!("{place}.url");
        if url.contains("${") {
            return Err(format!("{place}: addresses are shown, so no secret is read into one: put it into a header"));
        }
        let base = self.base.as_str().trim_end_matches('/');
        let path = url.strip_prefix(base).unwrap_or(url);
        if path.contains("://") && !path.starts_with('/') {
            return Err(format!("{place}: \"{url}\" is not at {base}: every request but a token's goes to erp.url"));
        }
        if !path.starts_with('/') || path.starts_with("//") || path.contains(['\\', '#']) {
            return Err(format!("{place}: \"{url}\" must be a path below erp.url, beginning with one /"));
        }
        Text::new(&place, path)
    }
}

impl settings::Confirm {
    fn call(&self) -> settings::Call {
        let settings::Confirm { method, url, headers, body, record, done: _ } = self.clone();
        settings::Call { method, url, headers, body, record, list: None }
    }
}

impl Call {
    /// Its address.
    ///
    /// # Errors
    /// A sentence that begins with the setting, without the document's values.
    pub(super) fn url(&self, base: &Url, context: &Context) -> Result<Url, String> {
        let text = self.url.render(context, |value| utf8_percent_encode(value, VALUE).to_string())?;
        let path = text.split('?').next().unwrap_or_default();
        let leads_up = |part: &str| matches!(&*percent_decode_str(part).decode_utf8_lossy(), "." | "..");
        if path.split('/').any(leads_up) {
            return Err(format!("{}.url: a part of its path is . or .., which means another address", self.place));
        }
        match base.join(&text) {
            Ok(url) if url.origin() == base.origin() => Ok(url),
            Ok(_) | Err(_) => Err(format!("{}.url is no address at erp.url", self.place)),
        }
    }

    /// Its headers.
    ///
    /// # Errors
    /// As [`Call::url`].
    pub(super) fn headers(&self, context: &Context) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
        let written = |(name, text): &(HeaderName, HeaderText)| match text {
            HeaderText::Fixed(value) => Ok((name.clone(), value.clone())),
            HeaderText::Template(text) => {
                let text = text.render(context, visible)?;
                let value = HeaderValue::from_str(&text);
                let value = value.map_err(|_| format!("{}.headers.{name} is no header's value", self.place))?;
                Ok((name.clone(), value))
            }
        };
        self.headers.iter().map(written).collect()
    }

    /// Its method's name.
    pub(super) fn method_name(&self) -> &'static str {
        match self.method.as_str() {
            "GET" => "GET",
            "PUT" => "PUT",
            "PATCH" => "PATCH",
            _ => "POST",
        }
    }
}

/// A header holds visible ASCII; the rest is percent-encoded.
fn visible(value: &str) -> String {
    let letter = |c: char| match c {
        ' '..='~' if c != '%' => c.to_string(),
        other => utf8_percent_encode(other.encode_utf8(&mut [0; 4]), NON_ALPHANUMERIC).to_string(),
    };
    value.chars().map(letter).collect()
}

fn header(place: &str, name: &str, value: &Header) -> Result<(HeaderName, HeaderText), String> {
    let known = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| format!("{place}: \"{name}\" is no header's name: letters, digits and - make one"))?;
    if OWN_HEADERS.contains(&known.as_str()) {
        return Err(format!("{place}: {name} is the connection's own and cannot be set"));
    }
    if known == reqwest::header::AUTHORIZATION {
        return Err(format!("{place}: {name} is written by [erp.auth]"));
    }
    let place = format!("{place}.{name}");
    let text = match value.text.contains("{{") && !value.secret {
        true => HeaderText::Template(Text::new(&place, &value.text)?),
        false => HeaderText::Fixed(fixed_header(&place, &value.text, value.secret)?),
    };
    Ok((known, text))
}

/// A header's value that is no template.
pub(super) fn fixed_header(place: &str, text: &str, secret: bool) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(text).map_err(|_| format!("{place} has letters that no header can hold"))?;
    value.set_sensitive(secret);
    Ok(value)
}

/// The secrets among the headers.
pub(super) fn secret_headers(settings: &Settings) -> Vec<SecretString> {
    fn of(records: &[settings::Record], into: &mut Vec<SecretString>) {
        for record in records {
            let looks = record.probe.iter().chain(&record.read).chain(&record.update).chain(record.find.values());
            let calls = std::iter::once(&record.create).chain(looks);
            let confirms = record.confirm.iter().map(|step| &step.headers);
            secrets(calls.map(|call| &call.headers).chain(confirms), into);
            of(&record.then, into);
        }
    }
    fn secrets<'a>(headers: impl Iterator<Item = &'a BTreeMap<String, Header>>, into: &mut Vec<SecretString>) {
        let values = headers.flat_map(BTreeMap::values).filter(|value| value.secret);
        into.extend(values.map(|value| SecretString::from(value.text.clone())));
    }
    let mut found = Vec::new();
    let others = settings.item.iter().chain(&settings.check).map(|call| &call.headers);
    secrets(std::iter::once(&settings.headers).chain(others), &mut found);
    for record in settings.operations.values() {
        of(std::slice::from_ref(record), &mut found);
    }
    found.retain(|secret| !secret.expose_secret().is_empty());
    found
}

/// What a condition is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Answer,
    Record,
}

fn check_answers(answers: &Answers) -> Result<(), String> {
    let Answers { unauthorised, throttled, duplicate, not_found, ok, rejected, message, record } = answers;
    let named = [
        ("unauthorised", unauthorised),
        ("throttled", throttled),
        ("duplicate", duplicate),
        ("not_found", not_found),
        ("ok", ok),
        ("rejected", rejected),
    ];
    for (name, conditions) in named {
        for (i, condition) in conditions.iter().enumerate() {
            check_condition(&format!("erp.answers.{name}[{i}]"), condition, Holds::Answer)?;
        }
    }
    if ok.is_empty() {
        return Err("erp.answers.ok is empty: nothing would ever be delivered".into());
    }
    for at in message.iter().chain([record]) {
        Pointer::new("erp.answers", at)?;
    }
    Ok(())
}

fn check_condition(place: &str, condition: &Condition, holds: Holds) -> Result<(), String> {
    let Condition { statuses, retry_after, at, is, contains } = condition;
    if let Some(status) = statuses.iter().find(|status| !(100..=599).contains(*status)) {
        return Err(format!("{place}: {status} is no HTTP status"));
    }
    if at.is_none() && (!is.is_empty() || !contains.is_empty()) {
        return Err(format!("{place}: `is` and `contains` need `at`, a JSON pointer to what they speak of"));
    }
    if holds == Holds::Record && (at.is_none() || !statuses.is_empty() || *retry_after) {
        return Err(format!(
            "{place}: a record has no status: say where in it something stands (`at`) and what it `is`"
        ));
    }
    if statuses.is_empty() && at.is_none() && !retry_after {
        return Err(format!("{place} says nothing: give it a status, or `at`"));
    }
    at.as_ref().map(|at| Pointer::new(place, at)).transpose().map(drop)
}

fn said_at(place: &str, same: &BTreeMap<String, String>) -> Result<Same, String> {
    let pairs =
        same.iter().map(|(at, text)| Ok((Pointer::new(place, at)?, Text::new(&format!("{place}.{at}"), text)?)));
    pairs.collect()
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
