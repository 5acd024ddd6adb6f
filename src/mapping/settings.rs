//! The settings of a profile: `profile.toml`, each of them overridable by the config's `[store.profile]`.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::refusal::{Place, Refusals};
use super::suggest::did_you_mean;
use crate::change::TableShape;
use crate::document::Minor;

/// The file in a mapping that holds the settings.
pub(super) const FILE: &str = "profile.toml";
/// Where the overrides stand in the config.
pub(super) const OVERRIDES: &str = "[store.profile]";

const SETTLE_DEFAULT: Duration = Duration::from_secs(2);
/// The longest `settle` and the largest clock offset that make sense: a day.
const DAY_SECONDS: u32 = 86_400;

/// The resolved settings of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What the store's table names start with; it takes the place of the profile's own prefix.
    pub table_prefix: String,
    /// The shop's zone: what FROM_UNIXTIME and TIMESTAMP columns are printed in.
    pub time_zone: TimeZone,
    /// Seconds to add to a stored time to get a Unix time; `@clock_offset` in the SELECTs.
    pub clock_offset: i64,
    /// How long an order has to be quiet before it is planned.
    pub settle: Duration,
    /// ISO 4217, for orders without a `currency` column.
    pub currency: String,
    /// The tax that prices include, in percent, for lines without a `tax_rate` column.
    pub tax_rate: Decimal,
    /// The service item that freight is booked under.
    pub shipping_sku: String,
    /// The service item that fees are booked under.
    pub fee_sku: String,
    /// The charset that the store's text is really in, where its columns say something else; `None` believes them.
    pub charset: Option<String>,
    /// Whether the amounts of lines, charges and discounts include tax.
    pub prices_include_tax: bool,
    /// Lookup tables, by their names in the store, whose changed rows touch the documents that look at them.
    pub follow: Vec<String>,
    /// What tells the rows apart of tables that have no key, by their names in the store.
    pub keys: BTreeMap<String, Vec<String>>,
    /// The `@name`s of the SELECTs, in lower case.
    pub variables: BTreeMap<String, Variable>,
}

/// What a variable of the SELECTs holds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "a variable is an integer or a text: write name = 5 or name = \"text\"")]
pub enum Variable {
    /// An integer.
    Integer(i64),
    /// A text.
    Text(String),
}

impl Settings {
    /// Tells the shapes what the store's text is really in ([`Settings::charset`]): text columns only.
    pub fn correct(&self, shapes: &mut [TableShape]) {
        for column in shapes.iter_mut().flat_map(|s| &mut s.columns).filter(|c| c.charset.is_some()) {
            column.really.clone_from(&self.charset);
        }
    }

    /// A table's name in the store, of a name that is written with the profile's own prefix.
    pub(super) fn table_named(&self, written: &str, written_prefix: &str) -> String {
        match written.strip_prefix(written_prefix) {
            Some(rest) => format!("{}{rest}", self.table_prefix),
            None => written.to_owned(),
        }
    }

    /// The shop's zone as a session sets it: `+08:00`, `Europe/Paris`.
    pub fn zone_name(&self) -> String {
        match (self.time_zone.iana_name(), self.time_zone.to_fixed_offset()) {
            // Not every server knows UTC by that name.
            (None | Some("UTC"), Ok(offset)) => printed(offset),
            (name, _) => name.unwrap_or_default().to_owned(),
        }
    }

    /// A text with one line a setting that shapes documents (the settle time does not); equal settings have equal texts.
    pub(super) fn canonical(&self) -> String {
        // What rows are found by follows from these.
        let found_by: String = self.follow.iter().map(|table| format!("follow={table}\n")).collect();
        let keys: String = self.keys.iter().map(|(table, key)| format!("key {table}={}\n", key.join(","))).collect();
        let variables: String = self.variables.iter().map(|(name, value)| format!("@{name}={value:?}\n")).collect();
        format!(
            "table_prefix={}\ntime_zone={}\nclock_offset={}\ncurrency={}\ntax_rate={}\nshipping_sku={}\n\
             fee_sku={}\ncharset={}\nprices_include_tax={}\n{variables}{found_by}{keys}",
            self.table_prefix,
            self.zone_name(),
            self.clock_offset,
            self.currency,
            self.tax_rate.normalize(),
            self.shipping_sku,
            self.fee_sku,
            self.charset.as_deref().unwrap_or("auto"),
            self.prices_include_tax,
        )
    }
}

