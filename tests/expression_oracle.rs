//! Both servers are the oracle: random expressions of every form over every pair of types give the values that they give.
//!
//! What we refuse, at load or for a row, is counted by its reason and stays under [`REFUSED_SHARE_MAX`]: exact or an error.
//! `LEDGERTAP_EXPRESSION_SEED` repeats a run.

mod grammar;
mod letters;
mod table;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ledgertap::change::Lookup;
use ledgertap::mapping::{Bound, Loaded, Mapping, Slice};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use grammar::{Example, T, examples};
use table::{Flavour, Meta, Printed, ROW_COUNT, Table};

/// How many examples of each form and pair of types each server is asked for.
const OF_EACH: usize = 3;
/// The least cases (an expression over one row on one server) of each form and pair.
const CASES_MIN: usize = 100;
const CASES_TOTAL_MIN: usize = 20_000;
/// Percent of all cases.
const REFUSED_SHARE_MAX: usize = 25;
/// Expressions in one SELECT and in one mapping.
const BATCH: usize = 8;

/// The server's errors for which we may have a refusal or an error of our own: out of range, illegal mixes of collations, letters
/// that a charset lacks.
const SERVER_ERRORS: &[u16] = &[1690, 1264, 1267, 1270, 1271, 3854];

/// What became of the cases of one server.
#[derive(Default)]
struct Tally {
    cases: BTreeMap<(&'static str, Vec<T>), [usize; 2]>,
    refused: BTreeMap<String, usize>,
    refused_by_form: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
    wrong_types: Vec<String>,
}

#[test]
fn random_expressions_give_what_both_servers_give() {
    let seed = std::env::var("LEDGERTAP_EXPRESSION_SEED").ok().and_then(|s| s.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| rand::rng().random());
    println!("LEDGERTAP_EXPRESSION_SEED={seed}");
    let began = std::time::Instant::now();
    let ask = |flavour| {
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(tally(flavour, seed))
        })
    };
    let threads = [ask(Flavour::MySql), ask(Flavour::MariaDb)];
    let tallies = threads.map(|t| t.join().unwrap());
    let mut cases: BTreeMap<(&str, Vec<T>), [usize; 2]> = BTreeMap::new();
    let (mut refused, mut by_form) = (BTreeMap::new(), BTreeMap::new());
    let mut wrong = String::new();
    for tally in &tallies {
        for (pair, [compared, refused]) in &tally.cases {
            let both = cases.entry(pair.clone()).or_default();
            both[0] += compared;
            both[1] += refused;
        }
        tally.refused.iter().for_each(|(why, n)| *refused.entry(why.clone()).or_insert(0) += n);
        tally.refused_by_form.iter().for_each(|(form, n)| *by_form.entry(*form).or_insert(0) += n);
        wrong.extend(tally.wrong.iter().chain(&tally.wrong_types).map(|w| format!("{w}\n")));
    }
    let total: usize = cases.values().map(|c| c[0] + c[1]).sum();
    let refused_total: usize = cases.values().map(|c| c[1]).sum();
    println!("{}", report(&cases, &refused, &by_form));
    println!("{total} cases, {refused_total} refused, {:?}", began.elapsed());
    assert!(wrong.is_empty(), "seed {seed}:\n{wrong}");
    assert!(total >= CASES_TOTAL_MIN, "only {total} cases");
    let thin: Vec<_> = cases.iter().filter(|(_, c)| c[0] + c[1] < CASES_MIN).collect();
    assert!(thin.is_empty(), "too few cases of {thin:?}");
    assert!(refused_total * 100 <= total * REFUSED_SHARE_MAX, "{refused_total} of {total} cases are refused");
}

fn report(
    cases: &BTreeMap<(&str, Vec<T>), [usize; 2]>,
    refused: &BTreeMap<String, usize>,
    by_form: &BTreeMap<&str, usize>,
) -> String {
    let mut out = String::new();
    let mut forms: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for ((form, _), [compared, refused]) in cases {
        let line = forms.entry(form).or_default();
        line[0] += 1;
        line[1] += compared;
        line[2] += refused;
    }
    for (form, [pairs, compared, refused]) in &forms {
        let _ = writeln!(out, "{form:<18} {pairs:>4} pairs {compared:>7} compared {refused:>7} refused");
    }
    let mut reasons: Vec<_> = refused.iter().collect();
    reasons.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
    for (why, n) in reasons {
        let _ = writeln!(out, "{n:>7} {why}");
    }
    let _ = writeln!(out, "{} forms refuse something", by_form.len());
    out
}

