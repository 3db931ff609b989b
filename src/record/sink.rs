//! Where records go.

use super::value::Record;

/// Takes records one by one, in a fixed order; one sink for each file of the evidence.
pub trait Sink: Send {
    /// Takes one record.
    ///
    /// # Errors
    /// Where it could not be written: the run cannot go on.
    fn record(&mut self, record: &Record<'_>) -> std::io::Result<()>;
}
