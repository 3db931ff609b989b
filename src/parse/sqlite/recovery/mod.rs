//! Rows that no pointer of the live view leads to: read from every page image that is left of the database.
//!
//! ```text
//! census: what is each page used for ─► which bytes are unused
//! templates: what do the records of each table look like ─► does a run of unused bytes read as one
//! sweep: page by page, whole cells, then cells that lost their head ─► the best set that does not overlap
//! verdict: whose are they ─► the page's table, the only table of that shape, or nobody's
//! ```
//!
//! The method and its sources are told in `docs/recovery.md`.

mod census;
mod chains;
mod dead_schema;
mod entries;
mod find;
mod gather;
mod geometry;
mod headless;
mod layouts;
mod older_images;
mod overwritten;
mod search;
mod shares;
mod sheet;
mod slot;
mod sweep;
mod template;
mod verdict;
mod whole;

pub use census::{Census, Use};
pub(super) use gather::{Recovery, Stray, recover};
pub(super) use geometry::guessed_header;
