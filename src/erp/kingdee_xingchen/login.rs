//! The token that requests carry, and the secret that it is asked for with: what is known, and what to ask for next.
//!
//! The vendor changes an account's secret every 24 h. Where the config names the authorisation (`outer_instance_id`) instead of
//! a secret, the secret is fetched, kept in memory, and fetched anew when a day has passed, when the token's address says that
//! it is stale, or when a token is refused: then its secret is likely to have gone with it. A token and a secret may each be asked for twice a minute (third-party notes), and what was refused is
//! left alone for a minute. A rotation needs no more care than that: documents carry the token and nothing of the secret,
//! a token that is refused (401) is refused before anything is passed on, and the request is signed and sent again.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use serde_json::Value;

use super::classify::Answer;
use crate::erp::Failure;

/// A token lives about 24 h; an hour before its end it is replaced.
const TOKEN_AGE_MAX: Duration = Duration::from_secs(23 * 3600);
/// A secret is replaced every 24 h.
const SECRET_AGE_MAX: Duration = Duration::from_secs(24 * 3600);
const CALLS_MAX: usize = 2;
const CALLS_WINDOW: Duration = Duration::from_secs(60);
/// `status` of an authorisation that is in force (third-party notes); the field may be a number or its text.
const IN_FORCE: &str = "1";

/// A token and where it leads.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub value: String,
    /// The account's data centre, where the ERP said it.
    pub domain: Option<String>,
    issued: Instant,
}

/// The account's secret.
#[derive(Debug, Clone)]
pub(super) struct Secret {
    pub value: SecretString,
    pub domain: Option<String>,
    /// `None` for one that the config gives: it is not ours to replace.
    fetched: Option<Instant>,
}

/// What is to be done for a token.
#[derive(Debug)]
pub(super) enum Next {
    /// There is one.
    Use(Token),
    /// Ask for the authorisation's secret.
    FetchSecret,
    /// Ask for a token with this secret.
    AskForToken(Secret),
    /// Nothing, for now.
    Wait(Failure),
}

/// What is known of the account's credentials.
#[derive(Debug, Default)]
pub(super) struct Login {
    token: Option<Token>,
    secret: Option<Secret>,
    token_calls: Calls,
    secret_calls: Calls,
}

impl Login {
    /// With the secret that the config gives, if it gives one.
    pub(super) fn new(fixed: Option<SecretString>) -> Login {
        let secret = fixed.map(|value| Secret { value, domain: None, fetched: None });
        Login { secret, ..Login::default() }
    }

    /// Forgets a token that was refused, and the secret that it was asked for with where another one can be fetched; unless
    /// another token is in its place by now.
    pub(super) fn forget(&mut self, refused: Option<&str>) {
        if let Some(token) = self.token.take_if(|t| Some(t.value.as_str()) == refused) {
            tracing::info!(age_s = token.issued.elapsed().as_secs(), "the ERP refuses its token; asking for another");
            self.secret.take_if(|s| s.fetched.is_some());
        }
    }

    /// What to do now. Whoever asks again and again is told to wait after two rounds.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        let age = |since: Instant| now.saturating_duration_since(since);
        if let Some(token) = self.token.as_ref().filter(|t| age(t.issued) < TOKEN_AGE_MAX) {
            return Next::Use(token.clone());
        }
        let fresh = |secret: &&Secret| secret.fetched.is_none_or(|fetched| age(fetched) < SECRET_AGE_MAX);
        let (calls, what, next) = match self.secret.as_ref().filter(fresh) {
            Some(secret) => (&mut self.token_calls, "token", Next::AskForToken(secret.clone())),
            None => (&mut self.secret_calls, "secret", Next::FetchSecret),
        };
        match calls.wait(now) {
            None => next,
            Some(wait) => Next::Wait(Failure::NotDone {
                reason: format!("no {what}: the ERP allows two requests for one a minute"),
                retry_after: Some(wait),
            }),
        }
    }

    /// Takes the answer to a request for a token that left at `asked`.
    ///
    /// # Errors
    /// Why there is none. A secret that is stale is no error where another one can be fetched.
    pub(super) fn token_answered(&mut self, asked: Instant, answer: Answer) -> Result<(), Failure> {
        self.token_calls.note(asked, &answer);
        match read_token(answer, asked) {
            Ok(token) => {
                self.token = Some(token);
                Ok(())
            }
            Err(Failure::SessionRefused(text)) => match self.secret.take_if(|s| s.fetched.is_some()) {
                Some(_) => {
                    tracing::info!("the account's secret has been replaced; fetching the new one");
                    Ok(())
                }
                None => Err(Failure::Unauthorised(format!(
                    "{text} (at the token's address this means an app_secret that has been replaced: it changes every 24 h; write \
                     the new one, or erp.outer_instance_id in its place, with which it is fetched)"
                ))),
            },
            Err(failure) => Err(failure),
        }
    }

    /// Takes the answer to a request for the secret of `app_key` that left at `asked`.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn secret_answered(&mut self, asked: Instant, answer: Answer, app_key: &str) -> Result<(), Failure> {
        self.secret_calls.note(asked, &answer);
        self.secret = Some(read_secret(answer, asked, app_key)?);
        Ok(())
    }

    /// The secret in use: it must not show.
    pub(super) fn secret(&self) -> Option<&SecretString> {
        self.secret.as_ref().map(|secret| &secret.value)
    }
}

