//! What the tree readers share: the bound on nesting, and a collector that keeps findings from flooding a report.

use super::{Error, Finding};

/// How deep values may nest. Real property lists, settings files and JSON stay below 40; the readers and the drop of a
/// tree recurse, and this many frames fit a thread of 2 MiB several times over.
pub(crate) const MAX_DEPTH: usize = 256;

/// How many findings one document keeps; the rest are counted.
const MAX_FINDINGS: usize = 256;

/// What a tree may grow to where one stored value can be shown in many places.
///
/// The bounds come from the size of the input; a tree in which nothing is shared has at most one node per byte. The
/// spare is for the sharing of real files (equal strings and keys of many rows).
#[derive(Debug)]
pub(crate) struct Budget {
    nodes: usize,
    text: usize,
    exhausted: bool,
}

const SPARE_NODES: usize = 1 << 18;
const SPARE_TEXT: usize = 1 << 24;

impl Budget {
    /// Two nodes and eight bytes of copied text per byte of the input, and the spare.
    pub fn for_input(length: usize) -> Self {
        let nodes = length.saturating_mul(2).saturating_add(SPARE_NODES);
        let text = length.saturating_mul(8).saturating_add(SPARE_TEXT);
        Budget { nodes, text, exhausted: false }
    }

    /// Counts one more node with this many bytes of its own.
    ///
    /// # Errors
    /// [`Error::Limit`] where the bounds are reached; from then on [`Budget::is_exhausted`].
    pub fn spend(&mut self, text: usize, offset: u64, what: &str) -> Result<(), Error> {
        if let Some((nodes, text)) = self.nodes.checked_sub(1).zip(self.text.checked_sub(text)) {
            (self.nodes, self.text) = (nodes, text);
            return Ok(());
        }
        self.exhausted = true;
        let limit =
            "two nodes and eight bytes of text per byte of the input: its values are shared too often";
        Err(Error::Limit { offset, what: what.to_owned(), limit: limit.to_owned() })
    }

    /// Whether the bounds were reached: no use in going on.
    pub fn is_exhausted(&self) -> bool {
        self.exhausted
    }
}

/// A length or position in memory as a place in a file.
pub(crate) fn place(position: usize) -> u64 {
    u64::try_from(position).unwrap_or(u64::MAX)
}

/// How far into `whole` the slice `part` of it begins; `None` where it is not a part of it.
pub(crate) fn offset_in(whole: &[u8], part: &[u8]) -> Option<usize> {
    let offset = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    (offset <= whole.len()).then_some(offset)
}

/// The findings of one document, at most [`MAX_FINDINGS`] of them and one that counts the others.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    kept: Vec<Finding>,
    dropped: usize,
    dropped_loss: bool,
}

impl Findings {
    /// Something could not be read.
    pub(crate) fn loss(&mut self, code: &'static str, offset: usize, message: impl Into<String>) {
        self.push(finding(code, offset, message.into(), true));
    }

    /// A structure could not be read, at the place that its error names.
    pub(crate) fn lost(&mut self, code: &'static str, error: &Error) {
        let offset = match error {
            Error::WrongKind { .. } => 0,
            Error::Unexpected { offset, .. } | Error::Short { offset, .. } | Error::Limit { offset, .. } => {
                *offset
            }
        };
        self.lost_at(code, offset, error);
    }

    /// A structure could not be read, at this place.
    pub(crate) fn lost_at(&mut self, code: &'static str, offset: u64, error: &Error) {
        let mut lost = finding(code, 0, error.to_string(), true);
        lost.offset = Some(offset);
        self.push(lost);
    }

    /// Something is odd, and nothing is missing because of it.
    pub(crate) fn note(&mut self, code: &'static str, offset: usize, message: impl Into<String>) {
        self.push(finding(code, offset, message.into(), false));
    }

    /// Takes over a finding that was made elsewhere.
    pub(crate) fn push(&mut self, finding: Finding) {
        if self.kept.len() < MAX_FINDINGS {
            self.kept.push(finding);
            return;
        }
        self.dropped = self.dropped.saturating_add(1);
        self.dropped_loss |= finding.loss;
    }

    /// All of them, with one more that says how many there were beyond the bound.
    pub(crate) fn into_vec(mut self) -> Vec<Finding> {
        if self.dropped > 0 {
            let message = format!("{} further findings in this file are not listed", self.dropped);
            let mut more = finding("tree-more-findings", 0, message, self.dropped_loss);
            more.offset = None;
            self.kept.push(more);
        }
        self.kept
    }
}

fn finding(code: &'static str, offset: usize, message: String, loss: bool) -> Finding {
    Finding::of_file(code, message, Some(place(offset)), loss)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_beyond_the_bound_are_counted_and_keep_their_weight() {
        let mut findings = Findings::default();
        for offset in 0..MAX_FINDINGS {
            findings.note("odd", offset, "odd");
        }
        findings.loss("lost", 1, "lost");
        let all = findings.into_vec();
        assert_eq!(all.len(), MAX_FINDINGS + 1);
        let last = all.last().unwrap();
        assert!(last.loss && last.message.starts_with("1 further"), "{last:?}");
    }

    #[test]
    fn a_slice_of_another_buffer_has_no_offset() {
        let whole = b"abcdef";
        assert_eq!(offset_in(whole, &whole[4..]), Some(4));
        assert_eq!(offset_in(&whole[2..], &whole[..1]), None);
    }
}
