//! The vocabulary of a report: kinds of records, their fields and types, conversions, provenance. Types only: it knows
//! no file, no bytes, no app.

pub mod kinds;
