//! SQLite databases (format 3), read from their bytes: <https://www.sqlite.org/fileformat2.html>.
//!
//! ```text
//! Files ─► Database ─► Schema ─► Table, Column
//!             │
//!             ├─ rows        live view: what SQLite itself would return
//!             ├─ older_rows  states before it: WAL, journal, the main file under them
//!             └─ commits     what the WAL is made of
//!                  └─► Row ─► value(column), place, payload, overflow pages
//! ```
//!
//! Nothing is written, executed or repaired. A live row is what SQLite would return, value for value; where SQLite
//! would refuse the file, what is there is read and a [`Finding`](super::Finding) says what is wrong.

mod anatomy;
mod cell;
mod changes;
mod commit;
mod create_table;
mod database;
mod default;
mod header;
mod history;
mod insertion;
mod journal;
mod journal_residue;
mod lineage;
mod older;
mod opening;
mod overflow;
mod page;
mod page_images;
mod place;
mod record;
mod recovered;
mod recovery;
mod residue;
mod row;
mod schema;
mod seek;
mod sequence;
mod snapshot;
mod spot;
mod table;
mod text;
mod timeline;
mod token;
mod varint;
mod versions;
mod views;
mod wal;
mod walk;
mod writer;

pub use anatomy::{Anatomy, Moment, PageImage, Part, PartKind};
pub use changes::{Change, ChangeKind};
pub use commit::Commit;
pub use database::{Database, Files, Rows, Stray};
pub(crate) use header::header_of;
pub use header::{FileHeader, MAGIC};
pub(crate) use insertion::{Insertion, insertion, table_of};
pub use older::OlderRows;
pub(crate) use page_images::page_images;
pub use place::{Identity, Place, Source, UnknownName, View};
pub use recovered::{Attribution, Method, Recovered};
pub use recovery::{Census, Use};
pub use row::Row;
pub use sequence::{RowidGap, RowidGaps, Sequence};
pub use table::{Affinity, Column, DefaultValue, Generated, Schema, SchemaObject, Table};
pub use text::Encoding;
pub use versions::{Standing, Version};
pub use views::Views;
pub(crate) use writer::{Cell, Writer, write_record};
