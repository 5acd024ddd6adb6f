//! Binlog files, read without a server: one, several that follow one another, or a folder with its index.

use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::assembler::Assembler;
use super::error::{Definite, READ_AGAIN, StoreError, Transient};
use super::event::codes;
use super::frames::{Frames, Step, Unreadable};
use super::input::Input;
use super::position::{Parsed, file_number, parse};
use super::progress::Progress;
use super::range::search;
use super::stop::LIES_WITHIN;
use super::stream::Limits;
use super::tables::Tables;
use crate::change::{Batch, Footprint, Position, TableId, TableShape};

/// The four bytes that a binlog file begins with.
const MAGIC: [u8; 4] = *b"\xfebin";
/// The same of a file that MySQL has encrypted.
const ENCRYPTED: [u8; 4] = *b"\xfdbin";

/// Endings of files that were put away compressed.
const COMPRESSED: [&str; 3] = [".gz", ".zst", ".zstd"];

const COPY_AGAIN: &str = "copy the file again, completely";

/// Reads the transactions of binlog files; positions are `file:<name>:<offset>`.
///
/// Without [`FileReader::of_database`] the mapped tables may be in any one database: the first that has rows of one of them
/// is taken for the store's.
pub struct FileReader {
    files: Vec<BinlogFile>,
    /// Which of them is being read.
    at: usize,
    frames: Frames,
    pub(super) assembler: Assembler,
    /// What the last event was, in the file that is being read.
    last: u8,
    done: bool,
    /// Where the files were named, if a server goes on writing them.
    followed: Option<Vec<PathBuf>>,
    /// The last file may break off: it was copied while it was written.
    copied: bool,
    /// Someone can be asked what a table looks like now.
    asks: bool,
    /// Which file it began in, and where; until it is known that something can begin there.
    began: Option<(usize, u64)>,
    /// What stopped the reading, to be said once everything before it has been handed out.
    failed: Option<StoreError>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BinlogFile {
    pub path: PathBuf,
    /// Its name on the server.
    pub name: String,
}

impl FileReader {
    /// Opens the file at its beginning.
    pub fn open(path: &Path, footprint: &Footprint, shapes: &[TableShape]) -> Result<FileReader, StoreError> {
        FileReader::with(&[path.to_owned()], Tables::new(footprint, shapes, None, false))
    }

    /// Opens files that follow one another, or a folder of them. A file may be compressed by gzip or zstd.
    pub(super) fn with(paths: &[PathBuf], tables: Tables) -> Result<FileReader, StoreError> {
        let files = listed(paths)?;
        let first = files.first().map(|first| first.name.clone()).unwrap_or_default();
        FileReader::from(files, tables, Progress::File { name: first, offset: 4, mark: None })
    }

    /// Reads files from the first one's beginning, which `progress` is at or behind.
    pub(super) fn from(files: Vec<BinlogFile>, tables: Tables, progress: Progress) -> Result<FileReader, StoreError> {
        let Some(first) = files.first() else {
            return Err(Definite::new(
                "the binlog files",
                "no binlog file was named",
                "name a file, or a folder of them",
            )
            .into());
        };
        let mut assembler = Assembler::new(&first.folder(), tables, progress);
        assembler.turn_to(&first.name);
        let frames = first.open()?;
        let (at, last, done, followed, failed) = (0, 0, false, None, None);
        let (copied, asks, began) = (false, false, None);
        Ok(FileReader { files, at, frames, assembler, last, done, followed, copied, asks, began, failed })
    }

    /// Takes wherever the last file breaks off for its end.
    pub(super) fn of_a_copy(mut self) -> FileReader {
        self.copied = true;
        self
    }

    /// Ends in a transient error where a table's definition has to be read again.
    pub(super) fn ask_for_definitions(mut self) -> FileReader {
        self.asks = true;
        self
    }

    /// Reads one event; false at the end of the last file.
    pub(super) fn one(&mut self) -> Result<bool, StoreError> {
        self.read_ahead()?;
        self.step()?;
        self.assembler.pass_barrier();
        Ok(!self.done)
    }

    /// What is known of tables, for whoever reads on.
    pub(super) fn into_tables(self) -> Tables {
        self.assembler.into_tables()
    }

