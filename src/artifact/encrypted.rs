//! Files that look encrypted and that no definition reads: without a line of their own they would look like files of no use.

use super::coverage::EncryptedFile;
use super::survey::{Survey, is_companion};
use crate::parse::in_parallel;
use std::collections::BTreeSet;
use std::convert::Infallible;

/// Every file of the evidence that looks encrypted and that no definition reads, and every backup that stays closed, in the order of the evidence. Those that a
/// definition reads are told where they are read.
pub(super) fn encrypted_files(survey: &Survey<'_>, threads: usize) -> Vec<EncryptedFile> {
    let files = survey.evidence.files();
    let matched: BTreeSet<usize> = survey.matched.iter().map(|matched| matched.file).collect();
    let opened: BTreeSet<usize> = survey.unknown_databases.iter().copied().collect();
    let found: Result<_, Infallible> = in_parallel(files.len(), threads, &|index| {
        let file = files.get(index).filter(|file| !is_companion(file));
        let Some(file) = file.filter(|_| !matched.contains(&index) && !opened.contains(&index)) else {
            return Ok(None);
        };
        // A file that cannot be read is told by whoever needs it.
        let closed = survey.evidence.looks_closed(file).unwrap_or(None);
        Ok(closed.map(|closed| EncryptedFile::of(&file.device_path, None, closed)))
    });
    match found {
        Ok(found) => {
            let backups = survey.evidence.closed().into_iter();
            let backups = backups.map(|(name, closed)| EncryptedFile::of(&name, None, closed));
            found.into_iter().flatten().chain(backups).collect()
        }
    }
}
