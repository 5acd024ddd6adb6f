//! The transactions of a range, one batch after another.

use tokio::task::JoinHandle;

use super::search::id_of_a_look;
use super::sources::{LATER, Unproven};
use crate::binlog::bounds::{Bounds, MISSING};
use crate::binlog::error::{Definite, StoreError, Transient};
use crate::binlog::file::FileReader;
use crate::binlog::position::{Parsed, file_number, parse};
use crate::binlog::settle::Definitions;
use crate::binlog::store::Store;
use crate::binlog::stream::{Limits, Stream};
use crate::binlog::tables::Tables;
use crate::change::{Batch, Position};

/// The transactions of a range, read in the binlog's order.
pub struct Range<'a> {
    feed: Feed,
    store: Option<&'a mut Store>,
    to: Parsed,
    position: Position,
    /// Statements of tables were met.
    met_statements: bool,
    /// What is looked at where the files end before the range.
    unproven: Option<Unproven>,
}

/// Where the next batch comes from.
enum Feed {
    Files(Box<FileReader>),
    /// One batch is read ahead of whoever takes them.
    Ahead(JoinHandle<Ahead>),
    Server(Box<Stream>),
    Over,
    /// An error has ended it, or whoever waited for it went away while it went over to the server.
    Broken,
}

/// A reader of files, and what it has read.
type Ahead = (Box<FileReader>, Result<Option<Batch>, StoreError>);

impl<'a> Range<'a> {
    pub(super) fn empty(from: Parsed, to: Parsed) -> Range<'a> {
        Range { feed: Feed::Over, store: None, to, position: from.to_position(), met_statements: false, unproven: None }
    }

    /// From the server alone.
    pub(super) async fn of_server(
        store: &'a mut Store,
        from: Parsed,
        to: Parsed,
        tables: Tables,
        definitions: &Definitions,
    ) -> Result<Range<'a>, StoreError> {
        let position = from.to_position();
        let mut stream = store.dump(id_of_a_look(), from.clone(), tables).await?.settling(definitions);
        stream.assembler.keep_within(Bounds::new(&from, &to));
        Ok(Range {
            feed: Feed::Server(Box::new(stream)),
            store: None,
            to,
            position,
            met_statements: false,
            unproven: None,
        })
    }

    /// From files, then from the server.
    pub(super) fn of_files(
        reader: FileReader,
        store: Option<&'a mut Store>,
        from: &Parsed,
        to: Parsed,
        unproven: Option<Unproven>,
    ) -> Range<'a> {
        let (feed, position) = (Feed::Files(Box::new(reader)), from.to_position());
        Range { feed, store, to, position, met_statements: false, unproven }
    }

    /// Where it stands: after the last batch.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// True where a statement was met that makes, changes, renames or drops tables, be they mapped or not.
    pub fn met_statements(&self) -> bool {
        self.met_statements
    }

    /// The next whole transactions of the range; `None` at its end. A batch's position is never beyond the range, and without
    /// transactions it only moves that. From files one batch is read ahead, within the limits of the call before.
    ///
    /// After an error the range is over. After a transient one it can be opened again at [`Range::position`]; one that says that
    /// a table's definition is read again is of that kind. Dropping the future loses nothing, except where the range goes over
    /// to the server: then the next call fails.
    pub async fn next(&mut self, limits: &Limits) -> Result<Option<Batch>, StoreError> {
        let next = self.read(limits).await;
        match &next {
            Ok(Some(batch)) => self.position = batch.position.clone(),
            Ok(None) => self.feed = Feed::Over,
            Err(_) => self.feed = Feed::Broken,
        }
        next
    }

    async fn read(&mut self, limits: &Limits) -> Result<Option<Batch>, StoreError> {
        let given_up = || Transient::new("the range", "its reading was given up");
        loop {
            match &mut self.feed {
                Feed::Over => return Ok(None),
                Feed::Broken => return Err(given_up().into()),
                Feed::Files(_) => {
                    if let Feed::Files(reader) = std::mem::replace(&mut self.feed, Feed::Broken) {
                        self.feed = ahead(reader, *limits);
                    }
                }
                Feed::Ahead(task) => {
                    let (reader, read) = task.await.map_err(|_| given_up())?;
                    self.feed = Feed::Broken;
                    self.met_statements |= reader.assembler.met_statements();
                    match read? {
                        Some(batch) => {
                            self.feed = ahead(reader, *limits);
                            return Ok(Some(batch));
                        }
                        None if reader.assembler.is_at_end() => return Ok(None),
                        None => self.feed = self.go_on(*reader).await?,
                    }
                }
                Feed::Server(stream) => {
                    let assembler = &stream.assembler;
                    let over = assembler.is_at_end() && !assembler.is_ready() && !assembler.moved();
                    if over {
                        return Ok(None);
                    }
                    let next = stream.next(limits).await;
                    self.met_statements |= stream.assembler.met_statements();
                    return next.map(Some);
                }
            }
        }
    }

    /// The files have ended before the range: what follows is read from the server.
    async fn go_on(&mut self, reader: FileReader) -> Result<Feed, StoreError> {
        if let Some(unproven) = self.unproven.take() {
            unproven.end(&self.to).await?;
        }
        let place = reader.assembler.place();
        let (mut here, is_closed) = (reader.assembler.position(), reader.is_closed());
        let ends = format!("the archived files end at {here}");
        let Some(store) = self.store.as_deref_mut() else {
            let what = format!("{ends}, before the end of the range, {}", self.to.to_position());
            return Err(Definite::new(place, what, LATER).into());
        };
        if let (true, Some(next)) = (is_closed, store.file_after(&here).await?) {
            here = next;
        }
        let from = parse(&here).map_err(|error| Definite::new(&place, error.to_string(), "please report this"))?;
        match store.validate(&from).await {
            Ok(()) => {}
            Err(StoreError::Definite(error)) => {
                return Err(Definite::new(error.place(), format!("{ends}, and {}", error.what()), MISSING).into());
            }
            Err(error) => return Err(error),
        }
        store.must_reach(&self.to).await?;
        // What tables look like is known up to here.
        let mut stream = store.dump(id_of_a_look(), from.clone(), reader.into_tables()).await?;
        stream.assembler.keep_within(Bounds::new(&from, &self.to));
        Ok(Feed::Server(Box::new(stream)))
    }
}

fn ahead(mut reader: Box<FileReader>, limits: Limits) -> Feed {
    Feed::Ahead(tokio::task::spawn_blocking(move || {
        let read = reader.next(&limits);
        (reader, read)
    }))
}

impl Store {
    /// The beginning of the file that follows one which is purged, and was read to its end; `None` where that is not so.
    async fn file_after(&mut self, read: &Position) -> Result<Option<Position>, StoreError> {
        let Ok(Parsed::File { name, .. }) = parse(read) else { return Ok(None) };
        let (files, next) = (self.files().await?, file_number(&name).map(|number| number + 1));
        if files.iter().any(|(file, _)| *file == name) {
            return Ok(None);
        }
        let next = files.into_iter().find(|(file, _)| file_number(file) == next && next.is_some());
        Ok(next.map(|(name, _)| Parsed::File { name, offset: 4, mark: None }.to_position()))
    }
}