    /// True where the last file was closed, so that another follows it.
    pub(super) fn is_closed(&self) -> bool {
        matches!(self.last, codes::ROTATE | codes::STOP)
    }

    /// Says which mapped tables the mirror holds no row of: dropping, emptying or redefining one of those loses nothing, so
    /// that an installer's `DROP TABLE IF EXISTS` does not stop the stream. A table counts as filled from its first row on.
    #[must_use]
    pub fn assume_empty(mut self, tables: &BTreeSet<TableId>) -> Self {
        self.assembler.assume_empty(tables);
        self
    }

    /// Hands out one transaction at a time for so long after one of very many rows, by the binlog's own clock: what it touched
    /// is planned in between, and not all at once.
    #[must_use]
    pub fn calm_after_large(mut self, settle: Duration) -> Self {
        self.assembler.keep_calm(settle);
        self
    }

    /// Takes the end of the last file for the end of what is written so far: [`FileReader::next`] answers `None` there, and goes
    /// on when it is called again and more has come.
    #[must_use]
    pub fn follow(mut self, paths: &[PathBuf]) -> FileReader {
        self.followed = Some(paths.to_vec());
        self
    }

    /// Takes the tables of this database only.
    pub fn of_database(mut self, name: &str) -> FileReader {
        self.assembler.set_database(name);
        self
    }

    /// Goes on at a position that a reader of these files has given before.
    pub fn start_at(mut self, position: &Position) -> Result<FileReader, StoreError> {
        let found = match parse(position) {
            Ok(Parsed::File { name, offset, mark }) if offset >= 4 => {
                self.files.iter().position(|file| file.name == name).map(|at| (at, name, offset, mark))
            }
            _ => None,
        };
        let Some((at, name, offset, mark)) = found else {
            return Err(self.stop(format!("the position {position} is none of this file"), "give one that is"));
        };
        self.at = at;
        self.frames = self.files[at].open()?;
        self.assembler.start_over(Progress::File { name: name.clone(), offset: 4, mark: None });
        if offset > 4 {
            // The format description stands first and is needed to read what follows.
            self.step()?;
            let read = self.assembler.offset();
            // A mark is looked at again, unless the format description is what it marks.
            let mark = mark.filter(|mark| mark.begins >= read);
            let ahead = mark.map_or(offset, |mark| mark.begins).checked_sub(read).filter(|_| !self.done);
            let there = ahead.map(|ahead| self.frames.pass_over(ahead)).transpose().map_err(|error| self.io(&error))?;
            if there != Some(true) {
                let what = format!("the position {position} is not in the file, or within one of its events");
                let remedy = search::boundaries(&self.files[at], offset);
                return Err(self.stop(what, &remedy.unwrap_or("give one that is between two transactions".to_owned())));
            }
        }
        self.began = Some((at, offset));
        self.assembler.start_over(Progress::File { name, offset, mark });
        Ok(self)
    }

    /// The next whole transactions, `None` at the end of the last file. Files that break off within an event or a
    /// transaction end in an error, after everything that is whole.
    pub fn next(&mut self, limits: &Limits) -> Result<Option<Batch>, StoreError> {
        self.done &= self.followed.is_none();
        self.read_ahead()?;
        while !self.done && self.failed.is_none() && !self.assembler.is_full(limits) {
            self.failed = self.step().err();
            if !self.asks {
                // No server is asked: rows that do not describe themselves then stop the reading.
                self.assembler.pass_barrier();
            }
        }
        if self.assembler.moved() || self.assembler.is_ready() {
            self.began = None;
            return self.assembler.take().map(Some);
        }
        if self.assembler.is_at_barrier() {
            return Err(Transient::new(self.assembler.place(), READ_AGAIN).into());
        }
        if let (Some(StoreError::Definite(error)), Some((at, offset))) = (&self.failed, self.began)
            && error.what().contains(LIES_WITHIN)
            && let Some(remedy) = search::boundaries(&self.files[at], offset)
        {
            return Err(self.stop(error.what(), &remedy));
        }
        self.failed.take().map_or(Ok(None), Err)
    }

