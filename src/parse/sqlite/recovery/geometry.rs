//! A database whose header is lost: its page size, its reserved bytes and its encoding follow from the b-tree pages behind it.

use super::super::cell::row_cell;
use super::super::header::FileHeader;
use super::super::page::{Image, PageKind, btree_header};
use super::super::place::Source;
use super::super::record::body_size;
use super::super::spot::{narrow, wide};
use super::sheet::Sheet;
use super::whole::record_header_at;

/// Page sizes that a database can have, the usual ones first.
const SIZES: [u32; 8] = [4096, 1024, 8192, 2048, 16_384, 32_768, 65_536, 512];

/// Pages that are looked at for each size, spread over the file.
const LOOKED_AT: usize = 512;

/// Of so many pages that are not all zero one must be a b-tree page whose cells all read.
const ONE_IN: usize = 4;

/// What the pages of one size say.
#[derive(Default)]
struct Evidence {
    /// Pages that are not all zero.
    pages: usize,
    /// B-tree pages of which every cell and the record of every leaf cell can be read.
    trees: usize,
    /// Bytes behind the last cell, on the page that has the fewest.
    reserved: Option<usize>,
    /// Texts that read as UTF-8, as UTF-16 with the low and with the high byte first.
    texts: [usize; 3],
}

/// A header such as the database may have had: nothing where the bytes are not those of b-tree pages.
pub(in super::super) fn guessed_header(main: &[u8]) -> Option<FileHeader> {
    let mut best: Option<(u32, Evidence)> = None;
    for size in SIZES {
        let evidence = look(main, size);
        let enough = evidence.trees >= 2 && evidence.trees.saturating_mul(ONE_IN) >= evidence.pages;
        // Pages of half the size are found wherever larger ones begin: the larger size explains every page.
        let share = |evidence: &Evidence| {
            evidence.trees.saturating_mul(1000).checked_div(evidence.pages.max(1)).unwrap_or(0)
        };
        if enough && best.as_ref().is_none_or(|(_, known)| share(&evidence) > share(known)) {
            best = Some((size, evidence));
        }
    }
    let (size, evidence) = best?;
    let encoding = (1..).zip(evidence.texts).max_by_key(|(code, count)| (*count, std::cmp::Reverse(*code)));
    Some(FileHeader {
        page_size_field: u16::try_from(size).unwrap_or(1),
        write_version: 1,
        read_version: 1,
        reserved: evidence.reserved.and_then(|reserved| u8::try_from(reserved).ok()).unwrap_or(0),
        fractions: [64, 32, 32],
        change_counter: 0,
        page_count: 0,
        freelist_trunk: 0,
        freelist_count: 0,
        schema_cookie: 0,
        schema_format: 4,
        largest_root: 0,
        text_encoding: encoding.map_or(1, |(code, _)| code),
        user_version: 0,
        application_id: 0,
        version_valid_for: 0,
    })
}

fn look(main: &[u8], size: u32) -> Evidence {
    let mut evidence = Evidence::default();
    let length = usize::try_from(size).unwrap_or(usize::MAX);
    let pages = main.len().checked_div(length).unwrap_or(0);
    let step = pages.div_ceil(LOOKED_AT).max(1);
    for (number, bytes) in main.chunks_exact(length).enumerate().step_by(step) {
        if bytes.iter().all(|byte| *byte == 0) {
            continue;
        }
        evidence.pages = evidence.pages.saturating_add(1);
        let image = Image {
            number: u32::try_from(number.saturating_add(1)).unwrap_or(u32::MAX),
            bytes,
            source: Source::Main,
            offset: wide(number.saturating_mul(length)),
        };
        evidence.page(image, size);
    }
    evidence
}

impl Evidence {
    fn page(&mut self, image: Image<'_>, size: u32) {
        let sheet = Sheet::read(image, size);
        let Some(kind) = sheet.kind.filter(|_| !sheet.cells.is_empty()) else { return };
        let header = btree_header(image.bytes.get(image.header_offset()..).unwrap_or(&[]));
        let claimed = header.map_or(0, |(_, header)| usize::from(header.cell_count));
        let mut texts = [0; 3];
        let mut reads = claimed == sheet.cells.len();
        for cell in sheet.cells.iter().filter(|_| kind != PageKind::TableInterior) {
            let local = image.bytes.get(cell.start..).and_then(|input| row_cell(input, kind, size).ok());
            reads &= local.is_some_and(|(_, cell)| reads_as_record(cell.local, &mut texts));
        }
        if !reads {
            return;
        }
        self.trees = self.trees.saturating_add(1);
        for (all, own) in self.texts.iter_mut().zip(texts) {
            *all = all.saturating_add(own);
        }
        let end = sheet.cells.iter().map(|cell| cell.end).max().unwrap_or(0);
        let behind = image.bytes.len().saturating_sub(end);
        self.reserved = Some(self.reserved.map_or(behind, |known| known.min(behind)));
    }
}

/// Whether a payload begins with a record header; its texts are counted by what they can be.
fn reads_as_record(local: &[u8], texts: &mut [usize; 3]) -> bool {
    let Some((serials, mut at)) = record_header_at(local, 0) else { return false };
    for serial in serials {
        let end = at.saturating_add(narrow(body_size(serial)));
        if let Some(text) =
            local.get(at..end).filter(|text| serial >= 13 && serial & 1 == 1 && text.len() > 1)
        {
            count_text(text, texts);
        }
        at = end;
    }
    true
}

fn count_text(text: &[u8], [utf8, little, big]: &mut [usize; 3]) {
    let zeros = |parity: usize| text.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let kind = if even == 0 && odd == 0 {
        utf8
    } else if odd > even {
        little
    } else {
        big
    };
    *kind = kind.saturating_add(1);
}
