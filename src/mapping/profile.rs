//! Finds a mapping's files, among those that ship with ledgertap or in a folder, and reads them.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::contract::{SOURCES, Source};
use super::query::{self, Query};
use super::refusal::{MappingError, Place, Refusals};
use super::settings::{self, Settings};
use super::suggest::did_you_mean;

/// The profiles that ship with ledgertap.
const SHIPPED: &[(&str, &[(&str, &str)])] = &[(
    "ecshop",
    &[
        ("profile.toml", include_str!("../../schema/stores/ecshop/profile.toml")),
        ("customer.sql", include_str!("../../schema/stores/ecshop/customer.sql")),
        ("order.sql", include_str!("../../schema/stores/ecshop/order.sql")),
        ("order_line.sql", include_str!("../../schema/stores/ecshop/order_line.sql")),
        ("refund.sql", include_str!("../../schema/stores/ecshop/refund.sql")),
        ("refund_line.sql", include_str!("../../schema/stores/ecshop/refund_line.sql")),
    ],
)];

/// A mapping's files are small; what is larger is something else.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// A mapping that has been read and is free of faults that can be seen without the store.
#[derive(Debug, Clone)]
pub struct Mapping {
    pub(super) settings: Settings,
    pub(super) queries: Vec<Query>,
    pub(super) version: String,
}

impl Mapping {
    /// Reads a profile that ships with ledgertap, by its name, or else a folder.
    ///
    /// # Errors
    /// Every fault that can be seen without the store, each with its place and what to write instead.
    pub fn load(place: &str, overrides: &toml::Table) -> Result<Mapping, MappingError> {
        let files = match SHIPPED.iter().find(|(name, _)| *name == place) {
            Some((_, files)) => files.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect(),
            None => read_folder(place)?,
        };
        Mapping::from_files(&files, overrides)
    }

    /// From the texts of its files, by name.
    pub(super) fn from_files(
        files: &BTreeMap<String, String>,
        overrides: &toml::Table,
    ) -> Result<Mapping, MappingError> {
        let mut refusals = Refusals::default();
        let resolved = files.get(settings::FILE).and_then(|text| settings::resolve(text, overrides, &mut refusals));
        check_files(files, &mut refusals);
        let Some((settings, written_prefix)) = resolved else {
            refusals.finish()?;
            unreachable!("settings are resolved or refused");
        };
        let mut queries = Vec::new();
        for source in SOURCES {
            if let Some(text) = files.get(source.file) {
                refusals.enter(source.file);
                queries.extend(query::read(source, text, &settings, &written_prefix, &mut refusals));
            }
        }
        refusals.finish()?;
        let version = version(files, &settings);
        Ok(Mapping { settings, queries, version })
    }

    /// The tables that the SELECTs read, by their names in the store, sorted.
    pub fn tables(&self) -> Vec<String> {
        let mut tables: Vec<String> =
            self.queries.iter().flat_map(|q| &q.branches).flat_map(|b| &b.tables).map(|t| t.table.clone()).collect();
        tables.sort();
        tables.dedup();
        tables
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

fn read_folder(place: &str) -> Result<BTreeMap<String, String>, MappingError> {
    let mut refusals = Refusals::default();
    refusals.enter(place);
    let mut files = BTreeMap::new();
    match std::fs::read_dir(place) {
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
        }
    }
    refusals.finish().map(|()| files)
}

fn read_file(path: &Path) -> Result<String, String> {
    let size = path.metadata().map_err(|e| e.to_string())?.len();
    if size > FILE_BYTES_MAX {
        return Err(format!("it has {size} bytes, which is no SELECT"));
    }
    std::fs::read_to_string(path).map_err(|e| e.to_string())
}

fn check_files(files: &BTreeMap<String, String>, refusals: &mut Refusals) {
    let mut missing = |file: &str, what: &str| {
        refusals.enter(file);
        refusals.add(Place::default(), what);
    };
    if !files.contains_key(settings::FILE) {
        missing(settings::FILE, "the file is missing; it holds at least time_zone, currency and tax_rate");
    }
    for &Source { file, required, needs, .. } in SOURCES {
        if required && !files.contains_key(file) {
            missing(file, "the file is missing");
        }
        if let Some(needed) = needs.filter(|n| files.contains_key(file) && !files.contains_key(*n)) {
            missing(file, &format!("it needs {needed}, which is missing"));
        }
    }
    for name in files.keys().filter(|n| n.ends_with(".sql")) {
        if !SOURCES.iter().any(|s| s.file == name) {
            let hint = did_you_mean(name, SOURCES.iter().map(|s| s.file));
            missing(name, &format!("no SELECT of the contract has this name{hint}"));
        }
    }
}

fn version(files: &BTreeMap<String, String>, settings: &Settings) -> String {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    };
    for (name, text) in files.iter().filter(|(name, _)| name.ends_with(".sql")) {
        part(name);
        part(text);
    }
    part(&settings.canonical());
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}
