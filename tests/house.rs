//! The rules of the house that a compiler does not hold: who imports whom, how long a file may be, what a room is not
//! called, where a float has no place, and what is left out of a finished program.
//!
//! It reads the sources as text, so it knows nothing of macros; nor does the house use any that import.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every room and what it may import, upper floors first. `config` knows the names of the profiles. `state` knows the ledger's and the outbox's types because it stores
/// them, and `config` those of what it configures; both are data. The sandbox and the shop stand outside: they know
/// nothing of the bridge that is tried against them.
const ROOMS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("simulation", &["capture", "relay", "state", "mapping", "erp", "ledger", "outbox", "document", "change"]),
    (
        "cli",
        &[
            "demo",
            "bridge",
            "config",
            "sandbox",
            "shop",
            "state",
            "binlog",
            "mapping",
            "outbox",
            "document",
            "change",
            "telemetry",
        ],
    ),
    ("demo", &["bridge", "config", "sandbox", "shop", "state", "binlog", "mapping", "document", "change"]),
    (
        "bridge",
        &[
            "capture",
            "relay",
            "console",
            "config",
            "state",
            "binlog",
            "mapping",
            "erp",
            "ledger",
            "outbox",
            "document",
            "change",
            "telemetry",
        ],
    ),
    ("config", &["capture", "mapping", "erp", "ledger", "outbox", "document"]),
    ("capture", &["state", "mapping", "ledger", "outbox", "document", "change"]),
    ("relay", &["state", "erp", "outbox", "document", "telemetry"]),
    ("console", &["state", "outbox", "telemetry"]),
    ("binlog", &["change"]),
    ("state", &["ledger", "outbox", "document", "change"]),
    ("erp", &["document"]),
    ("mapping", &["document", "change"]),
    ("ledger", &["document"]),
    ("outbox", &["document", "change"]),
    ("document", &[]),
    ("change", &[]),
    ("telemetry", &[]),
    ("sandbox", &[]),
    ("shop", &[]),
];

const FILE_LINES_MAX: usize = 700;

/// Names that say nothing of what is inside.
const NAMES_OF_NOTHING: &[&str] = &["utils", "util", "common", "helpers", "helper", "manager", "misc"];

/// Where amounts are worked with.
const ROOMS_WITH_MONEY: &[&str] =
    &["document", "ledger", "outbox", "state", "capture", "relay", "erp", "config", "bridge", "sandbox"];

/// What panics where standard output is closed.
const PRINTS: &[&str] = &["println", "print"];

const UNFINISHED: &[&str] = &[".unwrap()", "todo!(", "unimplemented!(", "dbg!("];

#[test]
fn rooms_import_only_what_lies_below_them() {
    let mut offences = Vec::new();
    for file in sources("src") {
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == file.room) else {
            if file.room != "lib" {
                offences.push(format!("{}: the room {} is not in the table; give it a line", file.path, file.room));
            }
            continue;
        };
        for (line, to) in imports(&file) {
            if to != file.room && !allowed.contains(&to.as_str()) {
                offences.push(format!("{}:{line}: {} imports {to}", file.path, file.room));
            }
        }
    }
    none(
        &offences,
        "imports go one way (ROOMS in tests/house.rs): move what both need to the room below them, or hand it over as a \
         value in a room above both",
    );
}

/// The table itself: without a circle, and with the walls that no later line may open.
#[test]
fn the_table_has_one_direction() {
    let table: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    assert_eq!(table.len(), ROOMS.len(), "a room has two lines");
    let mut offences = Vec::new();
    for (index, (room, allowed)) in ROOMS.iter().enumerate() {
        for to in *allowed {
            match ROOMS.iter().position(|(name, _)| name == to) {
                None => offences.push(format!("{room} may import {to}, which is no room")),
                Some(below) if below <= index => {
                    offences.push(format!("{room} may import {to}, which stands above it"))
                }
                Some(_) => {}
            }
        }
    }
    let walls = [
        (["binlog", "state", "erp"].as_slice(), ["binlog", "state", "erp"].as_slice()),
        (&["relay"], &["binlog", "mapping", "capture"]),
        (&["capture"], &["erp", "relay"]),
        (&["document", "change", "telemetry", "sandbox", "shop"], &table.keys().copied().collect::<Vec<_>>()),
    ];
    for (rooms, shut) in walls {
        for room in rooms {
            let open = table[room].iter().filter(|to| shut.contains(to));
            offences.extend(open.map(|to| format!("{room} may import {to}, and there is a wall between them")));
        }
    }
    none(&offences, "the table says more than the design: take the entry out");
}

