//! The tests' Odoo: how it is reached, and what its own database says of a test's documents.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use ledgertap::erp::odoo::{Settings, Wire};
use tokio_postgres::{Client, NoTls};

/// Numbers that a test has for itself, and tests that a run has: a shop's ids have seven digits, and a run may follow another in a
/// second.
const ORDERS_MAX: u32 = 10;
const TESTS_MAX: u32 = 40;

/// Which server, and how it is spoken to.
#[derive(Debug, Clone, Copy)]
pub struct Spoken {
    /// 14 or 19.
    pub series: u8,
    pub wire: Wire,
}

/// A server that `scripts/services up odoo odoo-19` starts.
pub struct Odoo {
    spoken: Spoken,
    /// Where it listens.
    pub addr: SocketAddr,
    database: String,
    user: String,
    password: String,
    /// What the numbers of this test begin with.
    pub base: u32,
}

/// An order, or a move: an invoice or a credit note; as the ERP's database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// `order`, or the move's type.
    pub what: String,
    /// Our number.
    pub reference: String,
    /// Its state.
    pub state: String,
    /// The customer's number.
    pub customer: String,
    /// Net, tax and total.
    pub amounts: [String; 3],
    /// Of a move: what the customer's account was moved by, the reference of the invoice that it reverses, and the references of the
    /// orders whose lines its lines are linked to.
    pub books: Option<[String; 3]>,
}

impl Odoo {
    /// The one of the environment.
    pub fn new(spoken: Spoken) -> Odoo {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = if spoken.series == 14 { "LEDGERTAP_TEST_ODOO" } else { "LEDGERTAP_TEST_ODOO_19" };
        let url = super::service(name);
        let parts = || {
            let (login, rest) = url.strip_prefix("http://")?.split_once('@')?;
            let ((user, password), (addr, database)) = (login.split_once(':')?, rest.split_once('/')?);
            Some((user, password, addr.parse().ok()?, database))
        };
        let (user, password, addr, database) =
            parts().unwrap_or_else(|| panic!("{name} is http://USER:PASSWORD@HOST:PORT/DATABASE"));
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970").as_secs();
        let run = u32::try_from(since_epoch % 20_000).expect("it is small");
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Odoo {
            spoken,
            addr,
            database: database.into(),
            user: user.into(),
            password: password.into(),
            base: 1_000_000 + (run * TESTS_MAX + count) * ORDERS_MAX,
        }
    }

    /// How an adapter reaches it; an API key in the place of the password serves both wires.
    pub fn settings(&self, addr: SocketAddr) -> Settings {
        let login = (self.user.as_str(), self.password.as_str().into());
        Settings { wire: self.spoken.wire, ..Settings::new(format!("http://{addr}"), &self.database, login) }
    }

    /// The `[erp]` block for this address, with a bridge that waits so long for an answer, and for what was not answered.
    pub fn block(&self, addr: SocketAddr, (request_timeout, late_max): (&str, &str)) -> String {
        let Odoo { database, user, password, .. } = self;
        let login = match self.spoken.wire {
            Wire::JsonRpc => format!("user = '{user}'\npassword = '{password}'"),
            Wire::Json2 => format!("api = 'json-2'\napi_key = '{password}'"),
        };
        format!(
            "[erp]\nkind = 'odoo'\nurl = 'http://{addr}'\ndatabase = '{database}'\n{login}\n\
             request_timeout = '{request_timeout}'\nlate_max = '{late_max}'\n"
        )
    }

    /// What its database has of this test, by our numbers.
    pub async fn written(&self) -> Vec<Written> {
        let orders = "SELECT 'order', o.client_order_ref, o.state, p.ref, o.amount_untaxed::numeric(16, 2)::text, \
                      o.amount_tax::numeric(16, 2)::text, o.amount_total::numeric(16, 2)::text, NULL, NULL, NULL \
                      FROM sale_order o JOIN res_partner p ON p.id = o.partner_id WHERE o.client_order_ref LIKE $1";
        let receivable = match self.spoken.series {
            ..=15 => "a.internal_type = 'receivable'",
            16.. => "a.account_type = 'asset_receivable'",
        };
        let moves = format!(
            "SELECT m.move_type, m.ref, m.state, p.ref, m.amount_untaxed::numeric(16, 2)::text, \
                     m.amount_tax::numeric(16, 2)::text, m.amount_total::numeric(16, 2)::text, \
                     (SELECT sum(l.debit - l.credit)::numeric(16, 2) FROM account_move_line l JOIN account_account a ON \
                     a.id = l.account_id WHERE l.move_id = m.id AND {receivable})::text, coalesce(r.ref, ''), \
                     (SELECT coalesce(string_agg(DISTINCT o.client_order_ref, ' '), '') FROM account_move_line l JOIN \
                     sale_order_line_invoice_rel x ON x.invoice_line_id = l.id JOIN sale_order_line s ON s.id = x.order_line_id JOIN \
                     sale_order o ON o.id = s.order_id WHERE l.move_id = m.id) \
                     FROM account_move m JOIN res_partner p ON p.id = m.partner_id LEFT JOIN account_move r ON r.id = \
                     m.reversed_entry_id WHERE m.ref LIKE $1"
        );
        let query = format!("{orders} UNION ALL {moves} ORDER BY 2, 1");
        let rows = self.client().await.query(&query, &[&self.numbers()]).await.expect("read the books");
        let written = |row: &tokio_postgres::Row| {
            let text = |i: usize| row.get::<_, Option<String>>(i).unwrap_or_default();
            let is_move = row.get::<_, Option<String>>(8).is_some();
            Written {
                what: text(0),
                reference: text(1),
                state: text(2),
                customer: text(3),
                amounts: [4, 5, 6].map(text),
                books: is_move.then(|| [7, 8, 9].map(text)),
            }
        };
        rows.iter().map(written).collect()
    }

    /// A text that a query with one parameter gives.
    pub async fn text(&self, query: &str, parameter: &str) -> String {
        let row = self.client().await.query_one(query, &[&parameter]).await.expect("ask the ERP's database");
        row.get::<_, Option<String>>(0).unwrap_or_default()
    }

    /// What the references of this test's documents are like.
    fn numbers(&self) -> String {
        format!("O{}%", self.base / ORDERS_MAX)
    }

    /// A number of this test's own.
    pub fn number(&self, n: u32) -> String {
        assert!(n < ORDERS_MAX, "a test has {ORDERS_MAX} numbers");
        format!("O{}", self.base + n)
    }

    async fn client(&self) -> Client {
        let postgres = super::postgres();
        let (server, _) = postgres.rsplit_once('/').expect("it names a database");
        let url = format!("{server}/{}", self.database);
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap_or_else(|e| panic!("{url}: {e}"));
        tokio::spawn(connection);
        client
    }
}
