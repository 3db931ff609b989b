//! The files of a database, decrypted page by page: what stands between the pages of a log or a journal is not encrypted.

use super::super::Finding;
use super::super::sqlite::{Source, page_images};
use super::page::Standing;
use super::unlock::Unlocked;

/// Pages that do not decrypt as they should, told one by one; the others are counted.
const TOLD: u64 = 50;

impl Unlocked {
    /// Decrypts the main file, a page at a time. `write` takes the pages in their order; together they are as long as the file.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn main<E>(
        &self,
        sealed: &[u8],
        write: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Vec<Finding>, E> {
        let mut told = Told { source: Source::Main, ..Told::new(self) };
        let (mut offset, mut page) = (0_u64, Vec::new());
        for (number, bytes) in (1..).zip(sealed.chunks(self.layout.page_size())) {
            page.clear();
            page.extend_from_slice(bytes);
            let standing = self.layout.decrypt(number, &mut page);
            told.add(standing, number, offset);
            write(&page)?;
            offset = offset.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        }
        Ok(told.end())
    }

    /// Decrypts a log or a journal: each page image in it, whether it counts or not.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn companion<E>(
        &self,
        sealed: &[u8],
        source: Source,
        write: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Vec<Finding>, E> {
        let mut told = Told { source, ..Told::new(self) };
        let mut at = 0;
        for (number, start) in page_images(source, sealed, self.layout.parameters.page_size) {
            let end = start.saturating_add(self.layout.page_size());
            let (Some(between), Some(image)) = (sealed.get(at..start), sealed.get(start..end)) else {
                continue;
            };
            write(between)?;
            let mut page = image.to_vec();
            let standing = self.layout.decrypt(number, &mut page);
            told.add(standing, number, u64::try_from(start).unwrap_or(u64::MAX));
            write(&page)?;
            at = end;
        }
        write(sealed.get(at..).unwrap_or(&[]))?;
        Ok(told.end())
    }
}

/// Collects what did not decrypt as it should.
struct Told<'u> {
    unlocked: &'u Unlocked,
    source: Source,
    findings: Vec<Finding>,
    forged: u64,
}

impl<'u> Told<'u> {
    fn new(unlocked: &'u Unlocked) -> Told<'u> {
        Told { unlocked, source: Source::Main, findings: Vec::new(), forged: 0 }
    }

    fn add(&mut self, standing: Standing, page: u32, offset: u64) {
        let first = page == 1 && self.source == Source::Main && self.unlocked.first_page_damaged;
        let (code, message) = match standing {
            Standing::Forged if first => (
                "sqlcipher-page-hmac",
                "page 1 has a wrong HMAC and other pages have the right one: the key is right, and the page was damaged \
                 or changed after it was written"
                    .to_owned(),
            ),
            Standing::Decrypted if first => (
                "sqlcipher-page-unlike",
                "page 1 decrypts to no database header and other pages decrypt to pages: the key is right, and page 1 is \
                 damaged"
                    .to_owned(),
            ),
            Standing::Forged => (
                "sqlcipher-page-hmac",
                format!(
                    "page {page} has a wrong HMAC: it was damaged or changed after it was written; what is read from it \
                     is not proven"
                ),
            ),
            Standing::Cut => (
                "sqlcipher-page-cut",
                format!(
                    "page {page} is cut off before its IV and HMAC: its first 16 bytes cannot be decrypted, the others \
                     are not proven"
                ),
            ),
            Standing::Decrypted | Standing::Empty => return,
        };
        self.forged = self.forged.saturating_add(1);
        if self.forged <= TOLD {
            self.push(code, message, Some((page, offset)), true);
        }
    }

    fn push(&mut self, code: &'static str, message: String, place: Option<(u32, u64)>, loss: bool) {
        let source = self.source.name();
        let (page, offset) = (place.map(|(page, _)| page), place.map(|(_, offset)| offset));
        self.findings.push(Finding { code, message, offset, page, source, loss });
    }

    fn end(mut self) -> Vec<Finding> {
        let more = self.forged.saturating_sub(TOLD);
        if more > 0 {
            self.push("sqlcipher-page-hmac", format!("{more} more pages are damaged or changed"), None, true);
        }
        let is_main = self.source == Source::Main;
        if is_main && !self.unlocked.is_verified() {
            let message = match self.unlocked.parameters().mac {
                None => "this version has no HMACs: that a page was not changed is not proven",
                Some(_) => {
                    "the first page decrypts to a database header, and no HMAC fits it: that pages were not changed is \
                     not proven"
                }
            };
            self.push("sqlcipher-without-hmac", message.to_owned(), None, false);
        }
        self.findings
    }
}