/// Requests of one kind within the last minute.
#[derive(Debug, Default)]
struct Calls(VecDeque<Instant>);

impl Calls {
    /// How long to wait before the next one; `None` where it may be sent now.
    fn wait(&mut self, now: Instant) -> Option<Duration> {
        while self.0.front().is_some_and(|&at| now.saturating_duration_since(at) >= CALLS_WINDOW) {
            self.0.pop_front();
        }
        let first = self.0.front().filter(|_| self.0.len() >= CALLS_MAX)?;
        Some(CALLS_WINDOW - now.saturating_duration_since(*first))
    }

    /// Counts one, unless it never left or something else than the ERP answered it.
    fn note(&mut self, asked: Instant, answer: &Answer) {
        if !matches!(answer, Answer::Failure(Failure::NotSent(_) | Failure::Garbled(_))) {
            self.0.push_back(asked);
        }
    }
}

fn read_token(answer: Answer, issued: Instant) -> Result<Token, Failure> {
    let data = done(answer)?;
    let value = text(&data, "app-token").or_else(|| text(&data, "app_token"));
    let value = value.ok_or_else(|| Failure::Garbled("the answer to a request for a token holds none".into()))?;
    Ok(Token { value, domain: text(&data, "domain"), issued })
}

fn read_secret(answer: Answer, fetched: Instant, app_key: &str) -> Result<Secret, Failure> {
    let data = match done(answer) {
        Ok(data) => data,
        Err(Failure::SessionRefused(text)) => return Err(Failure::Unauthorised(text)),
        Err(failure) => return Err(failure),
    };
    let authorisations = data.as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(ours) = authorisations.iter().find(|a| text(a, "appKey").as_deref() == Some(app_key)) else {
        return Err(Failure::Unauthorised(format!(
            "erp.outer_instance_id has {} authorisations, and none for erp.app_key: see on the open platform which account the \
             application is authorised for",
            authorisations.len()
        )));
    };
    if text(ours, "status").is_some_and(|status| status != IN_FORCE) {
        let what = "the authorisation of erp.app_key is not in force: authorise the application for the account anew";
        return Err(Failure::Unauthorised(what.into()));
    }
    let value = text(ours, "appSecret")
        .ok_or_else(|| Failure::Garbled("the answer to a request for a secret holds none".into()))?;
    Ok(Secret { value: value.into(), domain: text(ours, "domain"), fetched: Some(fetched) })
}

fn done(answer: Answer) -> Result<Value, Failure> {
    match answer {
        Answer::Done(data) => Ok(data),
        Answer::Duplicate(text) | Answer::NotFound(text) | Answer::Refused(text) => Err(Failure::Unauthorised(text)),
        Answer::Failure(failure) => Err(failure),
    }
}

