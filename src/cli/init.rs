//! `ledgertap init`

mod files;
mod own;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::Failure;
use super::say::{self, say};
use crate::binlog::{Attached, Source, Store};
use crate::bridge::unreachable_store;
use crate::mapping::{
    Mapping, Recognised, WOOCOMMERCE_HPOS, profile_names, recognise, resembling, storefront_names, storefront_profiles,
};
use files::Begun;

/// Find out which storefront a store is, and write a config and a mapping for it. The store is only read.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: ledgertap init --store mysql://tap:secret@db.example/shop

It writes ledgertap.toml and mapping/profile.toml, and overwrites neither. The password does not go into the file.
With --profile none it writes SELECTs to begin a mapping of one's own with, and does not look at the store.")]
pub(super) struct InitArgs {
    /// The store: mysql://user:password@host:port/database
    #[arg(long, value_name = "URL", env = "LEDGERTAP_STORE_URL", hide_env_values = true)]
    store: String,
    /// The folder to write into
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    out: PathBuf,
    /// Which one, where the database holds several: the profile that is for it; none for a store of one's own
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Which one, where the database holds several: what the names of its tables begin with
    #[arg(long, value_name = "PREFIX")]
    table_prefix: Option<String>,
}

pub(super) async fn init(args: InitArgs) -> Result<ExitCode, Failure> {
    let (config, profile) = (args.out.join("ledgertap.toml"), args.out.join("mapping").join("profile.toml"));
    refuse_existing(&[&config, &profile])?;
    refuse_unknown(args.profile.as_deref())?;
    if args.profile.as_deref() == Some(NONE) {
        return own_mapping(&args, &config);
    }
    let source = Source::from_url(&args.store).map_err(|e| Failure::unusable(e.into()))?;
    let mut store = Store::inspect(&source).await.map_err(|e| Failure::unusable(unreachable_store(e)))?;
    let at_work = |error: crate::binlog::StoreError| Failure::at_work(error.into());
    let catalogue = store.catalogue().await.map_err(at_work)?;
    let found = the_one(&catalogue, &args, &source)?;
    let has_posts = catalogue.contains_key(&format!("{}posts", found.prefix));
    let (found, why) = settled(found, has_posts, &mut store).await;
    say!("found {}, tables {}…: profile {}", found.name, found.prefix, found.profile);
    if let Some(why) = why {
        say!("  {why}");
    }
    let zone = zone(&found, &mut store).await;
    let mapping = load(&found).map_err(|e| Failure::at_work(e.into()))?;
    let mut shapes = store.shapes(&mapping.tables()).await.map_err(at_work)?;
    mapping.settings().correct(&mut shapes);
    let mut engines: Vec<&str> = shapes.iter().map(|s| s.engine.as_str()).collect();
    engines.sort_unstable();
    engines.dedup();
    let settings = mapping.settings();
    let begun = Begun { found: &found, settings, zone: zone.as_deref(), engines: &engines };
    write(&config, &files::config(found.name, Some(&settings.currency), &args.store))?;
    write(&profile, &files::profile(&begun))?;
    say!("wrote {} and {}", config.display(), profile.display());
    let preflight = store.preflight(&mapping.tables(), &Attached::default()).await;
    say!("the least that the account needs:");
    for grant in &preflight.grants {
        say!("     {grant}");
    }
    let unseen: Vec<String> = mapping.tables().into_iter().filter(|t| !catalogue.contains_key(t)).collect();
    if !unseen.is_empty() {
        say!("not there, or not granted: {}", unseen.join(", "));
    }
    let refusals = mapping.bind(&shapes).err().map(|error| error.refusals).unwrap_or_default();
    for refusal in &refusals {
        say!("FIX  {refusal}");
    }
    if !refusals.is_empty() {
        say!(
            "this shop's tables are not those that the profile knows: GRANT SELECT on what is not seen, and write the SELECTs that \
             differ into {}",
            args.out.join("mapping").display()
        );
    }
    say::lines(&files::next_steps(&args.out));
    Ok(if refusals.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// In the place of a profile's name: there is none.
const NONE: &str = "none";

fn refuse_unknown(profile: Option<&str>) -> Result<(), Failure> {
    let unknown = profile.filter(|name| *name != NONE && !storefront_profiles().any(|known| known == *name));
    let Some(name) = unknown else { return Ok(()) };
    let what = if profile_names().any(|shipped| shipped == name) {
        format!(
            "--profile {name}: it is an example, and no store has just its tables: begin a mapping of your own with \
             --profile none, or a folder whose profile.toml has extends = \"{name}\""
        )
    } else {
        let known = storefront_profiles().collect::<Vec<_>>().join(", ");
        format!("--profile {name}: there is no such profile: name one of {known}, or none for a store of your own")
    };
    Err(Failure::unusable(anyhow::anyhow!("{what}")))
}

/// A beginning for a store that no profile is for.
fn own_mapping(args: &InitArgs, config: &Path) -> Result<ExitCode, Failure> {
    Source::from_url(&args.store).map_err(|e| Failure::unusable(e.into()))?;
    let folder = args.out.join("mapping");
    let files = own::files();
    let paths: Vec<PathBuf> = files.keys().map(|name| folder.join(name)).collect();
    refuse_existing(&paths.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
    write(config, &files::config("a store of one's own", None, &args.store))?;
    for (path, text) in paths.iter().zip(files.values()) {
        write(path, text)?;
    }
    say!("wrote {} and {}: put the store's tables and columns into its SELECTs", config.display(), folder.display());
    say::lines(&files::next_steps(&args.out));
    Ok(ExitCode::SUCCESS)
}

fn refuse_existing(paths: &[&Path]) -> Result<(), Failure> {
    match paths.iter().find(|path| path.exists()) {
        None => Ok(()),
        Some(path) => {
            let what =
                format!("{}: the file is there already and stays: name another folder with --out", path.display());
            Err(Failure::unusable(anyhow::anyhow!("{what}")))
        }
    }
}

/// The only storefront of the database that fits what was asked for.
fn the_one(
    catalogue: &BTreeMap<String, BTreeSet<String>>,
    args: &InitArgs,
    source: &Source,
) -> Result<Recognised, Failure> {
    let found = recognise(catalogue);
    let fits = |one: &&Recognised| {
        args.profile.as_ref().is_none_or(|name| name == one.profile)
            && args.table_prefix.as_ref().is_none_or(|prefix| *prefix == one.prefix)
    };
    let list = |all: &[Recognised]| {
        let one = |r: &Recognised| format!("{} (--profile {} --table-prefix '{}')", r.name, r.profile, r.prefix);
        all.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    let fitting: Vec<Recognised> = found.iter().filter(fits).cloned().collect();
    let database = source.database();
    let what = match (found.as_slice(), fitting.as_slice()) {
        (_, [one]) => return Ok(one.clone()),
        ([], _) => match resembling(catalogue) {
            Some(part) => in_part(&part, catalogue, database),
            None => format!(
                "the database {database} holds no storefront that a profile ships for ({}), as far as the account sees: check \
                 the database's name and GRANT the account SELECT on it, or begin a mapping of your own with --profile none",
                storefront_names().join(", ")
            ),
        },
        (all, []) => format!("the database {database} holds another storefront than that: {}", list(all)),
        (_, several) => format!("the database {database} holds several storefronts: choose one of {}", list(several)),
    };
    Err(Failure::unusable(anyhow::anyhow!("{what}")))
}

/// What to say of a database that has, or shows, only some tables of a storefront.
fn in_part(part: &Recognised, catalogue: &BTreeMap<String, BTreeSet<String>>, database: &str) -> String {
    let Recognised { profile, name, prefix, .. } = part;
    let tables = load(part).map(|mapping| mapping.tables()).unwrap_or_default();
    let (there, missing): (Vec<String>, Vec<String>) = tables.into_iter().partition(|t| catalogue.contains_key(t));
    let missing = match missing.as_slice() {
        [] => "columns that the profile knows it by are not there".to_owned(),
        missing => format!("not there, or not granted: {}", missing.join(", ")),
    };
    format!(
        "the database {database} is most like {name} (profile {profile}, tables {prefix}…), in part: there are {}; {missing}. \
         GRANT the account SELECT on `{database}`.* (or on those tables), or begin a mapping of your own with --profile none",
        there.join(", ")
    )
}

/// WooCommerce keeps its tables for orders, and fills them, also where it uses posts: only its setting says which.
async fn settled(found: Recognised, has_posts: bool, store: &mut Store) -> (Recognised, Option<String>) {
    if found.profile != "woocommerce" || !has_posts {
        return (found, None);
    }
    let table = format!("{}{}", found.prefix, WOOCOMMERCE_HPOS.table);
    let said = store.setting(&table, WOOCOMMERCE_HPOS.column, WOOCOMMERCE_HPOS.name, WOOCOMMERCE_HPOS.is).await;
    let (option, said) = (WOOCOMMERCE_HPOS.is, said.as_deref().unwrap_or("not there"));
    if said == "yes" {
        return (found, Some(format!("{option} is yes in {table}")));
    }
    let why = format!("{option} is {said} in {table}: orders are kept in posts, whatever the other tables hold");
    let posts = Recognised { profile: "woocommerce-posts", name: "WooCommerce with orders in posts", ..found };
    (posts, Some(why))
}

/// The zone that the shop says it is in.
async fn zone(found: &Recognised, store: &mut Store) -> Option<String> {
    let setting = found.zone?;
    let table = format!("{}{}", found.prefix, setting.table);
    let said = store.setting(&table, setting.column, setting.name, setting.is).await?;
    let hours = said.trim().parse::<i32>().ok();
    let zone = hours.map_or(said.trim().to_owned(), |h| format!("{}{:02}:00", if h < 0 { '-' } else { '+' }, h.abs()));
    // What is no zone to the mapping is none.
    let fits = Mapping::load(found.profile, &overrides(&[("time_zone", &zone)])).is_ok();
    fits.then_some(zone)
}

fn load(found: &Recognised) -> Result<Mapping, crate::mapping::MappingError> {
    Mapping::load(found.profile, &overrides(&[("table_prefix", &found.prefix)]))
}

fn overrides(pairs: &[(&str, &str)]) -> toml::Table {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), toml::Value::from(*value))).collect()
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    let failed = |error: std::io::Error| {
        Failure::unusable(anyhow::anyhow!("{}: it cannot be written ({error})", path.display()))
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut file = std::fs::File::create_new(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}