#[test]
fn no_file_is_too_long_to_be_one_thing() {
    let all = sources("src").into_iter().chain(sources("tests")).chain(sources("benches"));
    let offences: Vec<String> = all
        .map(|file| (file.text.lines().count(), file.path))
        .filter(|(lines, _)| *lines > FILE_LINES_MAX)
        .map(|(lines, path)| format!("{path} has {lines} lines"))
        .collect();
    none(
        &offences,
        &format!("a file has at most {FILE_LINES_MAX} lines: it holds two things; give each a file and a name"),
    );
}

#[test]
fn every_module_is_named_after_what_is_in_it() {
    let mut offences = Vec::new();
    for file in sources("src").into_iter().chain(sources("tests")) {
        let parts = Path::new(&file.path).with_extension("");
        let by_path = parts.iter().map(|p| p.to_string_lossy().into_owned());
        let declared = code(&file.text).filter_map(|(_, line)| module_of(line).map(str::to_owned));
        let names: BTreeSet<String> = by_path.chain(declared).collect();
        let empty = names.iter().filter(|n| NAMES_OF_NOTHING.contains(&n.as_str()));
        offences.extend(empty.map(|name| format!("{}: a module is called {name}", file.path)));
    }
    none(&offences, "name it after the thing that it does, or put its functions where they are used");
}

