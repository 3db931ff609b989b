//! Parameters and keys together: whether they are those of a database.

use zeroize::Zeroizing;

use super::derive::{KEY, mac_key};
use super::parameters::Parameters;
use super::{SALT, page::Standing};

/// Pages that are held against a key; the first of them may be damaged.
const PROBED: u32 = 4;

/// Pages without HMAC that are looked at where the first says nothing.
const SAMPLED: u32 = 64;

/// How the pages of one database are encrypted.
#[derive(Clone)]
pub(super) struct Layout {
    pub(super) parameters: Parameters,
    pub(super) key: Zeroizing<[u8; KEY]>,
    pub(super) mac_key: Zeroizing<[u8; KEY]>,
    /// HMACs are of the kind that the parameters say; else they are not looked at.
    pub(super) verified: bool,
}

/// What a file says about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is not of this key.
    No,
    /// Page 1 says that it is.
    Yes,
    /// Other pages say that it is, page 1 does not.
    FirstPageDamaged,
}

impl Layout {
    pub(super) fn new(parameters: Parameters, key: &Zeroizing<[u8; KEY]>, salt: &[u8; SALT]) -> Layout {
        let mac_key = mac_key(&**key, salt, &parameters);
        Layout { parameters, key: key.clone(), mac_key, verified: parameters.mac.is_some() }
    }

    pub(super) fn page_size(&self) -> usize {
        usize::try_from(self.parameters.page_size).unwrap_or(usize::MAX)
    }

    /// Bytes at the start of a page that are not encrypted.
    pub(super) fn clear(&self, number: u32) -> usize {
        match (number, usize::try_from(self.parameters.clear_header)) {
            (1, Ok(0)) => SALT,
            (1, Ok(clear)) => clear,
            _ => 0,
        }
    }

    /// A page of a main file, as it is there.
    fn page<'a>(&self, main: &'a [u8], number: u32) -> Option<&'a [u8]> {
        let before = usize::try_from(number).ok()?.checked_sub(1)?;
        let start = before.checked_mul(self.page_size())?;
        main.get(start..start.checked_add(self.page_size())?)
    }

    /// Holds the first pages against the key: by their HMACs.
    pub(super) fn fit(&self, main: &[u8]) -> Fit {
        let is_right =
            |number| self.page(main, number).is_some_and(|page| self.verifies(number, page) == Some(true));
        match () {
            () if is_right(1) => Fit::Yes,
            () if (2..=PROBED).any(is_right) => Fit::FirstPageDamaged,
            () => Fit::No,
        }
    }

    /// Holds the first pages against the key by what they decrypt to, where there is no HMAC.
    pub(super) fn plausible(&self, main: &[u8]) -> Fit {
        if self.header_is_plausible(main) {
            return Fit::Yes;
        }
        let whole = main.len().checked_div(self.page_size()).and_then(|pages| u32::try_from(pages).ok());
        let last = whole.unwrap_or(0).min(SAMPLED);
        let trees = (2..=last).filter(|number| self.is_btree(main, *number)).count();
        let sampled = usize::try_from(last.saturating_sub(1)).unwrap_or(usize::MAX);
        if trees >= 3 && trees.saturating_mul(4) >= sampled { Fit::FirstPageDamaged } else { Fit::No }
    }

    fn decrypted(&self, main: &[u8], number: u32) -> Option<Vec<u8>> {
        let mut page = self.page(main, number)?.to_vec();
        let unverified = Layout { verified: false, ..self.clone() };
        (unverified.decrypt(number, &mut page) != Standing::Empty).then_some(page)
    }

    /// Page size, payload fractions and schema format of a database header (file format, section 1.3), of which no key but the right
    /// one makes all. A newer library that writes an older version reserves more bytes than that needs.
    fn header_is_plausible(&self, main: &[u8]) -> bool {
        let Some(page) = self.decrypted(main, 1) else { return false };
        let header = super::super::sqlite::header_of(&page);
        header.is_some_and(|header| {
            header.page_size() == Some(self.parameters.page_size)
                && usize::from(header.reserved) >= self.parameters.reserve()
                && header.fractions == [64, 32, 32]
                && header.schema_format <= 4
        })
    }

    /// A kind of b-tree page with as many cells as fit and a content area inside the page (file format, section 1.6).
    fn is_btree(&self, main: &[u8], number: u32) -> bool {
        let Some(page) = self.decrypted(main, number) else { return false };
        let Some([kind, free_high, free_low, cells_high, cells_low, content_high, content_low]) =
            page.first_chunk::<7>()
        else {
            return false;
        };
        let word = |high: &u8, low: &u8| usize::from(u16::from_be_bytes([*high, *low]));
        let usable = page.len().saturating_sub(self.parameters.reserve());
        let (freeblock, cells) = (word(free_high, free_low), word(cells_high, cells_low));
        let content = word(content_high, content_low);
        matches!(kind, 2 | 5 | 10 | 13)
            && freeblock < usable
            && cells.saturating_mul(6) <= usable
            && content <= usable
            && content >= cells.saturating_mul(2)
    }
}