    fn step(&mut self) -> Result<(), StoreError> {
        match self.frames.step(&mut self.assembler) {
            Ok(Step::Event(header)) => {
                self.last = header.code;
                Ok(())
            }
            // A server that crashes leaves a torn event behind, and begins a new file when it starts again.
            Ok(Step::End | Step::BrokenOff) if self.has_next() => self.turn(),
            Ok(Step::End | Step::BrokenOff) if self.followed.is_some() => self.look_again(),
            Ok(Step::End | Step::BrokenOff) if self.copied => {
                self.done = true;
                Ok(())
            }
            Ok(Step::End) if self.assembler.is_open() => {
                Err(self.stop("the file breaks off within a transaction", COPY_AGAIN))
            }
            Ok(Step::End) => {
                self.done = true;
                Ok(())
            }
            Ok(Step::BrokenOff) => {
                Err(self.stop("the next event cannot be read: the file breaks off within it", COPY_AGAIN))
            }
            Err(Unreadable::Io(error)) => Err(self.io(&error)),
            Err(Unreadable::Wrong(what)) => {
                Err(self.stop(format!("the next event cannot be read: {what}"), COPY_AGAIN))
            }
            Err(Unreadable::Stop(error)) => Err(error),
        }
    }

    /// Is there a file after this one? The last of those that go on being written does not count before its first bytes.
    fn has_next(&self) -> bool {
        let later = &self.files[self.at + 1..];
        let is_awaited = later.len() == 1 && self.followed.is_some();
        later.first().is_some_and(|next| !is_awaited || next.has_begun())
    }

    /// Looks for files that have come after this one. Those before it may be gone by now, and it itself, too.
    fn look_again(&mut self) -> Result<(), StoreError> {
        let paths = self.followed.as_deref().unwrap_or_default();
        // Between a look at the folder and one at its index a file may have come, or gone.
        let there = listed(paths).or_else(|_| listed(paths))?;
        let current = &self.files[self.at];
        let later: Vec<BinlogFile> = match there.iter().position(|file| file == current) {
            Some(at) => there[at + 1..].to_vec(),
            None => there.into_iter().filter(|file| file_number(&file.name) > file_number(&current.name)).collect(),
        };
        self.files.truncate(self.at + 1);
        self.files.extend(later);
        self.done = !self.has_next();
        Ok(())
    }

    /// Goes on with the next file, which must be the one that follows.
    fn turn(&mut self) -> Result<(), StoreError> {
        let (next, file) = (&self.files[self.at + 1], self.assembler.file());
        let follows = if !self.assembler.is_by_file() {
            // By GTID the next file's head tells whether anything is missing.
            true
        } else if self.last == codes::ROTATE {
            next.name == file || file_number(&next.name).is_none()
        } else {
            match (file_number(&self.files[self.at].name), file_number(&next.name)) {
                (Some(this), Some(next)) => next == this + 1,
                _ => true,
            }
        };
        if !follows {
            let what = format!("after it comes {}, which does not follow it", next.name);
            return Err(self.stop(what, "name all files, in the order in which they were written"));
        }
        self.at += 1;
        self.frames = self.files[self.at].open()?;
        self.last = 0;
        self.assembler.turn_to(&self.files[self.at].name);
        self.read_ahead()
    }

    /// A copy grows no more: it is read ahead of what is taken in.
    fn read_ahead(&mut self) -> Result<(), StoreError> {
        if !self.copied {
            return Ok(());
        }
        self.frames.read_ahead().map_err(|error| self.io(&error))
    }

    fn io(&self, error: &std::io::Error) -> StoreError {
        self.stop(format!("the next event cannot be read: {error}"), COPY_AGAIN)
    }

    fn stop(&self, what: impl Into<String>, remedy: &str) -> StoreError {
        Definite::new(self.assembler.place(), what, remedy).into()
    }
}

impl BinlogFile {
    /// The folder that it is in, for messages.
    pub(super) fn folder(&self) -> String {
        let folder = self.path.parent().map(|parent| parent.display().to_string()).unwrap_or_default();
        if folder.is_empty() { ".".to_owned() } else { folder }
    }

    fn at(path: &Path) -> BinlogFile {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let plain = COMPRESSED.iter().find_map(|ending| name.strip_suffix(ending));
        BinlogFile { path: path.to_owned(), name: plain.unwrap_or(&name).to_owned() }
    }

