//! When the bridge said what: its log lines, with their times.

use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::Context as _;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer};

static SAID: Mutex<Vec<(Instant, String)>> = Mutex::new(Vec::new());

struct Marks;

impl<S: Subscriber> Layer<S> for Marks {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        struct Message(String);
        impl Visit for Message {
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                if field.name() == "message" {
                    self.0 = format!("{value:?}");
                }
            }
        }
        let mut message = Message(String::new());
        event.record(&mut message);
        SAID.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), message.0));
    }
}

/// Keeps what is said from now on; `LEDGERTAP_LOG` prints it, too.
pub fn listen() {
    let print =
        std::env::var_os("LEDGERTAP_LOG").map(|_| tracing_subscriber::fmt::layer().with_writer(std::io::stderr));
    let filter = EnvFilter::try_from_env("LEDGERTAP_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::registry().with(filter).with(Marks).with(print).init();
}

/// Forgets what was said.
pub fn clear() {
    SAID.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

/// When a line was said first that begins so.
pub fn when(beginning: &str) -> anyhow::Result<Instant> {
    let said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    let found = said.iter().find(|(_, message)| message.starts_with(beginning)).map(|(at, _)| *at);
    found.with_context(|| format!("the bridge did not say {beginning:?}"))
}