async fn tally(flavour: Flavour, seed: u64) -> Tally {
    let mut table = Table::new(flavour).await;
    let mut dice = ChaCha8Rng::seed_from_u64(seed ^ flavour as u64);
    let examples = examples(flavour, &mut dice, OF_EACH);
    let mut tally = Tally::default();
    for batch in examples.chunks(BATCH) {
        let theirs = ask_server(&mut table, batch).await;
        let ours = ask_mapping(&table, batch);
        for ((example, ours), theirs) in batch.iter().zip(ours).zip(theirs) {
            tally.compare(flavour, example, ours, theirs);
        }
    }
    tally
}

/// A server's answer for each row; an error's number where it has none.
struct Theirs {
    meta: Option<Meta>,
    rows: Vec<Result<Option<Vec<u8>>, u16>>,
}

/// Our answer for each row, or why there is none; the refusal at load is every row's.
type Ours = Vec<Result<Option<String>, String>>;

async fn ask_server(table: &mut Table, batch: &[Example]) -> Vec<Theirs> {
    let exprs: Vec<&str> = batch.iter().map(|e| e.sql.as_str()).collect();
    if let Ok((metas, rows)) = table.select(&exprs, "").await {
        let column = |i: usize, rows: &[Printed]| rows.iter().map(|r| Ok(r[i].clone())).collect();
        return (0..batch.len()).map(|i| Theirs { meta: Some(metas[i].clone()), rows: column(i, &rows) }).collect();
    }
    let mut answers = Vec::new();
    for example in batch {
        answers.push(ask_server_once(table, example).await);
    }
    answers
}

async fn ask_server_once(table: &mut Table, example: &Example) -> Theirs {
    let sql = [example.sql.as_str()];
    if let Ok((metas, rows)) = table.select(&sql, "").await {
        return Theirs { meta: Some(metas[0].clone()), rows: rows.into_iter().map(|r| Ok(r[0].clone())).collect() };
    }
    let mut rows = Vec::new();
    for id in 1..=ROW_COUNT {
        rows.push(match table.select(&sql, &format!("WHERE t.id = {id}")).await {
            Ok((_, found)) => Ok(found[0][0].clone()),
            Err((code, _)) if SERVER_ERRORS.contains(&code) => Err(code),
            Err((code, message)) => {
                panic!("the generator made what the server rejects: {}: {code} {message}", example.sql)
            }
        });
    }
    Theirs { meta: None, rows }
}

fn ask_mapping(table: &Table, batch: &[Example]) -> Vec<Ours> {
    let mut refused: Vec<Option<String>> = vec![None; batch.len()];
    loop {
        let kept: Vec<usize> = (0..batch.len()).filter(|&i| refused[i].is_none()).collect();
        let bound = if kept.is_empty() { None } else { Some(load(table, batch, &kept)) };
        match bound {
            Some(Err(refusals)) => {
                for (line, what) in refusals {
                    let i = kept[(line as usize - 1) / LINES_EACH];
                    refused[i].get_or_insert(what);
                }
            }
            Some(Ok(bound)) => {
                return answers(table, &bound, &refused);
            }
            None => return refused.into_iter().map(|why| vec![Err(why.unwrap_or_default()); ROW_COUNT]).collect(),
        }
    }
}

/// Lines of a SELECT in customer.sql.
const LINES_EACH: usize = 3;

type Refused = Vec<(u32, String)>;

