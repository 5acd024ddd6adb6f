//! Finds a mapping's files, among those that ship with ledgertap or in a folder, and reads them.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::aggregate::Computed;
use super::contract::{ORDER, SOURCES, Source};
use super::query::{self, Query};
use super::refusal::{MappingError, Place, Refusal, Refusals};
use super::settings::{self, Columns, Settings};
use super::suggest::did_you_mean;

/// A profile's name, and what it says in place of the one that it extends.
macro_rules! shipped {
    ($name:literal: $($file:literal),*) => {
        ($name, &[
            ("profile.toml", include_str!(concat!("../../schema/stores/", $name, "/profile.toml"))),
            $((concat!($file, ".sql"), include_str!(concat!("../../schema/stores/", $name, "/", $file, ".sql")))),*
        ])
    };
}

/// The profiles that ship with ledgertap, each with its files.
const SHIPPED: &[(&str, &[(&str, &str)])] = &[
    shipped!("ecshop": "customer", "order", "order_line", "refund", "refund_line"),
    shipped!("ecshop-4": "customer", "order", "refund", "refund_line"),
    shipped!("magento2": "customer", "order", "order_line", "refund", "refund_line"),
    shipped!("opencart": "customer", "order", "order_line", "refund", "refund_line"),
    shipped!("opencart-3": "customer", "order_line"),
    shipped!("prestashop": "customer", "order", "order_line", "refund", "refund_line"),
    shipped!("prestashop-1.7": "order_line"),
    shipped!("shops": "customer", "order", "order_line", "refund", "refund_line"),
    shipped!("woocommerce": "customer", "order", "order_line", "refund", "refund_line"),
    shipped!("woocommerce-posts": "customer", "order", "order_line", "refund", "refund_line"),
];

/// How many profiles may stand behind one.
const EXTENDS_MAX: usize = 4;

/// A mapping's files are small; what is larger is something else.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// A mapping that has been read and is free of faults that can be seen without the store.
#[derive(Debug, Clone)]
pub struct Mapping {
    pub(super) settings: Settings,
    pub(super) queries: Vec<Query>,
    pub(super) version: String,
    /// What the names of its own files begin with.
    pub(super) home: String,
}

/// The files of one profile of a chain.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    /// What stands before its files' names in messages: the folder or profile they came from, with `/` after it.
    label: String,
    files: BTreeMap<String, String>,
}

/// The text of a file, with the beginning that its table names are written with.
struct Chosen<'a> {
    label: &'a str,
    text: &'a str,
    written_prefix: String,
}

impl Mapping {
    /// Reads a profile that ships with ledgertap, by its name, or else a folder; and the profiles that it extends.
    ///
    /// # Errors
    /// Every fault that can be seen without the store, each with its place and what to write instead.
    pub fn load(place: &str, overrides: &toml::Table) -> Result<Mapping, MappingError> {
        let home = format!("{}/", place.trim_end_matches('/'));
        let mut layers = vec![Layer { label: home, files: files_of(place, Path::new(""))? }];
        let mut folder = Path::new(place).to_owned();
        while let Some(base) =
            layers.last().and_then(|l| l.files.get(settings::FILE)).and_then(|t| settings::extends(t))
        {
            if layers.len() > EXTENDS_MAX {
                let what = format!("more than {EXTENDS_MAX} profiles stand behind it: does one extend itself?");
                return Err(refused(&format!("{}{}", layers[layers.len() - 1].label, settings::FILE), what));
            }
            let files = files_of(&base, &folder)?;
            folder = folder.join(&base);
            layers.push(Layer { label: format!("{base}/"), files });
        }
        Mapping::from_layers(&layers, overrides)
    }

    /// From the texts of its files, by name.
    #[cfg(test)]
    pub(crate) fn from_files(
        files: &BTreeMap<String, String>,
        overrides: &toml::Table,
    ) -> Result<Mapping, MappingError> {
        Mapping::from_layers(&[Layer { label: String::new(), files: files.clone() }], overrides)
    }

