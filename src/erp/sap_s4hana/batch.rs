//! Several requests as one: `$batch`, written and read as OData 2.0 says (`multipart/mixed`, RFC 2046).
//!
//! A section is a read, or a changeset: changes that are done all or none. Each section is a unit of work of its own; what one is
//! refused for does not touch the others. A changeset that is done is answered with a part for each change, one that is not with a
//! single part for all. What is read is taken strictly: lines end in CR LF, every boundary is closed, a length is kept. An answer
//! that breaks off is no answer.

use serde_json::Value;

/// A batch that does not end, or whose parts do not, is told apart from one that does by its last line only.
const CLOSE: &str = "--";
/// RFC 2046, section 5.1.1.
const BOUNDARY_MAX: usize = 70;
const CRLF: &[u8] = b"\r\n";

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// `POST` or `PATCH`.
    pub method: &'static str,
    /// Below the service, encoded.
    pub path: String,
    /// The tag of what is changed.
    pub etag: Option<String>,
    pub body: Value,
}

/// What stands for itself in a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Section {
    /// Reads what is at this path, with its query, below the service.
    Read(String),
    /// Changes all of it, or nothing.
    Changes(Vec<Change>),
}

/// An answer within an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub status: u16,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Part {
    /// A header's value.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// The batch's body; `boundary` stands in none of the bodies.
pub(super) fn write(sections: &[Section], boundary: &str) -> String {
    let mut text = String::new();
    let mut id = 0;
    for (i, section) in sections.iter().enumerate() {
        line(&mut text, &format!("--{boundary}"));
        match section {
            Section::Read(path) => {
                line(&mut text, "Content-Type: application/http");
                line(&mut text, "Content-Transfer-Encoding: binary");
                line(&mut text, "");
                line(&mut text, &format!("GET {path} HTTP/1.1"));
                line(&mut text, "Accept: application/json");
                line(&mut text, "");
                line(&mut text, "");
            }
            Section::Changes(changes) => {
                let inner = format!("{boundary}_{}", i + 1);
                line(&mut text, &format!("Content-Type: multipart/mixed; boundary={inner}"));
                line(&mut text, "");
                for change in changes {
                    id += 1;
                    line(&mut text, &format!("--{inner}"));
                    write_change(&mut text, change, id);
                }
                line(&mut text, &format!("--{inner}{CLOSE}"));
            }
        }
    }
    line(&mut text, &format!("--{boundary}{CLOSE}"));
    text
}

fn write_change(text: &mut String, change: &Change, id: usize) {
    let body = change.body.to_string();
    line(text, "Content-Type: application/http");
    line(text, "Content-Transfer-Encoding: binary");
    line(text, &format!("Content-ID: {id}"));
    line(text, "");
    line(text, &format!("{} {} HTTP/1.1", change.method, change.path));
    line(text, "Content-Type: application/json");
    line(text, "Accept: application/json");
    if let Some(etag) = &change.etag {
        line(text, &format!("If-Match: {etag}"));
    }
    line(text, &format!("Content-Length: {}", body.len()));
    line(text, "");
    line(text, &body);
}

fn line(text: &mut String, what: &str) {
    text.push_str(what);
    text.push_str("\r\n");
}

/// The parts of each section, in the order of the sections.
///
/// # Errors
/// What of it is not as it must be.
pub(super) fn read(content_type: &str, body: &[u8]) -> Result<Vec<Vec<Part>>, String> {
    let boundary = boundary_of(content_type)?;
    split(body, &boundary)?.into_iter().map(section).collect()
}

fn section(content: &[u8]) -> Result<Vec<Part>, String> {
    let (headers, body) = head(content)?;
    let kind = value(&headers, "content-type").ok_or("a part has no content type")?;
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/http" => Ok(vec![part(body)?]),
        "multipart/mixed" => {
            let parts = split(body, &boundary_of(kind)?)?;
            parts
                .into_iter()
                .map(|content| {
                    let (headers, body) = head(content)?;
                    match value(&headers, "content-type").is_some_and(|kind| kind.starts_with("application/http")) {
                        true => part(body),
                        false => Err("a changeset's part is no HTTP".into()),
                    }
                })
                .collect()
        }
        other => Err(format!("a part is {other:?}")),
    }
}

