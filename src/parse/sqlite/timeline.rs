//! The timeline of a database: its states in order of time, and every page image outside the main file.
//!
//! ```text
//! moments   wal-old:1 … │ journal-old │ journal │ main │ hot journal │ wal:1 │ … │ wal:n = live │ uncommitted
//! layers    sorted by (page, moment): a state reads the last image of a page that is not later than itself,
//!           else the main file
//! ```
//!
//! A page that has any layer has one for its image in the main file too, so a state before it never hides it.

use super::place::{Source, View};
use super::snapshot::Geometry;
use super::spot::wide;
use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;

/// One state of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub view: View,
    /// Pages that exist in it.
    pub pages: u32,
    /// Checksums prove its images.
    pub verified: bool,
    /// Its pages need not fit together: not all of them are of one time.
    pub torn: bool,
}

/// A page image that counts from a moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layer {
    pub page: u32,
    pub moment: u32,
    pub source: Source,
    /// Of the first byte of the page in its file.
    pub offset: u64,
}

/// All states of a database.
#[derive(Debug)]
pub(super) struct Timeline {
    pub moments: Vec<Moment>,
    /// Sorted by page and moment; of several of one moment the last counts.
    pub layers: Arc<[Layer]>,
    /// The state that SQLite reads.
    pub live: u32,
    /// The main file by itself; nothing where it is empty.
    pub main: Option<u32>,
    /// Of each kind of view the first moment.
    first_of_kind: Vec<(View, u32)>,
    /// Indexes of layers by moment.
    by_moment: Vec<u32>,
    /// Indexes of layers by place.
    by_place: Vec<u32>,
}

/// States as they are put on one another, oldest first.
#[derive(Debug, Default)]
pub(super) struct Builder {
    moments: Vec<Moment>,
    layers: Vec<Layer>,
    main: Option<u32>,
}

impl Builder {
    /// The next state, with the page images that it begins with.
    pub(super) fn push(&mut self, moment: Moment, source: Source, images: &[(u32, u64)]) {
        let number = index(self.moments.len());
        let layer =
            |(page, offset): &(u32, u64)| Layer { page: *page, moment: number, source, offset: *offset };
        self.layers.extend(images.iter().map(layer));
        self.moments.push(moment);
    }

    /// The main file.
    pub(super) fn push_main(&mut self, moment: Moment) {
        self.main = Some(index(self.moments.len()));
        self.push(moment, Source::Main, &[]);
    }

    pub(super) fn last_pages(&self) -> u32 {
        self.moments.last().map_or(0, |moment| moment.pages)
    }

    /// How many images lie in a file.
    pub(super) fn images_in(&self, source: Source) -> usize {
        self.layers.iter().filter(|layer| layer.source == source).count()
    }

    /// All states; the one that was put on last is live, but for `behind`, which follows it.
    pub(super) fn build(mut self, geometry: Geometry, behind: Option<(Moment, &[(u32, u64)])>) -> Timeline {
        let live = index(self.moments.len().saturating_sub(1));
        let live_pages = self.last_pages();
        if let Some((moment, images)) = behind {
            self.push(moment, Source::Wal, images);
        }
        self.lay_main(geometry, live, live_pages);
        self.layers.sort_by_key(|layer| (layer.page, layer.moment));
        let all = || 0..index(self.layers.len());
        let layer = |at: &u32| self.layers.get(narrow(*at));
        let mut by_moment: Vec<u32> = all().collect();
        by_moment.sort_by_key(|at| layer(at).map(|layer| layer.moment));
        let mut by_place: Vec<u32> = all().collect();
        by_place.sort_by_key(|at| layer(at).map(|layer| (layer.source, layer.offset)));
        let Builder { moments, layers, main } = self;
        let mut first_of_kind: Vec<(View, u32)> = Vec::new();
        for (number, moment) in (0..).zip(&moments) {
            if !first_of_kind.iter().any(|(kind, _)| same_kind(*kind, moment.view)) {
                first_of_kind.push((moment.view, number));
            }
        }
        Timeline { moments, layers: layers.into(), live, main, first_of_kind, by_moment, by_place }
    }