    /// From a chain of profiles, the one that extends the others first.
    fn from_layers(layers: &[Layer], overrides: &toml::Table) -> Result<Mapping, MappingError> {
        let home = layers.first().map_or("", |l| l.label.as_str());
        let mut refusals = Refusals::at(home);
        let texts = layers.iter().filter_map(|l| Some((l.label.as_str(), l.files.get(settings::FILE)?.as_str())));
        let resolved = settings::resolve(&texts.collect::<Vec<_>>(), overrides, &mut refusals);
        let chosen = chosen(layers);
        check_files(layers, &chosen, &mut refusals);
        let Some((settings, columns)) = resolved else {
            refusals.finish()?;
            unreachable!("settings are resolved or refused");
        };
        check_columns(&columns, &chosen, &mut refusals);
        let mut queries = Vec::new();
        for source in SOURCES {
            if let Some(Chosen { label, text, written_prefix }) = chosen.get(source.file) {
                refusals.enter(&format!("{label}{}", source.file));
                let overrides = columns.get(source.file);
                let query = query::read(source, text, &settings, written_prefix, overrides, &mut refusals);
                queries.extend(query.map(|query| Query { label: (*label).to_owned(), ..query }));
            }
        }
        check_prefix(&settings, &queries, &mut refusals);
        refusals.finish()?;
        let version = version(&chosen, &columns, &settings);
        Ok(Mapping { settings, queries, version, home: home.to_owned() })
    }

    /// The tables that the SELECTs read, by their names in the store, sorted.
    pub fn tables(&self) -> Vec<String> {
        let branches = || self.queries.iter().flat_map(|q| &q.branches);
        let subqueries = branches().flat_map(|b| &b.computed).filter_map(|one| match one {
            Computed::Subquery(subquery) => Some(&subquery.table),
            Computed::Aggregate(_) => None,
        });
        let from = branches().flat_map(|b| &b.tables).chain(subqueries);
        let mut tables: Vec<String> = from.map(|t| t.table.clone()).collect();
        tables.sort();
        tables.dedup();
        tables
    }

    /// True where orders say their own currency.
    pub fn has_currencies(&self) -> bool {
        let position = ORDER.position("currency");
        let orders = self.queries.iter().filter(|q| q.source.file == ORDER.file).flat_map(|q| &q.branches);
        position.is_some_and(|p| orders.clone().any(|b| b.outputs[p].is_some()))
    }

    /// SHA-256 in hex over the SELECTs' texts and the resolved settings.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The resolved settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

/// The names of the profiles that ship with ledgertap.
pub fn profile_names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name)
}

/// The file of each SELECT, from the first profile of the chain that has it.
fn chosen(layers: &[Layer]) -> BTreeMap<&str, Chosen<'_>> {
    let mut chosen = BTreeMap::new();
    for (i, layer) in layers.iter().enumerate() {
        let prefixes = layers[i..].iter().filter_map(|l| l.files.get(settings::FILE)).find_map(|t| settings::prefix(t));
        let written_prefix = prefixes.unwrap_or_default();
        for (name, text) in layer.files.iter().filter(|(name, _)| name.ends_with(".sql")) {
            let file = Chosen { label: &layer.label, text, written_prefix: written_prefix.clone() };
            chosen.entry(name.as_str()).or_insert(file);
        }
    }
    chosen
}

/// The files of a profile that ships with ledgertap, or of a folder, which is looked for from `from`.
fn files_of(place: &str, from: &Path) -> Result<BTreeMap<String, String>, MappingError> {
    match SHIPPED.iter().find(|(name, _)| *name == place) {
        Some((_, files)) => Ok(files.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect()),
        None => read_folder(place, &from.join(place)),
    }
}

fn refused(file: &str, what: String) -> MappingError {
    MappingError { refusals: vec![Refusal { file: file.to_owned(), line: 0, column: 0, what }] }
}

