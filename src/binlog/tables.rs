//! The mapped tables as they appear in a stream: which table id is whose, and how its rows are read.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use super::cursor::Cursor;
use super::event::codes;
use super::every::{Described, Every};
use super::rows::{self, Operation};
use super::shapes::Shapes;
use super::statement::Mapped;
use super::stop::LIES_WITHIN;
use super::table_map::{self, Fault, Plan};
use crate::change::{Footprint, RowChange, TableId, TableShape};

/// The table id of an event that only marks a statement's end.
const NO_TABLE: u64 = 0xff_ffff;

/// How many table ids are remembered at most: temporary tables come and go.
const KNOWN_MAX: usize = 10_000;

/// The tables of a footprint, and the table maps met so far.
pub(super) struct Tables {
    footprint: Footprint,
    /// What the mapped tables look like where the stream is, as far as that is known.
    pub(super) shapes: Shapes,
    /// They have changed since that was last asked.
    reshaped: bool,
    /// A statement was met that makes, changes, renames or drops tables, be they mapped or not, or may do so.
    pub(super) met_statements: bool,
    /// Tables that are not known, and the transaction after which their definition of today holds.
    pub(super) pending: BTreeMap<String, String>,
    /// A mapped table's definition has to be read again.
    pub(super) barrier: bool,
    by_name: HashMap<String, TableId>,
    /// The store's database; `None` until a file's first mapped table tells.
    database: Option<String>,
    fold_case: bool,
    known: HashMap<u64, Known, BuildHasherDefault<TableIdHasher>>,
    /// By table: whether the mirror may hold rows of it.
    full: Vec<bool>,
    /// Whole tables are read, not those of the footprint.
    pub(super) every: Option<Every>,
}

/// A table id that was met.
struct Known {
    /// The table map that said what it is: the same bytes say the same again.
    map: Vec<u8>,
    /// How to read its rows; `None` where it is not mapped, and they are passed over.
    plan: Option<Box<Plan>>,
}

/// Table ids are counted up by the server: they are spread well enough as they are.
#[derive(Default)]
struct TableIdHasher(u64);

