//! The vocabulary of a report: kinds of records, their fields and types, conversions, provenance. Types only: it knows
//! no file, no bytes, no app.

mod clock;
mod content;
mod convert;
mod finding;
mod identifier;
pub mod kinds;
mod objects;
mod provenance;
mod redacted;
mod schema;
mod sink;
mod time;
mod value;

pub use clock::Clock;
pub use content::{Content, Period, Verdict};
pub use convert::{Conversion, Converted, Problem, natural};
pub use finding::{Finding, Findings};
pub use identifier::is_valid as identifier_is_valid;
pub use provenance::{OverflowPage, RecordId, RowReference, Sighting, State};
pub use redacted::{Redacted, agrees, is_redacted};
pub use schema::report_schema;
pub use sink::Sink;
pub use time::{Moment, RawTime, Time, TimeUnit, parse_utc};
pub use value::{FieldValue, Record, Scalar};
