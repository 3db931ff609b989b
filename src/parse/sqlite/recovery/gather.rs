//! The whole of a database searched, and what was found sorted by table.

use super::super::header::FileHeader;
use super::super::history::History;
use super::super::page::{Image, PageKind};
use super::super::place::View;
use super::super::recovered::Attribution;
use super::super::snapshot::Snapshot;
use super::super::spot::root_of;
use super::super::table::{Schema, Table};
use super::census::{Census, Use};
use super::chains::FreePages;
use super::entries::of_indexes;
use super::find::Find;
use super::layouts::Misfits;
use super::search::Candidate;
use super::shares::shared_out;
use super::sheet::Sheet;
use super::sweep::{Preference, Sweep};
use super::template::{Owner, Template, numbered};
use super::verdict::{Verdict, verdict};
use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::Arc;

/// What it costs to take bytes on a page of one table for a row of another, which the page belonged to before.
const FOREIGN: f64 = 8.0;

/// The same for a former layout of the page's own table.
const FORMER: f64 = 3.0;

/// Rows of a table that is in the live schema no longer, or no longer like this.
#[derive(Debug)]
pub(in super::super) struct Former {
    pub table: Arc<Table>,
    pub finds: Vec<Find>,
}

/// A row that is given to no table.
#[derive(Debug)]
pub(in super::super) struct Stray {
    pub find: Find,
    /// Its columns, which are numbered.
    pub table: Arc<Table>,
}

/// What was found in unused space.
#[derive(Debug)]
pub(in super::super) struct Recovery {
    pub census: Census,
    /// By the index of the table in the live schema.
    pub tables: Vec<Vec<Find>>,
    pub former: Vec<Former>,
    pub strays: Vec<Stray>,
    /// Entries of indexes, by the index among the schema's other objects; their rows may well be live.
    pub entries: Vec<(usize, Stray)>,
}

/// Searches every page image of a database, on so many threads; what is found does not depend on their number.
pub(in super::super) fn recover(
    live: &Snapshot<'_>,
    schema: &Schema,
    header: Option<&FileHeader>,
    history: Option<&History<'_>>,
    threads: NonZero<usize>,
) -> Recovery {
    let mut templates: Vec<Template> = schema
        .tables
        .iter()
        .enumerate()
        .map(|(index, table)| Template::of_table(Owner::Table(index), table))
        .collect();
    templates.extend(of_indexes(schema));
    let census = Census::take(live, schema, header, &mut templates);
    templates.iter_mut().for_each(Template::weigh);
    let legacy = header.is_some_and(|header| header.schema_format < 4);
    let harvest = Harvest::default();
    let mut gather = Gather { live, schema, census: &census, templates, legacy, threads, harvest };
    gather.dead_schema();
    let misfits = gather.misfits();
    gather.former_layouts(misfits);
    gather.pages();
    if let Some(history) = history {
        gather.older(history);
    }
    let Gather { templates, harvest, .. } = gather;
    let (tables, former) = sorted(schema, &templates, harvest.finds);
    Recovery { census, tables, former, strays: harvest.strays, entries: harvest.entries }
}

pub(super) struct Gather<'s, 'a> {
    pub(super) live: &'s Snapshot<'a>,
    pub(super) schema: &'s Schema,
    pub(super) census: &'s Census,
    pub(super) templates: Vec<Template>,
    pub(super) legacy: bool,
    threads: NonZero<usize>,
    pub(super) harvest: Harvest,
}

/// What was found on some pages, in their order.
#[derive(Default)]
pub(super) struct Harvest {
    /// With the index of their template.
    finds: Vec<(usize, Find)>,
    strays: Vec<Stray>,
    entries: Vec<(usize, Stray)>,
    /// Pages that are of no tree, and the bytes of each that are spoken for.
    remnants: Vec<(u32, usize)>,
}