/// A field that is a text or a number, as text.
fn text(fields: &Value, name: &str) -> Option<String> {
    match fields.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use serde_json::json;

    use super::*;

    fn authorised(secret: &str) -> Answer {
        Answer::Done(json!([
            {"appKey": "other", "appSecret": "no", "status": 1},
            {"appKey": "k", "appSecret": secret, "domain": "https://tf.example", "status": "1"},
        ]))
    }

    fn token(value: &str) -> Answer {
        Answer::Done(json!({"app-token": value}))
    }

    fn stale() -> Answer {
        Answer::Failure(Failure::SessionRefused("1030002006 bad format".into()))
    }

    #[track_caller]
    fn asks_with(next: Next, secret: &str) {
        match next {
            Next::AskForToken(asked) => assert_eq!(asked.value.expose_secret(), secret),
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn waits(next: Next) -> Duration {
        match next {
            Next::Wait(Failure::NotDone { retry_after: Some(wait), .. }) => wait,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_secret_is_fetched_and_used_for_a_day() {
        let (mut login, start) = (Login::new(None), Instant::now());
        let at = |s: u64| start + Duration::from_secs(s);
        assert!(matches!(login.next(at(0)), Next::FetchSecret));
        login.secret_answered(at(0), authorised("one"), "k").unwrap();
        asks_with(login.next(at(1)), "one");
        login.token_answered(at(1), token("t1")).unwrap();
        assert!(matches!(login.next(at(2)), Next::Use(token) if token.value == "t1"));
        asks_with(login.next(at(23 * 3600 + 1)), "one");
        assert!(matches!(login.next(at(24 * 3600)), Next::FetchSecret));
    }

    #[test]
    fn a_stale_secret_is_replaced_and_nothing_is_asked_for_more_than_twice_a_minute() {
        let (mut login, start) = (Login::new(None), Instant::now());
        let at = |s: u64| start + Duration::from_secs(s);
        for (second, secret) in [(0, "one"), (10, "two")] {
            assert!(matches!(login.next(at(second)), Next::FetchSecret));
            login.secret_answered(at(second), authorised(secret), "k").unwrap();
            asks_with(login.next(at(second)), secret);
            login.token_answered(at(second), stale()).unwrap();
        }
        assert_eq!(waits(login.next(at(20))), Duration::from_secs(40));
        assert!(matches!(login.next(at(60)), Next::FetchSecret));
        login.secret_answered(at(60), authorised("three"), "k").unwrap();
        asks_with(login.next(at(60)), "three");
        login.token_answered(at(60), token("t")).unwrap();
        login.forget(Some("older"));
        assert!(matches!(login.next(at(61)), Next::Use(_)));
        login.forget(Some("t"));
        assert_eq!(
            waits(login.next(at(61))),
            Duration::from_secs(9),
            "the token of ten seconds after the start counts"
        );
    }

    #[test]
    fn a_secret_of_the_config_is_not_replaced() {
        let (mut login, now) = (Login::new(Some("mine".into())), Instant::now());
        asks_with(login.next(now), "mine");
        let Err(Failure::Unauthorised(said)) = login.token_answered(now, stale()) else { panic!() };
        assert!(said.contains("every 24 h") && said.contains("erp.outer_instance_id"), "{said}");
        asks_with(login.next(now + Duration::from_secs(48 * 3600)), "mine");
    }

    #[test]
    fn what_never_left_is_not_counted() {
        let (mut login, now) = (Login::new(Some("mine".into())), Instant::now());
        for _ in 0..3 {
            let answer = Answer::Failure(Failure::NotSent("no connection".into()));
            assert!(matches!(login.token_answered(now, answer), Err(Failure::NotSent(_))));
            asks_with(login.next(now), "mine");
        }
    }

    #[test]
    fn an_authorisation_that_is_not_ours_or_not_in_force_is_said() {
        let ended = json!([{"appKey": "k", "appSecret": "s", "status": 0}]);
        for (data, expected) in [
            (json!([]), "has 0 authorisations"),
            (json!([{"appKey": "x", "appSecret": "s"}]), "has 1 authorisations, and none for erp.app_key"),
            (json!({"appKey": "k"}), "has 0 authorisations"),
            (ended, "not in force"),
        ] {
            let said = Login::new(None).secret_answered(Instant::now(), Answer::Done(data), "k").unwrap_err();
            assert!(matches!(&said, Failure::Unauthorised(text) if text.contains(expected)), "{said:?}");
        }
        let none = Login::new(None).secret_answered(Instant::now(), Answer::Done(json!([{"appKey": "k"}])), "k");
        assert!(matches!(none, Err(Failure::Garbled(_))));
    }
}