/// Columns that a profile says otherwise than the SELECTs of the profile that it extends; by the SELECT's file.
pub(super) type Columns = BTreeMap<String, Vec<OwnColumn>>;

/// One of [`Columns`].
#[derive(Debug, Clone)]
pub(super) struct OwnColumn {
    /// The output's name.
    pub name: String,
    /// Its expression.
    pub expr: String,
    /// Where the expression begins in the settings' file.
    pub place: Place,
}

/// The files of a chain of profiles and the config's overrides, resolved. Each file comes with what its name is called by;
/// the first says more than those behind it.
pub(super) fn resolve(
    chain: &[(&str, &str)],
    overrides: &toml::Table,
    refusals: &mut Refusals,
) -> Option<(Settings, Columns)> {
    let mut layers = Vec::new();
    let mut columns = Columns::new();
    for (label, text) in chain {
        refusals.enter(&format!("{label}{FILE}"));
        let raw = toml::from_str::<Raw>(text).map_err(|e| {
            let place = e.span().map_or(Place::default(), |s| Place::at_byte(text, s.start));
            refusals.add(place, setting_error(e.message()));
        });
        layers.push(raw.ok());
        for (file, overridden) in own(text).columns {
            let known = columns.entry(file).or_default();
            for (name, expr) in overridden {
                let place = Place::at_byte(text, expr.span().start + 1);
                let name = name.to_lowercase();
                if !known.iter().any(|c| c.name == name) {
                    known.push(OwnColumn { name, expr: expr.into_inner(), place });
                }
            }
        }
    }
    refusals.enter(OVERRIDES);
    for only in ["extends", "columns"].into_iter().filter(|name| overrides.contains_key(*name)) {
        let what = format!("`{only}` stands in a mapping's own {FILE}: make a folder and name it as the mapping");
        refusals.add(Place::default(), what);
    }
    let over =
        overrides.clone().try_into::<Raw>().map_err(|e| refusals.add(Place::default(), setting_error(e.message())));
    let over = over.ok();
    refusals.enter_settings();
    let layers: Vec<Raw> = layers.into_iter().collect::<Option<_>>()?;
    let over = over?;
    // Each names tables as its SELECTs do; all of them are in the store under one prefix.
    let prefixes = || layers.iter().map(|l| l.table_prefix.clone());
    let table_prefix = over.table_prefix.clone().or(prefixes().flatten().next()).unwrap_or_default();
    let written: Vec<String> =
        (0..layers.len()).map(|i| prefixes().skip(i).flatten().next().unwrap_or_default()).collect();
    let own = over.named(written.first().map_or("", String::as_str), &table_prefix);
    let resolved = layers
        .into_iter()
        .zip(&written)
        .fold(own, |resolved, (layer, written)| resolved.or(layer.named(written, &table_prefix)));
    resolved.settings(refusals).map(|s| (s, columns))
}

/// What a profile says of its own SELECTs; faults of the file are found elsewhere.
#[derive(Deserialize, Default)]
struct Own {
    extends: Option<String>,
    table_prefix: Option<String>,
    #[serde(default)]
    columns: BTreeMap<String, BTreeMap<String, toml::Spanned<String>>>,
}

fn own(text: &str) -> Own {
    toml::from_str(text).unwrap_or_default()
}

/// The profile that this file's own one extends.
pub(super) fn extends(text: &str) -> Option<String> {
    own(text).extends
}

/// What this file says that table names begin with.
pub(super) fn prefix(text: &str) -> Option<String> {
    own(text).table_prefix
}

fn setting_error(message: &str) -> String {
    if message.contains("unknown field `utc_offset`") {
        return "the setting `utc_offset` is now `time_zone`: write time_zone = \"+08:00\" or \"Europe/Paris\""
            .to_owned();
    }
    message.replace("unknown field", "unknown setting")
}

/// What the file says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    table_prefix: Option<String>,
    time_zone: Option<Zone>,
    clock_offset: Option<ClockOffset>,
    settle: Option<Settle>,
    currency: Option<Currency>,
    tax_rate: Option<Percent>,
    shipping_sku: Option<Sku>,
    fee_sku: Option<Sku>,
    charset: Option<String>,
    prices_include_tax: Option<bool>,
    one_transaction: Option<bool>,
    follow: Option<Vec<String>>,
    keys: Option<BTreeMap<String, Vec<String>>>,
    /// These are read by [`own`].
    #[serde(rename = "extends")]
    _extends: Option<String>,
    #[serde(rename = "columns")]
    _columns: Option<BTreeMap<String, BTreeMap<String, String>>>,
    variables: Option<BTreeMap<String, Variable>>,
}