impl Harvest {
    pub(super) fn extend(&mut self, more: Harvest) {
        self.finds.extend(more.finds);
        self.strays.extend(more.strays);
        self.entries.extend(more.entries);
        self.remnants.extend(more.remnants);
    }
}

/// Rows found on a page, with their templates.
type Found<'a> = Vec<(Candidate<'a>, Attribution)>;

impl<'s, 'a> Gather<'s, 'a> {
    pub(super) fn chains(&self) -> FreePages<'s, 'a> {
        FreePages { snapshot: self.live, live: self.live, census: self.census }
    }

    pub(super) fn sweep<'t>(&'t self, overflow: &'t FreePages<'t, 'a>) -> Sweep<'t, 'a> {
        let geometry = self.live.geometry;
        let (usable, encoding) = (geometry.usable, geometry.encoding);
        let (legacy, pages) = (self.legacy, self.live.pages);
        Sweep { templates: &self.templates, overflow, usable, encoding, legacy, pages }
    }

    pub(super) fn image(&self, page: u32) -> Option<Image<'a>> {
        self.live.image(page, root_of(page)).ok()
    }

    /// Cells on pages of live tables that have more columns than the table.
    fn misfits(&self) -> Misfits {
        let of_pages = |pages: &[(u32, Use)]| {
            let mut misfits = Misfits::default();
            for (page, what) in pages {
                if let (Use::Table(index), Some(image)) = (*what, self.image(*page))
                    && let Some(template) = self.templates.get(index)
                {
                    misfits.note(&Sheet::read(image, self.live.geometry.usable), index, template);
                }
            }
            misfits
        };
        let mut all = Misfits::default();
        let pages: Vec<(u32, Use)> = self.census.pages().collect();
        shared_out(&pages, self.threads, of_pages).into_iter().for_each(|misfits| all.extend(misfits));
        all
    }

    /// First the pages of trees, live and dead, then those that hold the rest of long rows.
    fn pages(&mut self) {
        let of_pages = |pages: &[(u32, Use)]| {
            let mut harvest = Harvest::default();
            pages.iter().for_each(|(page, what)| harvest.extend(self.page(*page, *what)));
            harvest
        };
        let pages: Vec<(u32, Use)> = self.census.pages().collect();
        let found = shared_out(&pages, self.threads, of_pages);
        found.into_iter().for_each(|harvest| self.harvest.extend(harvest));
        self.remnants();
    }

    fn page(&self, page: u32, what: Use) -> Harvest {
        let remnant = |end| Harvest { remnants: vec![(page, end)], ..Harvest::default() };
        match what {
            Use::Trunk(end) | Use::Overflow(end) => return remnant(end),
            Use::Schema | Use::PointerMap | Use::LockByte => return Harvest::default(),
            Use::Table(_) | Use::Index(_) | Use::Free | Use::Nobody => {}
        }
        let Some(image) = self.image(page) else { return Harvest::default() };
        let sheet = Sheet::read(image, self.live.geometry.usable);
        match what {
            Use::Table(index) => self.owned_page(&sheet, index, &self.chains()),
            Use::Index(index) => self.index_page(&sheet, index),
            _ if sheet.kind.is_some() => self.dead_page(&sheet, dead_view(what), &self.chains()),
            _ => remnant(4),
        }
    }

    /// Pages that are of no tree: what chains of the rows found so far do not take up.
    fn remnants(&mut self) {
        let mut claimed: BTreeMap<u32, usize> = BTreeMap::new();
        for (page, end) in self.harvest.finds.iter().flat_map(|(_, find)| find.overflow_ends()) {
            let known = claimed.entry(page).or_default();
            *known = end.max(*known);
        }
        for (page, end) in std::mem::take(&mut self.harvest.remnants) {
            let Some(image) = self.image(page) else { continue };
            let what = self.census.of(page);
            let mut sheet = Sheet::blank(image, claimed.get(&page).copied().unwrap_or(end));
            sheet.was_tree = matches!(what, Use::Trunk(_));
            let found = self.dead_page(&sheet, dead_view(what), &self.chains());
            self.harvest.extend(found);
        }
    }

    /// The unused space of a page of a table, whose template is this one.
    pub(super) fn owned_page(
        &self,
        sheet: &Sheet<'a>,
        index: usize,
        overflow: &FreePages<'_, 'a>,
    ) -> Harvest {
        let own = self.templates.get(index).map_or("", |template| &template.name);
        let preference = |(at, template): (usize, &Template)| -> Preference {
            let is_own_former = template.name.eq_ignore_ascii_case(own);
            (
                at,
                if at == index {
                    0.0
                } else if is_own_former {
                    FORMER
                } else {
                    FOREIGN
                },
            )
        };
        let of_tables = self.templates.iter().enumerate().filter(|(_, template)| !template.is_of_index());
        let preferences: Vec<Preference> = of_tables.map(preference).collect();
        let found = self.sweep(overflow).between(sheet, &preferences);
        let found = found.into_iter().map(|cell| {
            let is_own = cell.choice == index;
            let attribution = if is_own { Attribution::Page } else { self.of_shape(&cell) };
            (cell, attribution)
        });
        let found: Found<'a> = found.collect();
        self.harvest(sheet, None, found)
    }

    /// How a single cell is given to the template that was chosen for it.
    fn of_shape(&self, cell: &Candidate<'a>) -> Attribution {
        let without_rowid = self.templates.get(cell.choice).is_some_and(|known| known.without_rowid);
        let is_table = |known: &Template| known.without_rowid == without_rowid && !known.is_of_index();
        match verdict(&self.templates, &[cell], is_table) {
            Verdict { template: Some(template), attribution, .. } if template == cell.choice => attribution,
            Verdict { attribution: Attribution::None { candidates }, .. } => Attribution::None { candidates },
            Verdict { .. } => Attribution::None { candidates: Vec::new() },
        }
    }

    /// A page that is in no tree: the cells of its own pointers say whose it was.
    pub(super) fn dead_page(&self, sheet: &Sheet<'a>, view: View, overflow: &FreePages<'_, 'a>) -> Harvest {
        let sweep = self.sweep(overflow);
        let pointed = sweep.pointed(sheet);
        let is_index = matches!(sheet.kind, Some(PageKind::IndexLeaf | PageKind::IndexInterior));
        let (verdict, between) = if pointed.is_empty() {
            self.by_content(&sweep, sheet)
        } else {
            let cells: Vec<&Candidate<'a>> = pointed.iter().collect();
            let verdict = verdict(&self.templates, &cells, |known| known.without_rowid == is_index);
            let preferences: Vec<Preference> =
                verdict.fitting.iter().take(1).map(|index| (*index, 0.0)).collect();
            let between = sweep.between(sheet, &preferences);
            (verdict, between)
        };
        let choice = verdict.template.or(verdict.fitting.first().copied()).unwrap_or(usize::MAX);
        let pointed = pointed.into_iter().map(|cell| Candidate { choice, ..cell });
        let found: Found<'a> =
            pointed.chain(between).map(|cell| (cell, verdict.attribution.clone())).collect();
        self.harvest(sheet, Some(view), found)
    }

    /// A page without pointers of its own: it is held against every template, and is taken for that which explains most of it.
    fn by_content(&self, sweep: &Sweep<'_, 'a>, sheet: &Sheet<'a>) -> (Verdict, Vec<Candidate<'a>>) {
        let mut best: Option<(f64, Vec<Candidate<'a>>)> = None;
        for index in
            self.templates.iter().enumerate().filter(|(_, known)| !known.is_of_index()).map(|(at, _)| at)
        {
            let found = sweep.between(sheet, &[(index, 0.0)]);
            let score: f64 = found.iter().map(|cell| cell.score).sum();
            if !found.is_empty() && best.as_ref().is_none_or(|(known, _)| score > *known) {
                best = Some((score, found));
            }
        }
        let Some((_, found)) = best else {
            let attribution = Attribution::None { candidates: Vec::new() };
            return (Verdict { template: None, attribution, fitting: Vec::new() }, Vec::new());
        };
        let cells: Vec<&Candidate<'a>> = found.iter().collect();
        let choice = found.first().map_or(usize::MAX, |cell| cell.choice);
        let without_rowid = self.templates.get(choice).is_some_and(|known| known.without_rowid);
        let is_table = |known: &Template| known.without_rowid == without_rowid && !known.is_of_index();
        (verdict(&self.templates, &cells, is_table), found)
    }

    /// `dead`: the view of the rows of a page that is in no tree.
    pub(super) fn harvest(&self, sheet: &Sheet<'a>, dead: Option<View>, found: Found<'a>) -> Harvest {
        let mut harvest = Harvest::default();
        for (cell, attribution) in found {
            let choice = cell.choice;
            let layout = self.templates.get(choice).and_then(|template| match &template.owner {
                Owner::Layout(table) => Some(Arc::clone(table)),
                _ => None,
            });
            if let Some(Owner::Index(index, table)) =
                self.templates.get(choice).map(|template| &template.owner)
            {
                harvest.entries.extend(self.entry(sheet, dead, (*index, table), cell));
                continue;
            }
            if let Some(table) = layout {
                let attribution = Attribution::FormerColumns { table: table.name.clone() };
                harvest.strays.push(Stray { find: find(sheet, dead, cell, attribution), table });
                continue;
            }
            let is_stray = matches!(attribution, Attribution::None { .. });
            if is_stray && cell.says_little() {
                continue;
            }
            let (columns, without_rowid) =
                (cell.serials.len(), cell.rowid.is_none() && cell.rowid_length == 0);
            let find = find(sheet, dead, cell, attribution);
            if is_stray {
                let table = Arc::new(numbered(columns, without_rowid));
                harvest.strays.push(Stray { find, table });
            } else {
                harvest.finds.push((choice, find));
            }
        }
        harvest
    }
}