/// The answer of an `application/http` part.
fn part(content: &[u8]) -> Result<Part, String> {
    let end = find(content, CRLF).ok_or("a part has no status line")?;
    let status = std::str::from_utf8(&content[..end]).ok().and_then(|line| {
        let (version, rest) = line.split_once(' ')?;
        let digits =
            rest.get(..3).filter(|d| version.starts_with("HTTP/1.") && d.bytes().all(|b| b.is_ascii_digit()))?;
        let ends = rest.len() == 3 || rest.as_bytes()[3] == b' ';
        digits.parse().ok().filter(|_| ends)
    });
    let status = status.ok_or("a part has no status line")?;
    let (headers, body) = head(&content[end + CRLF.len()..])?;
    let body = match value(&headers, "content-length") {
        None => body,
        Some(length) => {
            let length: usize = length.parse().map_err(|_| "a part's length is no number")?;
            let rest = body.get(length..).ok_or("a part is shorter than it says")?;
            match rest.iter().all(|b| CRLF.contains(b)) {
                true => &body[..length],
                false => return Err("a part is longer than it says".into()),
            }
        }
    };
    Ok(Part { status, headers, body: body.to_vec() })
}

type Headers = Vec<(String, String)>;

/// Headers, and what follows the empty line; without one nothing follows.
fn head(content: &[u8]) -> Result<(Headers, &[u8]), String> {
    let mut headers = Vec::new();
    let mut rest = content;
    while !rest.is_empty() {
        let end = find(rest, CRLF).unwrap_or(rest.len());
        let line = std::str::from_utf8(&rest[..end]).map_err(|_| "a header is no text")?;
        rest = rest.get(end + CRLF.len()..).unwrap_or_default();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or("a header has no colon")?;
        if name.is_empty() || name.bytes().any(|b| !b.is_ascii_graphic()) {
            return Err("a header has no name".into());
        }
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    Ok((headers, rest))
}

fn value<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
}

/// What stands between the boundaries.
fn split<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<&'a [u8]>, String> {
    let delimiter = format!("--{boundary}");
    let delimiter = delimiter.as_bytes();
    let mut parts = Vec::new();
    let mut begun: Option<usize> = None;
    let mut at = 0;
    while let Some(found) = find(&body[at..], delimiter).map(|i| i + at) {
        let after = found + delimiter.len();
        at = after;
        if found != 0 && !body[..found].ends_with(CRLF) {
            continue;
        }
        let rest = &body[after..];
        let closes = rest.starts_with(CLOSE.as_bytes());
        let padding = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        if !closes && !rest[padding..].starts_with(CRLF) {
            // A longer boundary of a part within.
            continue;
        }
        if let Some(begun) = begun {
            // The line's end belongs to the boundary.
            let end = found - CRLF.len();
            parts.push(body.get(begun..end).ok_or("a part is empty")?);
        }
        if closes {
            return Ok(parts);
        }
        begun = Some(after + padding + CRLF.len());
    }
    Err("it breaks off".into())
}

fn boundary_of(content_type: &str) -> Result<String, String> {
    let mut fields = content_type.split(';');
    if !fields.next().unwrap_or_default().trim().eq_ignore_ascii_case("multipart/mixed") {
        return Err(format!("it is {content_type:?}, and not multipart/mixed"));
    }
    let boundary = fields.find_map(|field| {
        let (name, value) = field.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"').to_owned())
    });
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&b);
    match boundary {
        Some(boundary) if (1..=BOUNDARY_MAX).contains(&boundary.len()) && boundary.bytes().all(allowed) => Ok(boundary),
        Some(_) | None => Err("it names no boundary".into()),
    }
}