impl Raw {
    fn or(self, base: Raw) -> Raw {
        Raw {
            table_prefix: self.table_prefix.or(base.table_prefix),
            time_zone: self.time_zone.or(base.time_zone),
            clock_offset: self.clock_offset.or(base.clock_offset),
            settle: self.settle.or(base.settle),
            currency: self.currency.or(base.currency),
            tax_rate: self.tax_rate.or(base.tax_rate),
            shipping_sku: self.shipping_sku.or(base.shipping_sku),
            fee_sku: self.fee_sku.or(base.fee_sku),
            charset: self.charset.or(base.charset),
            prices_include_tax: self.prices_include_tax.or(base.prices_include_tax),
            one_transaction: self.one_transaction.or(base.one_transaction),
            follow: self.follow.or(base.follow),
            keys: merged(self.keys, base.keys),
            _extends: None,
            _columns: None,
            variables: Some(base.variables.into_iter().chain(self.variables).flatten().map(lower_case).collect()),
        }
    }

    /// With the names that its tables have in the store.
    fn named(mut self, written_prefix: &str, table_prefix: &str) -> Raw {
        let named = |written: &str| match written.strip_prefix(written_prefix) {
            Some(rest) => format!("{table_prefix}{rest}"),
            None => written.to_owned(),
        };
        self.follow = self.follow.map(|all| all.iter().map(|table| named(table)).collect());
        self.keys = self.keys.map(|all| all.into_iter().map(|(table, key)| (named(&table), key)).collect());
        self
    }

    fn settings(self, refusals: &mut Refusals) -> Option<Settings> {
        let mut need = |missing: bool, example: &str| {
            if missing {
                let name = example.split(' ').next().unwrap_or(example);
                refusals.add(Place::default(), format!("the setting `{name}` is missing: write {example}"));
            }
        };
        need(self.time_zone.is_none(), "time_zone = \"+08:00\"");
        need(self.currency.is_none(), "currency = \"CNY\"");
        need(self.tax_rate.is_none(), "tax_rate = \"13\"");
        if self.settle.as_ref().is_some_and(|s| s.0.is_zero()) && self.one_transaction != Some(true) {
            refusals.add(
                Place::default(),
                "settle = \"0s\" books what a shop has half written: write one_transaction = true where it is certain that the \
                 shop writes a whole document in one transaction, or settle = \"2s\"",
            );
        }
        let table_prefix = self.table_prefix.unwrap_or_default();
        let variables = variables(self.variables.unwrap_or_default(), refusals);
        Some(Settings {
            follow: self.follow.unwrap_or_default(),
            keys: self.keys.unwrap_or_default(),
            prices_include_tax: self.prices_include_tax.unwrap_or(true),
            table_prefix: table_prefix.clone(),
            time_zone: self.time_zone?.0,
            clock_offset: self.clock_offset.map_or(0, |c| c.0),
            settle: self.settle.map_or(SETTLE_DEFAULT, |s| s.0),
            currency: self.currency?.0,
            tax_rate: self.tax_rate?.0,
            shipping_sku: self.shipping_sku.map_or_else(|| "SHIPPING".to_owned(), |s| s.0),
            fee_sku: self.fee_sku.map_or_else(|| "FEE".to_owned(), |s| s.0),
            charset: charset(self.charset, refusals),
            variables,
        })
    }
}

/// Both, the first's entries before the second's.
fn merged<V>(first: Option<BTreeMap<String, V>>, second: Option<BTreeMap<String, V>>) -> Option<BTreeMap<String, V>> {
    let mut merged = second.unwrap_or_default();
    merged.extend(first.unwrap_or_default());
    Some(merged)
}

/// The charsets that texts can be read in.
const CHARSETS: [&str; 8] = ["auto", "utf8mb4", "utf8mb3", "utf8", "latin1", "ascii", "gbk", "gb18030"];

fn charset(given: Option<String>, refusals: &mut Refusals) -> Option<String> {
    let given = given?.to_lowercase();
    if !CHARSETS.contains(&given.as_str()) {
        let hint = did_you_mean(&given, CHARSETS);
        let what = format!("charset: `{given}` is none that we can read ({}){hint}", CHARSETS.join(", "));
        refusals.add(Place::default(), what);
    }
    Some(given).filter(|c| c != "auto")
}