fn load(table: &Table, batch: &[Example], kept: &[usize]) -> Result<Bound, Refused> {
    let selects: Vec<String> = kept
        .iter()
        .map(|&i| {
            let sql = &batch[i].sql;
            let null = if batch[i].tells_null { format!("IF(({sql}) IS NULL, 'N', 'V')") } else { "'?'".to_owned() };
            format!("SELECT CONCAT(t.id, ':{i}') AS id, 'x' AS name, {null} AS phone,\n{sql} AS address FROM t\n")
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let files = [
        (
            "profile.toml",
            "time_zone = \"+08:00\"\nclock_offset = 28800\ncurrency = \"CNY\"\ntax_rate = \"13\"\n[variables]\nv = \"Vienna\"\nn = 7\n"
                .to_owned(),
        ),
        ("customer.sql", selects.join("UNION ALL\n")),
        (
            "order.sql",
            "SELECT id, 'x' AS number, 'x' AS customer_id, '2026-11-20' AS placed_at, 'open' AS state, 0 AS total FROM t"
                .to_owned(),
        ),
        ("order_line.sql", "SELECT id, id AS order_id, 'S' AS sku, 'x' AS name, 1 AS quantity, 0 AS amount FROM t".to_owned()),
    ];
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let refusals = |e: ledgertap::mapping::MappingError| -> Refused {
        e.refusals
            .into_iter()
            .map(|r| {
                assert!(
                    r.line > 0 && r.file.ends_with("/customer.sql"),
                    "{r}: {}",
                    batch.iter().map(|e| format!("{}\n", e.sql)).collect::<String>()
                );
                (r.line, r.what)
            })
            .collect()
    };
    let mapping = Mapping::load(folder.path().to_str().unwrap(), &toml::Table::new()).map_err(refusals)?;
    mapping.bind(std::slice::from_ref(&table.shape)).map_err(refusals)
}

fn answers(table: &Table, bound: &Bound, refused: &[Option<String>]) -> Vec<Ours> {
    let columns = &bound.footprint().tables[0].columns;
    let at: Vec<usize> =
        columns.iter().map(|c| table.shape.columns.iter().position(|s| s.name == *c).unwrap()).collect();
    let mut slice = Slice::new();
    for change in &table.rows {
        let row = change.after.as_ref().unwrap();
        let row = at.iter().map(|&i| row[i].clone()).collect();
        let change = ledgertap::change::RowChange { after: Some(row), ..change.clone() };
        slice.apply(bound, &change).unwrap();
    }
    let answer = |slice: &mut Slice, id: String| loop {
        match bound.customer(&id, slice) {
            Loaded::Ready(Ok(found)) => {
                let found = found.unwrap().customer;
                let told = found.phone.as_deref() != Some("?");
                let null = told && found.phone.as_deref() == Some("N");
                return Ok(if null { None } else { found.address.or_else(|| told.then(String::new)) });
            }
            Loaded::Ready(Err(e)) => return Err(e.what),
            Loaded::Missing => {
                for lookup in slice.missing().clone() {
                    assert!(matches!(lookup, Lookup::Owned { .. }));
                    slice.fill(lookup, Vec::new());
                }
            }
        }
    };
    let rows = |i: usize, slice: &mut Slice| match &refused[i] {
        Some(why) => vec![Err(why.clone()); ROW_COUNT],
        None => (1..=ROW_COUNT).map(|id| answer(slice, format!("{id}:{i}"))).collect(),
    };
    (0..refused.len()).map(|i| rows(i, &mut slice)).collect()
}

impl Tally {
    fn compare(&mut self, flavour: Flavour, example: &Example, ours: Ours, theirs: Theirs) {
        let counts = self.cases.entry((example.form, example.types.clone())).or_default();
        for (row, (ours, theirs_row)) in ours.into_iter().zip(&theirs.rows).enumerate() {
            match (ours, theirs_row) {
                (Err(why), _) => {
                    counts[1] += 1;
                    *self.refused.entry(why).or_insert(0) += 1;
                    *self.refused_by_form.entry(example.form).or_insert(0) += 1;
                }
                (Ok(ours), Ok(theirs_value)) => {
                    counts[0] += 1;
                    let theirs_text = theirs_value.as_ref().map(|t| String::from_utf8_lossy(t).into_owned());
                    // An output does not tell an empty text from NULL.
                    let theirs_text = theirs_text.filter(|t| example.tells_null || !t.is_empty());
                    if ours != theirs_text {
                        self.wrong.push(format!(
                            "{flavour:?} {} {:?}: {} row {}\n   ours   {ours:?}\n   server {theirs_text:?}",
                            example.form,
                            example.types,
                            example.sql,
                            row + 1
                        ));
                    } else if let (Some(meta), Some(text)) = (&theirs.meta, &ours)
                        && meta.decimal
                        && text.split_once('.').map_or(0, |(_, digits)| digits.len()) != usize::from(meta.decimals)
                    {
                        self.wrong_types.push(format!(
                            "{flavour:?} {}: {} row {}: {text} is no DECIMAL with {} digits",
                            example.form,
                            example.sql,
                            row + 1,
                            meta.decimals
                        ));
                    }
                }
                (Ok(ours), Err(code)) => {
                    counts[0] += 1;
                    self.wrong.push(format!(
                        "{flavour:?} {} {:?}: {} row {}\n   ours   {ours:?}\n   server error {code}",
                        example.form,
                        example.types,
                        example.sql,
                        row + 1
                    ));
                }
            }
        }
    }
}
