//! The binlog by itself, without a mapping: whole tables, statements, and where each stands.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::error::StoreError;
use super::every::{Described, Every};
use super::file::FileReader;
use super::selection::Selection;
use super::source::Source;
use super::store::{Store, column_shape};
use super::stream::Stream;
use super::tables::Tables;
use crate::change::{Position, TableShape};

impl Store {
    /// Connects to a server whose binlog is to be looked at: row images need not be whole.
    pub async fn connect_to_look(source: &Source) -> Result<Store, StoreError> {
        let mut store = Store::inspect(source).await?;
        store.lenient = true;
        Ok(store)
    }

    /// Opens the binlog at a position for whole tables.
    pub async fn look(&mut self, position: &Position, selection: &Selection) -> Result<Stream, StoreError> {
        let shapes = self.all_shapes(selection).await?;
        let charsets = "SELECT schema_name, default_character_set_name FROM information_schema.schemata";
        let charsets: Vec<(String, String)> = self.rows(charsets, ()).await?;
        let every = Every::new(selection.clone(), shapes)
            .with_charsets(charsets)
            .folding_case(self.variables.folds_table_names());
        self.open(position, Tables::every(every)).await
    }

    /// What the selected tables look like now, each with its database.
    async fn all_shapes(&mut self, selection: &Selection) -> Result<Vec<(String, TableShape)>, StoreError> {
        let engines: Vec<(String, String, Option<String>)> =
            self.rows("SELECT table_schema, table_name, engine FROM information_schema.tables", ()).await?;
        let mut shapes: BTreeMap<(String, String), TableShape> = BTreeMap::new();
        for (database, table, engine) in engines {
            if selection.has(&database, &table) {
                let engine = engine.unwrap_or_default();
                let shape = TableShape { table: table.clone(), engine, ..TableShape::default() };
                shapes.insert((database, table), shape);
            }
        }
        type Line = (String, String, String, String, String, Option<String>, String);
        let columns: Vec<Line> = self
            .rows(
                "SELECT table_schema, table_name, column_name, LOWER(data_type), column_type, character_set_name, is_nullable \
                 FROM information_schema.columns ORDER BY table_schema, table_name, ordinal_position",
                (),
            )
            .await?;
        for (database, table, name, data_type, column_type, charset, nullable) in columns {
            if let Some(shape) = shapes.get_mut(&(database, table)) {
                shape.columns.push(column_shape((name, data_type, column_type, charset, nullable)));
            }
        }
        Ok(shapes.into_iter().map(|((database, _), shape)| (database, shape)).collect())
    }
}

impl Stream {
    /// The tables that were met, by [`TableId`](crate::change::TableId); only where whole tables are read.
    pub fn described(&self) -> &[Described] {
        self.assembler.described()
    }
}

impl FileReader {
    /// Reads whole tables from files that follow one another, or a folder of them. A file may be compressed by gzip or zstd.
    pub fn look(paths: &[PathBuf], selection: &Selection) -> Result<FileReader, StoreError> {
        FileReader::with(paths, Tables::every(Every::new(selection.clone(), Vec::new())))
    }

    /// As [`Stream::described`].
    pub fn described(&self) -> &[Described] {
        self.assembler.described()
    }
}
