//! The counters of the database header and of the WAL, held against each other (file format, sections 1.3.7, 1.3.16 and 4.1).

use super::super::super::Finding;
use super::super::header::{FileHeader, file_header};
use super::super::place::Source;
use super::super::snapshot::Snapshot;
use super::super::spot::Spot;
use super::freelist::word;

/// What does not fit together.
pub(super) fn findings(snapshot: &Snapshot<'_>, header: &FileHeader, root: Spot) -> Vec<Finding> {
    let mut findings = Vec::new();
    if header.change_counter != header.version_valid_for {
        let message = format!(
            "the change counter is {}, the one that the page count was written with (version-valid-for) {}: the last to write was \
             SQLite before 3.7.0 or another program",
            header.change_counter, header.version_valid_for
        );
        let spot = Spot { offset: root.offset.saturating_add(92), ..root };
        findings.push(spot.note("sqlite-change-counter", message));
    }
    findings.extend(log_behind(snapshot, header));
    findings
}

/// Page 1 in the log is newer than in the main file, or equal to it: the main file's came out of a log.
fn log_behind(snapshot: &Snapshot<'_>, header: &FileHeader) -> Option<Finding> {
    let overlaid = snapshot.overlaid(1).filter(|overlaid| overlaid.source == Source::Wal)?;
    let (_, main) = file_header(snapshot.main).ok()?;
    let pairs = [
        (24, "change counter", header.change_counter, main.change_counter),
        (40, "schema cookie", header.schema_cookie, main.schema_cookie),
    ];
    let (offset, name, log, main) = pairs.into_iter().find(|(_, _, log, main)| log < main)?;
    let message = format!(
        "the {name} of page 1 is {log} in the WAL and {main} in the main file: the WAL is older than the file, or another database's"
    );
    let spot = Spot::new(Source::Wal, overlaid.offset.saturating_add(offset)).on_page(1);
    Some(spot.note("sqlite-wal-behind", message))
}

/// The checkpoint sequence number counts how often the log was begun anew while it existed.
pub(super) fn log_sequence(snapshot: &Snapshot<'_>) -> Option<Finding> {
    snapshot.layers.iter().find(|layer| layer.source == Source::Wal)?;
    let sequence = word(snapshot.wal, 12).filter(|sequence| *sequence > 0)?;
    let (one, two) = (word(snapshot.wal, 16)?, word(snapshot.wal, 20)?);
    let message = format!(
        "the WAL was begun anew while it existed (checkpoint sequence number {sequence}, salts {one:08x} {two:08x}): its earlier commits \
         were carried into the main file, and later frames lie over theirs"
    );
    Some(Spot::new(Source::Wal, 12).note("sqlite-wal-sequence", message))
}
