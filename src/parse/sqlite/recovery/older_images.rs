//! The page images that the live view has other ones for: what lies between their cells, and the pages among them that no tree of
//! their moment leads to, as those of a transaction that was never finished.

use super::super::history::{History, OlderImage, Ownership};
use super::super::page::PageKind;
use super::super::place::View;
use super::super::spot::root_of;
use super::super::table::Table;
use super::chains::FreePages;
use super::gather::Gather;
use super::sheet::Sheet;
use super::template::{Owner, Template};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

/// The unused space of one page that was searched already, as hashes: a page is copied from frame to frame, and its unused space
/// with it.
#[derive(Default)]
struct Searched {
    page: u32,
    hashes: HashSet<u64>,
}

impl<'a> Gather<'_, 'a> {
    /// Searches the older images, page by page, oldest first.
    pub(super) fn older(&mut self, history: &History<'a>) {
        let mut searched = Searched::default();
        for image in history.images() {
            if image.page != searched.page {
                searched = Searched { page: image.page, hashes: HashSet::new() };
                self.know_live(&mut searched);
            }
            self.older_image(history, &image, &mut searched);
        }
    }

    /// What is unused on the live image of the page was searched with it.
    fn know_live(&self, searched: &mut Searched) {
        let Ok(image) = self.live.image(searched.page, root_of(searched.page)) else { return };
        let mut sheet = Sheet::read(image, self.live.geometry.usable);
        sheet.leave_out(|region, bytes| !searched.hashes.insert(hash(region.start, bytes)));
    }

    fn older_image(&mut self, history: &History<'a>, older: &OlderImage, searched: &mut Searched) {
        let snapshot = history.snapshot(older.moment);
        let image = snapshot.image_in(older.page, older.source, older.offset);
        let mut sheet = Sheet::read(image, self.live.geometry.usable);
        sheet.leave_out(|region, bytes| !searched.hashes.insert(hash(region.start, bytes)));
        let overflow = FreePages { snapshot: &snapshot, live: self.live, census: self.census };
        match older.ownership {
            Ownership::Table { version, table } => {
                let table =
                    history.versions.get(version).and_then(|version| version.schema.tables.get(table));
                if let Some(table) = table {
                    let index = self.template_of(table);
                    let found = self.owned_page(&sheet, index, &overflow);
                    self.harvest.extend(found);
                }
            }
            Ownership::Unknown if matches!(sheet.kind, Some(PageKind::TableLeaf | PageKind::IndexLeaf)) => {
                let is_loose = history.is_torn(older.moment) || older.view == View::Uncommitted;
                let view = if is_loose { older.view } else { View::Freelist };
                let found = self.dead_page(&sheet, view, &overflow);
                self.harvest.extend(found);
            }
            Ownership::Unknown | Ownership::Schema | Ownership::Index => {}
        }
    }

    /// The template of a table as it was then.
    fn template_of(&mut self, table: &Table) -> usize {
        let is_same = |known: &Table| {
            known.name.eq_ignore_ascii_case(&table.name) && known.reads_as(table) && table.reads_as(known)
        };
        let known = self.templates.iter().position(|template| match &template.owner {
            Owner::Table(index) => self.schema.tables.get(*index).is_some_and(is_same),
            Owner::Former(known) => is_same(known),
            Owner::Layout(_) | Owner::Index(..) => false,
        });
        known.unwrap_or_else(|| {
            let former = Arc::new(table.clone());
            self.templates.push(Template::of_table(Owner::Former(Arc::clone(&former)), &former));
            self.templates.len().saturating_sub(1)
        })
    }
}

fn hash(start: usize, bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (start, bytes).hash(&mut hasher);
    hasher.finish()
}
