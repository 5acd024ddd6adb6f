//! `$batch`: what is in one, and how its answer is written.

use crate::sandbox::office::Reply;

/// The content type of answers, with their boundary.
pub(super) const ANSWER: &str = "multipart/mixed; boundary=ejjeeffe00000001";
const NAME: &str = "ejjeeffe00000001";

/// A request within a batch.
#[derive(Debug, Clone)]
pub(super) struct Inner {
    pub method: String,
    /// Below the service, with its query.
    pub path: String,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    pub id: Option<String>,
    pub body: String,
}

/// A part of a batch.
#[derive(Debug, Clone)]
pub(super) enum Part {
    One(Inner),
    Changeset(Vec<Inner>),
}

/// What a part came to.
pub(super) enum Outcome {
    /// Of a read, or of a changeset of which nothing was done.
    One(Reply),
    /// Of a changeset that was done.
    All(Vec<(Option<String>, Reply)>),
}

/// Takes a batch apart; `None` where it is not as it must be.
pub(super) fn read(content_type: &str, body: &str) -> Option<Vec<Part>> {
    parts(body, &boundary(content_type)?)?
        .into_iter()
        .map(|part| {
            let (headers, content) = part.split_once("\r\n\r\n")?;
            let kind = header(headers, "content-type")?;
            if kind.starts_with("multipart/mixed") {
                let inner = parts(content, &boundary(&kind)?)?;
                let changes: Vec<Inner> = inner.into_iter().map(request).collect::<Option<_>>()?;
                let known = changes.iter().all(|change| change.method != "GET");
                return known.then_some(Part::Changeset(changes));
            }
            let one = request(part)?;
            (one.method == "GET").then_some(Part::One(one))
        })
        .collect()
}

fn request(part: &str) -> Option<Inner> {
    let (outer, content) = part.split_once("\r\n\r\n")?;
    if header(outer, "content-type")? != "application/http" || header(outer, "content-transfer-encoding")? != "binary" {
        return None;
    }
    let (head, body) = content.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    if first.next()? != "HTTP/1.1" || first.next().is_some() || path.starts_with('/') {
        return None;
    }
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())))
        .collect::<Option<_>>()?;
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let body = match length {
        Some((_, length)) => body.get(..length.parse().ok()?)?,
        None => body,
    };
    Some(Inner { method, path, id: header(outer, "content-id"), body: body.to_owned(), headers })
}

/// The answer's body.
pub(super) fn write(outcomes: &[Outcome]) -> String {
    let name = NAME;
    let mut text = String::new();
    for (i, outcome) in outcomes.iter().enumerate() {
        text.push_str(&format!("--{name}\r\n"));
        match outcome {
            Outcome::One(reply) => text.push_str(&http(None, reply)),
            Outcome::All(replies) => {
                let inner: String = replies
                    .iter()
                    .map(|(id, reply)| format!("--{name}-{i}\r\n{}", http(id.as_deref(), reply)))
                    .collect();
                let inner = format!("{inner}--{name}-{i}--\r\n");
                text.push_str(&format!(
                    "Content-Type: multipart/mixed; boundary={name}-{i}\r\nContent-Length:      {}\r\n\r\n{inner}\r\n",
                    inner.len()
                ));
            }
        }
    }
    text.push_str(&format!("--{name}--"));
    text
}

fn http(id: Option<&str>, reply: &Reply) -> String {
    let reason = if reply.status < 300 { "OK" } else { "Error" };
    let mut inner = format!("HTTP/1.1 {} {reason}\r\nContent-Length: {}\r\n", reply.status, reply.body.len());
    if !reply.body.is_empty() {
        inner.push_str(&format!("Content-Type: {}\r\n", reply.content_type));
    }
    for (name, value) in &reply.headers {
        inner.push_str(&format!("{name}: {value}\r\n"));
    }
    inner.push_str(&format!("dataserviceversion: 2.0\r\n\r\n{}", reply.body));
    let id = id.map(|id| format!("content-id: {id}\r\n")).unwrap_or_default();
    format!(
        "Content-Type: application/http\r\nContent-Length: {}\r\n{id}content-transfer-encoding: binary\r\n\r\n{inner}\r\n",
        inner.len()
    )
}

fn boundary(content_type: &str) -> Option<String> {
    let (kind, rest) = content_type.split_once(';')?;
    let name = rest.trim().strip_prefix("boundary=")?;
    (kind == "multipart/mixed" && !name.is_empty()).then(|| name.to_owned())
}

fn parts<'a>(body: &'a str, boundary: &str) -> Option<Vec<&'a str>> {
    let inside = body.strip_prefix(&format!("--{boundary}\r\n"))?;
    let (inside, rest) = inside.split_once(&format!("\r\n--{boundary}--"))?;
    rest.trim_matches(['\r', '\n']).is_empty().then(|| inside.split(&format!("\r\n--{boundary}\r\n")).collect())
}

fn header(lines: &str, name: &str) -> Option<String> {
    lines.split("\r\n").find_map(|line| {
        let (n, value) = line.split_once(':')?;
        n.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}