/// Rows by the table that they were given to.
fn sorted(
    schema: &Schema,
    templates: &[Template],
    finds: Vec<(usize, Find)>,
) -> (Vec<Vec<Find>>, Vec<Former>) {
    let mut tables: Vec<Vec<Find>> = schema.tables.iter().map(|_| Vec::new()).collect();
    let mut former: Vec<Former> = Vec::new();
    for (choice, find) in finds {
        match templates.get(choice).map(|template| &template.owner) {
            Some(Owner::Table(index)) => {
                if let Some(finds) = tables.get_mut(*index) {
                    finds.push(find);
                }
            }
            Some(Owner::Former(table)) => {
                match former.iter_mut().find(|known| Arc::ptr_eq(&known.table, table)) {
                    Some(known) => known.finds.push(find),
                    None => former.push(Former { table: Arc::clone(table), finds: vec![find] }),
                }
            }
            Some(Owner::Layout(_) | Owner::Index(..)) | None => {}
        }
    }
    (tables, former)
}

pub(super) fn find(
    sheet: &Sheet<'_>,
    dead: Option<View>,
    cell: Candidate<'_>,
    attribution: Attribution,
) -> Find {
    let view = match dead {
        Some(view) => view,
        None if sheet.in_freeblock(cell.start) => View::Freeblock,
        None => View::Unallocated,
    };
    Find::new(&sheet.image, view, cell, attribution)
}

/// The view of rows on a page that is in no tree.
fn dead_view(what: Use) -> View {
    match what {
        Use::Free | Use::Trunk(_) => View::Freelist,
        Use::Overflow(_) => View::Unallocated,
        _ => View::Unreachable,
    }
}