/// The server does not tell names of variables apart by case.
fn lower_case((name, value): (String, Variable)) -> (String, Variable) {
    (name.to_lowercase(), value)
}

/// Refuses names that are no variable's.
fn variables(given: BTreeMap<String, Variable>, refusals: &mut Refusals) -> BTreeMap<String, Variable> {
    for name in given.keys() {
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let what = match name.as_str() {
            "clock_offset" | "time_zone" => "is a setting of its own: write it above [variables]",
            _ if !plain => "is no name of a variable: write letters, digits and _",
            _ => continue,
        };
        refusals.add(Place::default(), format!("[variables]: `{name}` {what}"));
    }
    given
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Zone(TimeZone);

impl TryFrom<String> for Zone {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        zone_named(&text).map(Zone).ok_or("this is no time zone: write time_zone = \"+08:00\" or \"Europe/Paris\"")
    }
}

/// A zone by its offset or its name.
pub(super) fn zone_named(text: &str) -> Option<TimeZone> {
    match text.chars().next()? {
        '+' | '-' => offset(text).map(TimeZone::fixed),
        _ => TimeZoneDatabase::bundled().get(text).ok(),
    }
}

fn offset(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let number = |s: &str, max: i32| {
        let digits = s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| s.parse::<i32>().ok()).flatten().filter(|n| (0..=max).contains(n))
    };
    let seconds = number(hours, 14)? * 3600 + number(minutes, 59)? * 60;
    Offset::from_seconds(sign * seconds).ok()
}

fn printed(offset: Offset) -> String {
    let minutes = offset.seconds().unsigned_abs() / 60;
    let sign = if offset.seconds() < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[derive(Deserialize)]
#[serde(try_from = "i64")]
struct ClockOffset(i64);

impl TryFrom<i64> for ClockOffset {
    type Error = &'static str;
    fn try_from(seconds: i64) -> Result<Self, Self::Error> {
        if seconds.unsigned_abs() <= u64::from(DAY_SECONDS) {
            Ok(ClockOffset(seconds))
        } else {
            Err("a clock offset is a day at most: write clock_offset = 28800, in seconds")
        }
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Settle(Duration);

impl TryFrom<String> for Settle {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        const WRONG: &str = "this is no duration: write settle = \"2s\", \"500ms\" or \"1m\", a day at most";
        let unit_at = text.find(|c: char| !c.is_ascii_digit()).ok_or(WRONG)?;
        let (count, unit) = text.split_at(unit_at);
        let count: u32 = count.parse().map_err(|_| WRONG)?;
        let settle = match unit {
            "ms" => Duration::from_millis(count.into()),
            "s" => Duration::from_secs(count.into()),
            "m" => Duration::from_secs(u64::from(count) * 60),
            _ => return Err(WRONG),
        };
        if settle.as_secs() <= DAY_SECONDS.into() { Ok(Settle(settle)) } else { Err(WRONG) }
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Currency(String);

impl TryFrom<String> for Currency {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        if is_currency(&text) { Ok(Currency(text)) } else { Err("this is no ISO 4217 code: write currency = \"CNY\"") }
    }
}

/// True for a currency of ISO 4217 that has a minor unit.
pub(super) fn is_currency(text: &str) -> bool {
    Minor::of(text).is_some()
}

#[derive(Deserialize)]
#[serde(try_from = "Written")]
struct Percent(Decimal);

#[derive(Deserialize)]
#[serde(untagged, expecting = "this is no percentage: write tax_rate = \"13\", in quotes")]
enum Written {
    Text(String),
    Whole(u8),
}

impl TryFrom<Written> for Percent {
    type Error = &'static str;
    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let rate = match written {
            Written::Text(text) => Decimal::from_str_exact(&text).ok(),
            Written::Whole(percent) => Some(Decimal::from(percent)),
        };
        rate.filter(is_rate).map(Percent).ok_or("this is no percentage: write tax_rate = \"13\", in quotes")
    }
}

/// True for 0 to 100 percent.
pub(super) fn is_rate(rate: &Decimal) -> bool {
    (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(rate)
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Sku(String);

impl TryFrom<String> for Sku {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.trim().is_empty() { Err("a service item needs a SKU") } else { Ok(Sku(text)) }
    }
}