impl Hasher for TableIdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.0 = self.0.rotate_left(8) ^ u64::from(byte));
    }

    fn write_u64(&mut self, id: u64) {
        // The map looks at the highest bits, too.
        self.0 = id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Tables {
    /// `fold_case`: the server compares table names without case (`lower_case_table_names`).
    pub fn new(footprint: &Footprint, shapes: &[TableShape], database: Option<&str>, fold_case: bool) -> Self {
        let fold = |name: &str| if fold_case { name.to_lowercase() } else { name.to_owned() };
        let mapped = footprint.tables.iter().map(|t| t.table.clone()).collect();
        let shapes = Shapes::new(database.unwrap_or_default(), shapes, false, 0);
        Tables {
            shapes: shapes.folding_case(fold_case).of_tables(mapped),
            // What they look like at the beginning is to be kept, too.
            reshaped: true,
            met_statements: false,
            pending: BTreeMap::new(),
            barrier: false,
            by_name: footprint.tables.iter().enumerate().map(|(id, t)| (fold(&t.table), id)).collect(),
            footprint: footprint.clone(),
            database: database.map(str::to_owned),
            fold_case,
            known: HashMap::default(),
            full: vec![true; footprint.tables.len()],
            every: None,
        }
    }

    /// Whole tables.
    pub fn every(every: Every) -> Self {
        Tables { every: Some(every), ..Tables::new(&Footprint::default(), &[], None, false) }
    }

    /// The tables that were met, by [`TableId`], where whole tables are read.
    pub fn described(&self) -> &[Described] {
        self.every.as_ref().map_or(&[], Every::met)
    }

    /// True where statements of a session in this database are wanted; `None` where statements are not kept at all.
    pub fn keeps_statements_of(&self, database: &str) -> Option<bool> {
        self.every.as_ref().map(|every| every.has_database(database))
    }

    /// Notes that the mirror holds no rows of these tables, until some are read.
    pub fn assume_empty(&mut self, tables: &BTreeSet<TableId>) {
        for &table in tables {
            self.full[table] = false;
        }
    }

    /// Notes that the mirror may hold rows of these tables.
    pub fn assume_full(&mut self, tables: &[TableId]) {
        for &table in tables {
            self.full[table] = true;
        }
    }

    /// Forgets table ids where there are very many: between two transactions, because each names its own again.
    pub fn trim(&mut self) {
        if self.known.len() >= KNOWN_MAX {
            self.known.clear();
        }
    }

    /// Forgets the table ids: a new file begins.
    pub fn forget(&mut self) {
        self.known.clear();
    }

    /// Names the database that the tables are in.
    pub fn set_database(&mut self, name: &str) {
        self.database = Some(name.to_owned());
        self.shapes.set_database(name);
    }

    /// Says which server wrote what follows, as it prints its version.
    pub fn set_server(&mut self, version: &str) {
        self.shapes.set_server(version);
        if let Some(every) = &mut self.every {
            every.set_server(version);
        }
    }

    /// What the mapped tables look like, where that has changed since it was last asked.
    pub fn take_shapes(&mut self) -> Option<Vec<TableShape>> {
        std::mem::take(&mut self.reshaped).then(|| self.shapes.all())
    }

    /// Notes that tables are other than before: rows are read by the table maps that follow.
    pub(super) fn moved(&mut self) {
        self.reshaped = true;
        self.known.clear();
    }

    /// The columns that the mapping uses of a mapped table.
    pub(super) fn columns_of(&self, table: &str) -> &[String] {
        self.lookup(table).map_or(&[], |id| &self.footprint.tables[id].columns)
    }

    /// Takes a table map.
    pub fn learn(&mut self, body: &[u8]) -> Result<(), Fault> {
        let mut cursor = Cursor::new(body, "a table map");
        let name = table_map::name(&mut cursor)?;
        if self.known.get(&name.id).is_some_and(|known| known.map == body) {
            return Ok(());
        }
        let plan = if let Some(every) = &mut self.every {
            let plan = every.plan(name, cursor)?.map(Box::new);
            self.full.resize(every.met().len(), true);
            plan
        } else if let Some(id) = self.mapped(name.database, name.table)? {
            let table = (id, &self.footprint.tables[id]);
            Some(Box::new(table_map::plan(cursor, table, self.shapes.get(&table.1.table), self.shapes.is_mariadb())?))
        } else {
            None
        };
        self.known.insert(name.id, Known { map: body.to_vec(), plan });
        Ok(())
    }

    /// True where a rows event with this beginning is of a mapped table. The flags and all else do not matter.
    pub fn wants(&self, head: &[u8]) -> Result<bool, Fault> {
        let id = Cursor::new(head, "a rows event").le(6)?;
        match self.known.get(&id) {
            Some(known) => Ok(known.plan.is_some()),
            None if id == NO_TABLE => Ok(false),
            None => {
                let what = format!("a rows event is of a table that no table map has named: {LIES_WITHIN} a statement");
                Err(Fault::new(what, "start again with --from and a position between two transactions"))
            }
        }
    }

    /// The mapped table of a rows event.
    pub fn table_of(&self, body: &[u8]) -> Option<TableId> {
        let known = self.known.get(&Cursor::new(body, "a rows event").le(6).ok()?)?;
        known.plan.as_ref().map(|plan| plan.table)
    }

    /// Takes a rows event; one of another table brings nothing.
    pub fn rows(&mut self, code: u8, body: &[u8], changes: &mut Vec<RowChange>) -> Result<(), Fault> {
        let version = if code <= codes::DELETE_ROWS_V1
            || (codes::WRITE_ROWS_COMPRESSED_V1..codes::WRITE_ROWS_COMPRESSED).contains(&code)
        {
            1
        } else {
            2
        };
        let mut cursor = Cursor::new(body, "a rows event");
        let id = rows::table_id(&mut cursor, version)?;
        let Some(Known { plan: Some(plan), .. }) = self.known.get(&id) else { return Ok(()) };
        let operation = match code {
            codes::WRITE_ROWS_V1
            | codes::WRITE_ROWS
            | codes::WRITE_ROWS_COMPRESSED_V1
            | codes::WRITE_ROWS_COMPRESSED => Operation::Insert,
            codes::UPDATE_ROWS_V1
            | codes::UPDATE_ROWS
            | codes::UPDATE_ROWS_COMPRESSED_V1
            | codes::UPDATE_ROWS_COMPRESSED => Operation::Update,
            codes::PARTIAL_UPDATE_ROWS => Operation::PartialUpdate,
            _ => Operation::Delete,
        };
        let unpacked;
        if (codes::WRITE_ROWS_COMPRESSED_V1..=codes::DELETE_ROWS_COMPRESSED).contains(&code) {
            unpacked = rows::unpack(cursor, operation)?;
            cursor = Cursor::new(&unpacked, "a compressed rows event");
        }
        rows::decode(cursor, operation, plan, changes)?;
        self.full[plan.table] = true;
        Ok(())
    }

    /// The mapped table's name.
    pub fn name(&self, table: TableId) -> &str {
        if let Some(every) = &self.every {
            return every.met().get(table).map_or("", |met| &met.table);
        }
        &self.footprint.tables[table].table
    }

    /// True where a table's engine has transactions, `None` where it is not known.
    pub fn is_transactional(&self, table: TableId) -> Option<bool> {
        let engine = match &self.every {
            Some(every) => every.met().get(table)?.engine.as_deref()?,
            None => &self.shapes.get(&self.footprint.tables[table].table)?.engine,
        };
        let engine = engine.to_ascii_lowercase();
        match engine.as_str() {
            "innodb" | "ndbcluster" | "rocksdb" | "tokudb" => Some(true),
            "myisam" | "aria" | "memory" | "mrg_myisam" | "archive" | "csv" => Some(false),
            _ => None,
        }
    }

    fn mapped(&mut self, database: &[u8], table: &[u8]) -> Result<Option<TableId>, Fault> {
        let (Ok(database), Ok(table)) = (std::str::from_utf8(database), std::str::from_utf8(table)) else {
            return Ok(None);
        };
        let Some(id) = self.lookup(table) else { return Ok(None) };
        match &self.database {
            Some(ours) if self.same(ours, database) => Ok(Some(id)),
            Some(_) => Ok(None),
            None => {
                self.set_database(database);
                Ok(Some(id))
            }
        }
    }

    fn lookup(&self, table: &str) -> Option<TableId> {
        if self.fold_case { self.by_name.get(&table.to_lowercase()).copied() } else { self.by_name.get(table).copied() }
    }

    fn same(&self, a: &str, b: &str) -> bool {
        if self.fold_case { a.to_lowercase() == b.to_lowercase() } else { a == b }
    }
}

impl Mapped for Tables {
    fn is_database(&self, name: &str) -> bool {
        self.database.as_deref().is_none_or(|ours| self.same(ours, name))
    }

    fn is_known_database(&self, name: &str) -> bool {
        self.database.as_deref().is_some_and(|ours| self.same(ours, name))
    }

    fn is_table(&self, name: &str) -> bool {
        self.lookup(name).is_some()
    }

    fn may_hold_rows(&self, name: &str) -> bool {
        self.lookup(name).is_some_and(|table| self.full[table])
    }

    fn any_may_hold_rows(&self) -> bool {
        self.full.contains(&true)
    }

    fn is_column(&self, table: &str, column: &str) -> bool {
        let uses = self.lookup(table).map(|id| &self.footprint.tables[id].columns);
        uses.is_some_and(|columns| columns.iter().any(|c| c.eq_ignore_ascii_case(column)))
    }
}
