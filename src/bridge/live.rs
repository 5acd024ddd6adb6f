//! The mirror as the store itself: lookups are answered by SQL, nothing is kept, and nothing is written anywhere.
//!
//! It evaluates orders with the very code that capture does, from rows of this moment; for `preview` and `verify`.

use std::collections::BTreeSet;

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::binlog::{Reading, Session, Source, Store, StoreError};
use crate::capture::Terms;
use crate::change::{Lookup, MirrorRow, TableShape};
use crate::mapping::{Bound, EvalError, Loaded, Mapping, Slice};

/// Lookups in one statement.
const LOOKUPS_MAX: usize = 200;

/// How far back a zone's offsets are looked for.
const OFFSET_MONTHS_MAX: i64 = 120;

/// How often a question may ask for more rows: the tables of its longest way, and some.
pub(super) const ROUNDS_MAX: usize = 100;

/// A mapping bound to a store, and a look at the store's rows.
pub struct Live {
    /// What is evaluated.
    pub bound: Bound,
    /// What the mapped tables look like.
    pub shapes: Vec<TableShape>,
    /// What the server is, for people.
    pub server: String,
    /// How documents are made; the defaults, where nobody has set it.
    pub terms: Terms,
    pub(super) reading: Reading,
}

impl Live {
    /// Connects, and binds the mapping to the store's tables.
    ///
    /// # Errors
    /// A store that cannot be reached, or a [`MappingError`](crate::mapping::MappingError).
    pub async fn open(source: &Source, mapping: &Mapping) -> anyhow::Result<Live> {
        let mut store = Store::inspect(source).await.map_err(super::unreachable_store)?;
        let mut shapes = store.shapes(&mapping.tables()).await?;
        mapping.settings().correct(&mut shapes);
        let bound = mapping.bind(&shapes)?;
        let reading = store.reading(&session(mapping)).await?;
        let terms = Terms::default();
        let mut live = Live { bound, shapes, server: store.server().to_owned(), terms, reading };
        live.begin().await?;
        Ok(live)
    }

    /// Begins a new moment, from which on rows are as they are now.
    ///
    /// # Errors
    /// The store's.
    pub async fn begin(&mut self) -> Result<(), StoreError> {
        self.reading.begin().await
    }

    /// Something to know about this look at the store, where there is; `otherwise` values agreed at another time's offset.
    pub fn note(&self, otherwise: usize) -> Option<String> {
        self.reading.is_nameless().then(|| {
            let (zone, offsets) = (self.bound.settings().zone_name(), offsets(&self.bound.settings().time_zone));
            let today = offsets.first().cloned().unwrap_or_default();
            let agreed = match (otherwise, offsets.get(1..)) {
                (1.., Some(others)) => format!("; {otherwise} values of another time of the year agree at {}", others.join(", ")),
                _ => String::new(),
            };
            format!(
                "the server does not know the zone {zone} by its name (mysql_tzinfo_to_sql loads such names): its SELECTs were \
                 run at today's offset, {today}{agreed}"
            )
        })
    }

    /// The answer to a question, loading what it asks for.
    ///
    /// # Errors
    /// The store's; the question's own are within.
    pub async fn ask<T>(
        &mut self,
        slice: &mut Slice,
        mut question: impl FnMut(&Bound, &mut Slice) -> Loaded<Result<T, EvalError>>,
    ) -> Result<Result<T, EvalError>, StoreError> {
        let mut rounds = 0;
        loop {
            if let Loaded::Ready(answer) = question(&self.bound, slice) {
                return Ok(answer);
            }
            rounds += 1;
            assert!(rounds < ROUNDS_MAX, "a question that has all rows it asked for asks on");
            self.load(slice).await?;
        }
    }

    /// Fills what a slice lacks.
    ///
    /// # Errors
    /// The store's.
    pub async fn load(&mut self, slice: &mut Slice) -> Result<(), StoreError> {
        let missing: Vec<Lookup> = slice.missing().iter().cloned().collect();
        let mut by_index: Vec<Vec<Lookup>> = Vec::new();
        for lookup in missing {
            match by_index.last_mut() {
                Some(same) if same.len() < LOOKUPS_MAX && is_alike(&same[0], &lookup) => same.push(lookup),
                _ => by_index.push(vec![lookup]),
            }
        }
        for lookups in by_index {
            self.fill(slice, lookups).await?;
        }
        Ok(())
    }