fn find(content: &[u8], what: &[u8]) -> Option<usize> {
    content.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn change(method: &'static str, path: &str, etag: Option<&str>) -> Change {
        Change { method, path: path.into(), etag: etag.map(Into::into), body: json!({"N": "茶"}) }
    }

    #[test]
    fn reads_and_changesets_are_written_line_by_line() {
        let sections = [
            Section::Read("A_SalesOrder?$top=1".into()),
            Section::Changes(vec![
                change("PATCH", "A_BusinessPartner('7')", Some("W/\"1\"")),
                change("POST", "A_BusinessPartner('7')/to_BusinessPartnerTax", None),
            ]),
            Section::Changes(vec![change("POST", "A_SalesOrder", None)]),
        ];
        let expected = [
            "--b",
            "Content-Type: application/http",
            "Content-Transfer-Encoding: binary",
            "",
            "GET A_SalesOrder?$top=1 HTTP/1.1",
            "Accept: application/json",
            "",
            "",
            "--b",
            "Content-Type: multipart/mixed; boundary=b_2",
            "",
            "--b_2",
            "Content-Type: application/http",
            "Content-Transfer-Encoding: binary",
            "Content-ID: 1",
            "",
            "PATCH A_BusinessPartner('7') HTTP/1.1",
            "Content-Type: application/json",
            "Accept: application/json",
            "If-Match: W/\"1\"",
            "Content-Length: 11",
            "",
            "{\"N\":\"茶\"}",
            "--b_2",
            "Content-Type: application/http",
            "Content-Transfer-Encoding: binary",
            "Content-ID: 2",
            "",
            "POST A_BusinessPartner('7')/to_BusinessPartnerTax HTTP/1.1",
            "Content-Type: application/json",
            "Accept: application/json",
            "Content-Length: 11",
            "",
            "{\"N\":\"茶\"}",
            "--b_2--",
            "--b",
            "Content-Type: multipart/mixed; boundary=b_3",
            "",
            "--b_3",
            "Content-Type: application/http",
            "Content-Transfer-Encoding: binary",
            "Content-ID: 3",
            "",
            "POST A_SalesOrder HTTP/1.1",
            "Content-Type: application/json",
            "Accept: application/json",
            "Content-Length: 11",
            "",
            "{\"N\":\"茶\"}",
            "--b_3--",
            "--b--",
            "",
        ];
        assert_eq!(write(&sections, "b"), expected.join("\r\n"));
    }

    /// A read, a changeset that is done, and one that is refused.
    const ANSWER: &str = "--A\r\nContent-Type: application/http\r\nContent-Length: 60\r\ncontent-transfer-encoding: binary\r\n\r\n\
        HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"d\":1}\r\n\
        --A\r\nContent-Type: multipart/mixed; boundary=A1\r\nContent-Length: 200\r\n\r\n\
        --A1\r\nContent-Type: application/http\r\nContent-ID: 1\r\n\r\n\
        HTTP/1.1 201 Created\r\nContent-Length: 2\r\nETag: W/\"7\"\r\n\r\n{}\r\n\
        --A1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n\r\n--A1--\r\n\r\n\
        --A\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 400 Bad Request\r\n\r\n{\"error\":{}}\r\n--A--\r\n";

    fn answer(text: &str) -> Result<Vec<Vec<Part>>, String> {
        read("multipart/mixed; boundary=A", text.as_bytes())
    }

    #[test]
    fn partial_failures_are_taken_apart() {
        let sections = answer(ANSWER).unwrap();
        let said: Vec<Vec<(u16, &str)>> = sections
            .iter()
            .map(|parts| parts.iter().map(|p| (p.status, std::str::from_utf8(&p.body).unwrap())).collect())
            .collect();
        let expected = [vec![(200, "{\"d\":1}")], vec![(201, "{}"), (204, "")], vec![(400, "{\"error\":{}}")]];
        assert_eq!(said, expected);
        assert_eq!(sections[1][0].header("etag"), Some("W/\"7\""));
    }

    #[test]
    fn what_is_not_as_it_must_be_is_no_answer() {
        for (from, to, why) in [
            ("--A--\r\n", "", "it breaks off"),
            ("--A1--", "", "it breaks off"),
            ("HTTP/1.1 200 OK", "HTTP/1.1 2000 OK", "a part has no status line"),
            ("HTTP/1.1 200 OK", "200 OK", "a part has no status line"),
            ("Content-Length: 7", "Content-Length: 70", "a part is shorter than it says"),
            ("Content-Length: 7", "Content-Length: 3", "a part is longer than it says"),
            ("Content-Length: 7", "Content-Length: x", "a part's length is no number"),
            ("ETag: W/", "ETag W/", "a header has no colon"),
            ("boundary=A1", "charset=A1", "it names no boundary"),
            ("\r\n", "\n", "it breaks off"),
        ] {
            assert_eq!(answer(&ANSWER.replace(from, to)), Err(why.into()), "{from:?} → {to:?}");
        }
        assert!(read("text/html", b"").unwrap_err().contains("not multipart/mixed"));
        assert!(read("multipart/mixed", b"").unwrap_err().contains("no boundary"));
        assert_eq!(read("Multipart/Mixed;boundary=\"A\"", ANSWER.as_bytes()), answer(ANSWER));
        assert_eq!(answer("--A\r\n--A--"), Err("a part is empty".into()));
    }

    proptest! {
        #[test]
        fn noise_is_read_without_a_panic(body in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = read("multipart/mixed; boundary=A", &body);
        }

        #[test]
        fn a_damaged_answer_is_read_without_a_panic(at in 0usize..600, with in "[-A\r\n: 1]{0,6}", cut in 0usize..20) {
            let mut text = ANSWER.as_bytes().to_vec();
            let at = at.min(text.len());
            let end = (at + cut).min(text.len());
            text.splice(at..end, with.bytes());
            let _ = read("multipart/mixed; boundary=A", &text);
        }
    }
}