fn read_folder(place: &str, folder: &Path) -> Result<BTreeMap<String, String>, MappingError> {
    let mut refusals = Refusals::default();
    refusals.enter(place);
    let mut files = BTreeMap::new();
    match std::fs::read_dir(folder) {
        Err(_) => {
            let names = SHIPPED.iter().map(|(name, _)| *name);
            let list = names.clone().collect::<Vec<_>>().join(", ");
            let hint = did_you_mean(place, names);
            refusals.add(
                Place::default(),
                format!("neither a profile that ships with ledgertap ({list}) nor a folder that can be read{hint}"),
            );
        }
        Ok(entries) => {
            for entry in entries.flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                if name == settings::FILE || name.ends_with(".sql") {
                    match read_file(&entry.path()) {
                        Ok(text) => drop(files.insert(name, text)),
                        Err(what) => refusals.add(Place::default(), format!("{name}: {what}")),
                    }
                }
            }
            if files.is_empty() {
                let what = format!(
                    "the folder holds neither {} nor a SELECT: `ledgertap init` writes a mapping, and extends = \"…\" in \
                     {} takes over a profile's",
                    settings::FILE,
                    settings::FILE
                );
                refusals.add(Place::default(), what);
            }
        }
    }
    refusals.finish().map(|()| files)
}

fn read_file(path: &Path) -> Result<String, String> {
    let size = path.metadata().map_err(|e| e.to_string())?.len();
    if size > FILE_BYTES_MAX {
        return Err(format!("it has {size} bytes, which is no SELECT"));
    }
    let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
    // Some editors begin a file with a mark of its byte order.
    Ok(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned))
}

fn check_files(layers: &[Layer], chosen: &BTreeMap<&str, Chosen<'_>>, refusals: &mut Refusals) {
    let home = layers.first().map_or("", |l| l.label.as_str());
    let mut missing = |file: &str, what: &str| {
        let named = if file.contains('/') { file.to_owned() } else { format!("{home}{file}") };
        refusals.enter(&named);
        refusals.add(Place::default(), what);
    };
    if !layers.iter().any(|l| l.files.contains_key(settings::FILE)) {
        missing(settings::FILE, "the file is missing; it holds at least time_zone, currency and tax_rate");
    }
    for &Source { file, required, needs, .. } in SOURCES {
        if required && !chosen.contains_key(file) {
            missing(file, "the file is missing");
        }
        if let Some(needed) = needs.filter(|n| chosen.contains_key(file) && !chosen.contains_key(*n)) {
            missing(file, &format!("it needs {needed}, which is missing"));
        }
    }
    for (name, file) in chosen {
        if !SOURCES.iter().any(|s| s.file == *name) {
            let hint = did_you_mean(name, SOURCES.iter().map(|s| s.file));
            missing(&format!("{}{name}", file.label), &format!("no SELECT of the contract has this name{hint}"));
        }
    }
}

/// A prefix that no table begins with changes nothing, and was meant to.
fn check_prefix(settings: &Settings, queries: &[Query], refusals: &mut Refusals) {
    let tables = || queries.iter().flat_map(|q| &q.branches).flat_map(|b| &b.tables);
    if !settings.table_prefix.is_empty()
        && tables().next().is_some()
        && !tables().any(|t| t.table.starts_with(&settings.table_prefix))
    {
        refusals.enter_settings();
        let what = format!(
            "table_prefix: no table of the SELECTs begins with `{}`: write what their names begin with here, and in \
             [store.profile] what takes its place",
            settings.table_prefix
        );
        refusals.add(Place::default(), what);
    }
}

/// Overridden columns need a SELECT to stand in.
fn check_columns(columns: &Columns, chosen: &BTreeMap<&str, Chosen<'_>>, refusals: &mut Refusals) {
    refusals.enter_settings();
    for file in columns.keys().filter(|file| !chosen.contains_key(file.as_str())) {
        let hint = did_you_mean(file, chosen.keys().copied());
        refusals.add(Place::default(), format!("columns: there is no SELECT {file}{hint}"));
    }
}

fn version(chosen: &BTreeMap<&str, Chosen<'_>>, columns: &Columns, settings: &Settings) -> String {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    };
    for (name, file) in chosen {
        part(name);
        part(file.text);
    }
    for (file, overridden) in columns {
        for column in overridden {
            part(file);
            part(&column.name);
            part(&column.expr);
        }
    }
    part(&settings.canonical());
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}