    /// True of what MariaDB writes beside each binlog file from 11.4 on, to find GTIDs in it (`binlog_gtid_index`): a shell's
    /// `binlog.0*` names it as well.
    fn is_gtid_index(&self) -> bool {
        self.name.strip_suffix(".idx").is_some_and(|of| file_number(of).is_some())
    }

    /// Are the first bytes there? A file that cannot be asked is for [`BinlogFile::open`] to tell about.
    fn has_begun(&self) -> bool {
        fs::metadata(&self.path).map_or(true, |file| file.len() >= MAGIC.len() as u64)
    }

    /// Its events, from the first on.
    fn open(&self) -> Result<Frames, StoreError> {
        let place = self.path.display().to_string();
        let unreadable =
            |error: std::io::Error| Definite::new(&place, format!("cannot read the file: {error}"), "check its path");
        let mut input = Input::open(&self.path).map_err(unreadable)?;
        let mut magic = [0; 4];
        input.read_exact(&mut magic).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => {
                Definite::new(&place, "the file breaks off within its first four bytes", COPY_AGAIN)
            }
            _ => unreadable(error),
        })?;
        if magic == ENCRYPTED {
            let remedy = "read it from the server, which decrypts it";
            return Err(Definite::new(place, "the binlog file is encrypted", remedy).into());
        }
        if magic != MAGIC {
            let what = "the file is not a binlog: its first four bytes are others";
            return Err(Definite::new(place, what, "name a binlog file, plain or compressed by gzip or zstd").into());
        }
        Ok(Frames::new(input))
    }
}

/// The files that are meant, in order.
pub(super) fn listed(paths: &[PathBuf]) -> Result<Vec<BinlogFile>, StoreError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(in_folder(path)?);
        } else {
            files.extend(Some(BinlogFile::at(path)).filter(|file| !file.is_gtid_index()));
        }
    }
    Ok(files)
}

/// The binlog files of a folder: as its index lists them, or by their numbers where it has none.
fn in_folder(folder: &Path) -> Result<Vec<BinlogFile>, StoreError> {
    let place = folder.display().to_string();
    let wrong = |what: String, remedy: &str| -> StoreError { Definite::new(&place, what, remedy).into() };
    let unreadable = |error: std::io::Error| wrong(format!("cannot read the folder: {error}"), "check its path");
    let mut there = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        there.push(entry.map_err(unreadable)?.path());
    }
    there.sort();
    let has_ending = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "index");
    let indexes: Vec<&PathBuf> = there.iter().filter(has_ending).collect();
    let numbered = || there.iter().map(|path| BinlogFile::at(path).name).filter(|name| file_number(name).is_some());
    if numbered().collect::<BTreeSet<String>>().len() < numbered().count() {
        return Err(wrong(
            "a file is there twice, plain and compressed".into(),
            "leave one of the two, or name the files",
        ));
    }
    let [index] = indexes[..] else {
        if indexes.len() > 1 {
            return Err(wrong("the folder has more than one index of binlogs".into(), "name the files themselves"));
        }
        return by_number(&there).ok_or_else(|| {
            wrong("the folder has no index, and its files are not of one binlog".into(), "name the files themselves")
        });
    };
    let lines = fs::read_to_string(index).map_err(unreadable)?;
    let named = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    let find = |line: &str| {
        let name = line.rsplit(['/', '\\']).next().unwrap_or(line);
        there.iter().map(|path| BinlogFile::at(path)).find(|file| file.name == name).ok_or_else(|| {
            wrong(format!("the index names {name}, which is not in the folder"), "copy it there, or name the files")
        })
    };
    named.map(find).collect()
}

/// Files of one base name, in the order of their numbers; `None` where there are several base names, or no files.
fn by_number(paths: &[PathBuf]) -> Option<Vec<BinlogFile>> {
    let mut files: Vec<(u64, BinlogFile)> =
        paths.iter().map(|path| BinlogFile::at(path)).filter_map(|f| Some((file_number(&f.name)?, f))).collect();
    files.sort_by_key(|(number, _)| *number);
    let base = |file: &BinlogFile| file.name.rsplit_once('.').map(|(base, _)| base.to_owned());
    let one = files.windows(2).all(|pair| base(&pair[0].1) == base(&pair[1].1));
    (one && !files.is_empty()).then(|| files.into_iter().map(|(_, file)| file).collect())
}
