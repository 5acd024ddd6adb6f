//! OData 2.0, as far as it is spoken here: what a path and a query ask for, and how a refusal is said.

use serde_json::{Map, Value, json};

use crate::sandbox::office::Reply;

/// Why something was not done.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub status: u16,
    pub code: String,
    pub text: String,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &str, text: &str) -> Refusal {
        Refusal { status, code: code.to_owned(), text: text.to_owned() }
    }

    /// A request that cannot be read.
    pub(super) fn bad(text: &str) -> Refusal {
        Refusal::new(400, "/IWBEP/CM_MGW_RT/020", text)
    }

    /// One that the application refuses.
    pub(super) fn business(code: &str, text: &str) -> Refusal {
        Refusal::new(400, code, text)
    }

    pub(super) fn reply(&self) -> Reply {
        let Refusal { status, code, text } = self;
        let detail = json!({"code": code, "message": text, "severity": "error", "target": ""});
        Reply::json(
            *status,
            &json!({"error": {"code": code, "message": {"lang": "en", "value": text},
                "innererror": {"transactionid": "5F3A", "errordetails": [detail]}}}),
        )
    }
}

/// A path below a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    pub set: String,
    /// With their names, where these are said.
    pub keys: Vec<(String, String)>,
    /// What leads on from there.
    pub to: Option<String>,
}

impl Path {
    pub(super) fn read(text: &str) -> Option<Path> {
        let text = decoded(text)?;
        let Some((set, rest)) = text.split_once('(') else {
            return Some(Path { set: text, keys: Vec::new(), to: None });
        };
        let close = rest.rfind(')')?;
        let (inside, to) = (&rest[..close], &rest[close + 1..]);
        let to = match to {
            "" => None,
            to => Some(to.strip_prefix('/')?.to_owned()),
        };
        let mut keys = Vec::new();
        let mut rest = inside;
        loop {
            let quote = rest.find('\'')?;
            let name = rest[..quote].strip_suffix('=').unwrap_or(&rest[..quote]);
            let (value, after) = literal(&rest[quote..])?;
            keys.push((name.to_owned(), value));
            match after.strip_prefix(',') {
                Some(more) => rest = more,
                None if after.is_empty() => return Some(Path { set: set.to_owned(), keys, to }),
                None => return None,
            }
        }
    }
}

/// What a query wants.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub filter: Option<Filter>,
    pub expand: Vec<String>,
    pub select: Vec<String>,
    pub top: Option<usize>,
}

impl Wanted {
    pub(super) fn read(query: &str) -> Result<Wanted, Refusal> {
        let mut wanted = Wanted::default();
        for field in query.split('&').filter(|field| !field.is_empty()) {
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            let value = decoded(value).ok_or_else(|| Refusal::bad("the query is not encoded"))?;
            let list = || value.split(',').map(str::to_owned).collect();
            match name {
                "$filter" => wanted.filter = Some(Filter::read(&value)?),
                "$expand" => wanted.expand = list(),
                "$select" => wanted.select = list(),
                "$top" => wanted.top = Some(value.parse().map_err(|_| Refusal::bad("Invalid value of $top"))?),
                "$format" if value == "json" => {}
                "sap-client" if value == super::CLIENT => {}
                "sap-language" => {}
                _ => return Err(Refusal::bad(&format!("Invalid query option {name}"))),
            }
        }
        Ok(wanted)
    }

    /// What is wanted of what is below a name, where it is expanded.
    pub(super) fn below(&self, name: &str) -> Option<Wanted> {
        let inner = |path: &String| path.strip_prefix(name)?.strip_prefix('/').map(str::to_owned);
        let expand: Vec<String> = self.expand.iter().filter_map(inner).collect();
        let is = self.expand.iter().any(|path| path == name);
        (is || !expand.is_empty()).then(|| Wanted { expand, ..Wanted::default() })
    }
}

/// A condition: texts that are equal, and and or.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Filter {
    Equal(String, String),
    And(Vec<Filter>),
    Or(Vec<Filter>),
}