#[test]
fn no_float_comes_near_money() {
    let mut offences = Vec::new();
    for file in sources("src").into_iter().filter(|f| ROOMS_WITH_MONEY.contains(&f.room.as_str())) {
        for (number, line) in code(&file.text) {
            if words(line).any(|w| w == "f32" || w == "f64" || w.ends_with("_f32") || w.ends_with("_f64")) {
                offences.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    none(&offences, "amounts and quantities are rust_decimal::Decimal, counts are integers");
}

#[test]
fn nothing_unfinished_is_left_in_the_program() {
    let mut offences = Vec::new();
    let of_tests = test_files();
    for file in sources("src").into_iter().filter(|f| !of_tests.iter().any(|t| Path::new(&f.path).starts_with(t))) {
        for (number, line) in code(before_tests(&file.text)) {
            let found = UNFINISHED.iter().filter(|sign| line.contains(**sign));
            offences.extend(found.map(|sign| format!("{}:{number}: {sign}", file.path)));
        }
    }
    none(&offences, "return an error that says where, or `expect` with the reason why it cannot happen");
}

#[test]
fn nothing_prints_past_a_closed_pipe() {
    let mut offences = Vec::new();
    for file in sources("src") {
        for (number, line) in code(before_tests(&file.text)) {
            let prints = PRINTS.iter().filter(|print| {
                let call = format!("{print}!(");
                line.match_indices(&call).any(|(at, _)| starts_a_path(line, at))
            });
            offences.extend(prints.map(|print| format!("{}:{number}: {print}!", file.path)));
        }
    }
    none(&offences, "say! of src/cli/say.rs ends the program where nobody reads on");
}

// --- reading the sources ------------------------------------------------------------------------------------------------

struct SourceFile {
    /// Relative to the project, as an editor opens it.
    path: String,
    /// The first folder below `src`, or the file's own name.
    room: String,
    /// How many modules deep it stands below the crate: `src/bridge.rs` and `src/state/mod.rs` 1.
    depth: usize,
    text: String,
}

fn sources(folder: &str) -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    collect(&root.join(folder), &mut paths);
    paths.sort();
    assert!(!paths.is_empty() || folder == "benches", "no sources in {folder}");
    paths
        .into_iter()
        .map(|path| {
            let inner = path.strip_prefix(root.join(folder)).expect("it was found there").with_extension("");
            let names: Vec<String> = inner.iter().map(|n| n.to_string_lossy().into_owned()).collect();
            let is_mod = names.last().is_some_and(|n| n == "mod");
            SourceFile {
                path: path.strip_prefix(root).expect("it was found there").display().to_string(),
                room: names[0].clone(),
                depth: names.len() - usize::from(is_mod),
                text: fs::read_to_string(&path).expect("a source file is text"),
            }
        })
        .collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("a folder can be listed").path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// Numbered lines without those that are comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(i, line)| (i + 1, line)).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// The rooms that the file names, each with its line: after `crate::`, after `ledgertap::` (the program's own file), and after
/// as many `super::` as lead out of the room.
fn imports(file: &SourceFile) -> Vec<(usize, String)> {
    let out = "super::".repeat(file.depth);
    let roots = ["crate::", "ledgertap::", out.as_str()];
    let mut found = Vec::new();
    for (number, line) in code(&file.text) {
        for root in roots {
            let after = line.match_indices(root).filter(|(at, _)| starts_a_path(line, *at));
            for (at, _) in after {
                // An import of several rooms at once may go on over several lines.
                let rest: String =
                    file.text.lines().skip(number - 1).collect::<Vec<_>>().join("\n")[at + root.len()..].to_owned();
                let names = first_names(&rest).into_iter().filter(|n| root != out || is_a_room(n));
                found.extend(names.map(|name| (number, name)));
            }
        }
    }
    found
}

fn starts_a_path(line: &str, at: usize) -> bool {
    !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '$')
}

fn is_a_room(name: &str) -> bool {
    ROOMS.iter().any(|(room, _)| *room == name)
}

/// `state` of `state::sqlite`; `a` and `b` of `{a::x, b::{y, z}}`.
fn first_names(path: &str) -> Vec<String> {
    let Some(list) = path.strip_prefix('{') else {
        return words(path).next().map(str::to_owned).into_iter().collect();
    };
    let (mut depth, mut names, mut item) = (0, Vec::new(), String::new());
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(std::mem::take(&mut item)),
            _ => {}
        }
        item.push(c);
    }
    names.push(item);
    names.iter().filter_map(|item| words(item).next().map(str::to_owned)).collect()
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty())
}

/// `a` of `mod a;`, `pub mod a {`.
fn module_of(line: &str) -> Option<&str> {
    let mut words = words(line).skip_while(|w| ["pub", "crate", "super", "in"].contains(w));
    (words.next()? == "mod").then(|| words.next()).flatten()
}

/// What stands before the file's own test module.
fn before_tests(text: &str) -> &str {
    text.find("\n#[cfg(test)]\nmod tests {").map_or(text, |end| &text[..end])
}

/// Files and folders of modules that only tests are built with.
fn test_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for file in sources("src") {
        let lines: Vec<&str> = file.text.lines().collect();
        for pair in lines.windows(2).filter(|pair| pair[0].trim() == "#[cfg(test)]" && pair[1].ends_with(';')) {
            let Some(module) = module_of(pair[1]) else { continue };
            let path = Path::new(&file.path);
            let is_own_folder = path.file_name().is_some_and(|n| n == "mod.rs" || n == "lib.rs" || n == "main.rs");
            let folder =
                if is_own_folder { path.parent().expect("it has one").into() } else { path.with_extension("") };
            found.push(folder.join(module));
            found.push(folder.join(module).with_extension("rs"));
        }
    }
    found
}

fn none(offences: &[String], remedy: &str) {
    assert!(offences.is_empty(), "{remedy}\n  {}\n", offences.join("\n  "));
}