    async fn fill(&mut self, slice: &mut Slice, lookups: Vec<Lookup>) -> Result<(), StoreError> {
        let mut answers: Vec<Vec<MirrorRow>> = vec![Vec::new(); lookups.len()];
        let mut unclear = false;
        for wanted in self.bound.wanted(&lookups, &self.shapes) {
            let uses = &self.bound.footprint().tables[wanted.table];
            let Some(shape) = self.shapes.iter().find(|s| s.table == uses.table) else { continue };
            for row in self.reading.rows(uses, shape, &wanted.alias, &wanted.condition).await? {
                unclear |= lookups.len() > 1 && self.bound.owners(wanted.table, &row).is_err();
                let key = uses.key_of(&row);
                for answer in self.bound.answers(wanted.table, &row, &lookups) {
                    let known = answers[answer].iter().any(|r| r.table == wanted.table && r.key == key);
                    if !known {
                        let row = MirrorRow { table: wanted.table, key: key.clone(), row: row.clone() };
                        answers[answer].push(row);
                    }
                }
            }
        }
        if unclear {
            // Whose row one of them is cannot be said: then each is asked for alone, and the store says it.
            for lookup in lookups {
                Box::pin(self.fill(slice, vec![lookup])).await?;
            }
            return Ok(());
        }
        for (lookup, rows) in lookups.into_iter().zip(answers) {
            slice.fill(lookup, rows);
        }
        Ok(())
    }

    /// The key of the order that has this key, or else this number; none, or several, where the store says so.
    ///
    /// # Errors
    /// The store's.
    pub async fn orders_called(&mut self, called: &str) -> Result<Vec<String>, StoreError> {
        let mut slice = Slice::new();
        let by_id = self.ask(&mut slice, |bound, slice| bound.printed("order.id", called, slice)).await?;
        if by_id.map_or(true, |rows| !rows.is_empty()) {
            return Ok(vec![called.to_owned()]);
        }
        let statements = self.bound.orders_numbered(called);
        Ok(self.ids(&statements).await?.into_iter().collect())
    }

    /// The `id`s that these statements give.
    pub(super) async fn ids(&mut self, statements: &[String]) -> Result<BTreeSet<String>, StoreError> {
        let mut ids = BTreeSet::new();
        for statement in statements {
            for row in self.reading.printed(statement, "order.sql").await? {
                ids.extend(row.into_values().flatten());
            }
        }
        Ok(ids)
    }
}

/// Lookups that one statement can answer.
fn is_alike(a: &Lookup, b: &Lookup) -> bool {
    match (a, b) {
        (Lookup::Row { table: a, .. }, Lookup::Row { table: b, .. }) => a == b,
        (Lookup::Owned { index: a, .. }, Lookup::Owned { index: b, .. }) => a == b,
        _ => false,
    }
}

/// The offsets that a zone has had in the last years, today's first.
pub(super) fn offsets(zone: &TimeZone) -> Vec<String> {
    let mut offsets = Vec::new();
    for months in 0..OFFSET_MONTHS_MAX {
        let at = Timestamp::now().saturating_sub(SignedDuration::from_hours(months * 730));
        let offset = printed(zone.to_offset(at.unwrap_or(Timestamp::MIN)));
        if !offsets.contains(&offset) {
            offsets.push(offset);
        }
    }
    offsets
}

fn printed(offset: Offset) -> String {
    let (sign, ahead) = (if offset.is_negative() { '-' } else { '+' }, offset.seconds().unsigned_abs() / 60);
    format!("{sign}{:02}:{:02}", ahead / 60, ahead % 60)
}

fn session(mapping: &Mapping) -> Session {
    let settings = mapping.settings();
    Session {
        time_zone: settings.zone_name(),
        offset: printed(settings.time_zone.to_offset(Timestamp::now())),
        variables: settings.literals(),
        charset: settings.charset.clone(),
    }
}