impl Filter {
    pub(super) fn read(text: &str) -> Result<Filter, Refusal> {
        match either(text.trim()) {
            Some((filter, rest)) if rest.trim().is_empty() => Ok(filter),
            Some(_) | None => Err(Refusal::bad(&format!("Invalid filter: {text}"))),
        }
    }

    /// Texts are compared without capitals, as some of the system's tables are read.
    pub(super) fn holds(&self, fields: &Map<String, Value>) -> bool {
        match self {
            Filter::Equal(name, wanted) => {
                fields.get(name).and_then(Value::as_str).unwrap_or_default().eq_ignore_ascii_case(wanted)
            }
            Filter::And(all) => all.iter().all(|filter| filter.holds(fields)),
            Filter::Or(any) => any.iter().any(|filter| filter.holds(fields)),
        }
    }

    /// The names in it.
    pub(super) fn names(&self) -> Vec<&str> {
        match self {
            Filter::Equal(name, _) => vec![name],
            Filter::And(inner) | Filter::Or(inner) => inner.iter().flat_map(Filter::names).collect(),
        }
    }
}

fn either(text: &str) -> Option<(Filter, &str)> {
    let (first, mut rest) = both(text)?;
    let mut any = vec![first];
    while let Some(more) = rest.trim_start().strip_prefix("or ") {
        let (next, after) = both(more)?;
        any.push(next);
        rest = after;
    }
    Some((if any.len() == 1 { any.remove(0) } else { Filter::Or(any) }, rest))
}

fn both(text: &str) -> Option<(Filter, &str)> {
    let (first, mut rest) = one(text)?;
    let mut all = vec![first];
    while let Some(more) = rest.trim_start().strip_prefix("and ") {
        let (next, after) = one(more)?;
        all.push(next);
        rest = after;
    }
    Some((if all.len() == 1 { all.remove(0) } else { Filter::And(all) }, rest))
}

fn one(text: &str) -> Option<(Filter, &str)> {
    let text = text.trim_start();
    if let Some(inner) = text.strip_prefix('(') {
        let (filter, rest) = either(inner)?;
        return Some((filter, rest.trim_start().strip_prefix(')')?));
    }
    let (name, rest) = text.split_once(" eq ")?;
    let (value, rest) = literal(rest.trim_start())?;
    Some((Filter::Equal(name.trim().to_owned(), value), rest))
}

/// A text in apostrophes, and what follows it.
fn literal(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('\'')?;
    let mut value = String::new();
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

/// What percent signs stand for.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
            }
            b'+' => bytes.push(b' '),
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_and_hold() {
        let filter = Filter::read("A eq 'x''y' and (B eq '1' or B eq '2')").unwrap();
        let fields = |a: &str, b: &str| Map::from_iter([("A".into(), a.into()), ("B".into(), b.into())]);
        assert!(
            filter.holds(&fields("X'y", "2")) && !filter.holds(&fields("x'y", "3")) && !filter.holds(&fields("x", "1"))
        );
        assert_eq!(filter.names(), ["A", "B", "B"]);
        for bad in ["A eq x", "A eq 'x", "A ne 'x'", "(A eq 'x'", "A eq 'x' B eq 'y'", ""] {
            assert!(Filter::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn paths_are_read() {
        let keys = |keys: &[(&str, &str)]| keys.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let path = |set: &str, k: &[(&str, &str)], to: Option<&str>| {
            Some(Path { set: set.into(), keys: keys(k), to: to.map(Into::into) })
        };
        assert_eq!(Path::read("A_B"), path("A_B", &[], None));
        assert_eq!(Path::read("A_B('7%2F8')"), path("A_B", &[("", "7/8")], None));
        assert_eq!(Path::read("A_B(K='7',L='')/to_C"), path("A_B", &[("K", "7"), ("L", "")], Some("to_C")));
        for bad in ["A_B('7'", "A_B(7)", "A_B('7')to_C", "A_B('7' 'x')"] {
            assert_eq!(Path::read(bad), None, "{bad}");
        }
    }
}