    /// The images in the main file of pages that have others, or that the live view has no longer.
    fn lay_main(&mut self, geometry: Geometry, live: u32, live_pages: u32) {
        let Some((main, pages)) =
            self.main.and_then(|main| Some((main, self.moments.get(narrow(main))?.pages)))
        else {
            return;
        };
        let mut covered: BTreeSet<u32> = self.layers.iter().map(|layer| layer.page).collect();
        if main != live {
            covered.extend(live_pages.saturating_add(1)..=pages);
        }
        // A journal has what its transaction changed: its state reads all other pages as the main file has them now.
        let before = main.checked_sub(1).filter(|before| {
            self.moments.get(narrow(*before)).is_some_and(|moment| moment.view == View::Journal)
        });
        let journalled: HashSet<u32> =
            self.layers.iter().filter(|layer| Some(layer.moment) == before).map(|layer| layer.page).collect();
        let layer = |page: u32| Layer {
            page,
            moment: before.filter(|_| !journalled.contains(&page)).unwrap_or(main),
            source: Source::Main,
            offset: geometry.page_offset(page),
        };
        self.layers.extend(covered.into_iter().filter(|page| *page > 0 && *page <= pages).map(layer));
    }
}

impl Timeline {
    /// The number of the moment of a view. `live` and the last commit are one.
    pub(super) fn moment_of(&self, view: View) -> Option<u32> {
        if view == View::Live {
            return Some(self.live);
        }
        // Commits of one kind stand next to each other, so the place of the first gives that of each.
        let (_, first) = self.first_of_kind.iter().find(|(kind, _)| same_kind(*kind, view))?;
        let found = match view {
            View::Wal(commit) | View::Former(commit) => first.checked_add(commit.checked_sub(1)?)?,
            _ => *first,
        };
        (self.moment(found)?.view == view).then_some(found)
    }

    pub(super) fn moment(&self, number: u32) -> Option<&Moment> {
        self.moments.get(narrow(number))
    }

    /// The view that rows of this moment are given.
    pub(super) fn view(&self, number: u32) -> View {
        match self.moment(number) {
            Some(moment) if number != self.live => moment.view,
            _ => View::Live,
        }
    }

    /// Indexes of the layers of one moment, by page.
    pub(super) fn changed(&self, moment: u32) -> &[u32] {
        let of = |at: &u32| self.layers.get(narrow(*at)).map_or(u32::MAX, |layer| layer.moment);
        let start = self.by_moment.partition_point(|at| of(at) < moment);
        let end = self.by_moment.partition_point(|at| of(at) <= moment);
        self.by_moment.get(start..end).unwrap_or(&[])
    }

    /// Indexes of the layers of a page, oldest first.
    pub(super) fn of_page(&self, page: u32) -> Range<usize> {
        let start = self.layers.partition_point(|layer| layer.page < page);
        let end = self.layers.partition_point(|layer| layer.page <= page);
        start..end
    }

    /// The index of the layer that counts for a page at a moment.
    pub(super) fn at(&self, page: u32, moment: u32) -> Option<usize> {
        let end = self.layers.partition_point(|layer| (layer.page, layer.moment) <= (page, moment));
        let found = end.checked_sub(1)?;
        (self.layers.get(found)?.page == page).then_some(found)
    }

    /// The layer whose image holds a byte.
    pub(super) fn holding(&self, source: Source, offset: u64, page_size: u32) -> Option<usize> {
        let key = |at: &u32| self.layers.get(narrow(*at)).map(|layer| (layer.source, layer.offset));
        let end = self.by_place.partition_point(|at| key(at) <= Some((source, offset)));
        let found = narrow(*self.by_place.get(end.checked_sub(1)?)?);
        let layer = self.layers.get(found)?;
        let holds = layer.source == source && offset < layer.offset.saturating_add(u64::from(page_size));
        holds.then_some(found)
    }
}

fn same_kind(one: View, other: View) -> bool {
    std::mem::discriminant(&one) == std::mem::discriminant(&other)
}

/// The number of a moment or layer; there are no more than bytes in a file that fits into memory.
pub(super) fn index(position: usize) -> u32 {
    u32::try_from(wide(position)).unwrap_or(u32::MAX)
}

/// A number as a position.
pub(super) fn narrow(number: u32) -> usize {
    super::spot::narrow(u64::from(number))
}
