//! Which table owned each page image at its moment.
//!
//! ```text
//! first moment   every tree from its root; of pages that never change only the interior ones are kept
//! next moments   along the changed pages: new children get the owner of their parent, lost ones have none
//! ```
//!
//! The cost is that of reading each image once. A page that a tree lets go of without writing it (a leaf that is put on
//! the freelist) is a
//! [`Handover`]: its image stays, its rows are gone.

use super::super::Finding;
use super::header::file_header;
use super::lineage::Lineage;
use super::opening::deny_pointer_maps;
use super::page::{BtreePage, PageKind, TreeKind, btree_header};
use super::place::{Source, View};
use super::schema::{self, root_spot, tree_of};
use super::snapshot::{Geometry, Snapshot};
use super::spot::Spot;
use super::table::Schema;
use super::timeline::{Timeline, index, narrow};
use super::walk::child;
use std::collections::{HashMap, HashSet};

/// Bytes of schema text over all versions. What changes its schema more often has its later versions read by the last of them.
const MAX_SCHEMA_BYTES: usize = 1 << 26;

/// The root page of the tree that a page belongs to; 0 for none.
pub(super) type Root = u32;

/// The schema from a moment on.
#[derive(Debug)]
pub(super) struct Version {
    pub from: u32,
    pub geometry: Geometry,
    pub schema: Schema,
    /// Trees by their root page.
    trees: HashMap<Root, Tree>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tree {
    Schema,
    Table(usize, TreeKind),
    Index,
}

impl Tree {
    fn kind(self) -> TreeKind {
        match self {
            Tree::Schema => TreeKind::Table,
            Tree::Table(_, kind) => kind,
            Tree::Index => TreeKind::Index,
        }
    }
}

impl Version {
    fn new(from: u32, geometry: Geometry, schema: Schema) -> Version {
        let mut trees = HashMap::new();
        for object in schema.others.iter().filter(|object| object.root_page != 0) {
            trees.insert(object.root_page, Tree::Index);
        }
        for (position, table) in schema.tables.iter().enumerate().rev() {
            trees.insert(table.root_page, Tree::Table(position, tree_of(table)));
        }
        trees.insert(1, Tree::Schema);
        Version { from, geometry, schema, trees }
    }

    /// The index of the table whose tree has this root.
    pub(super) fn table_at(&self, root: Root) -> Option<usize> {
        match self.trees.get(&root) {
            Some(Tree::Table(position, _)) => Some(*position),
            _ => None,
        }
    }

    fn bytes(&self) -> usize {
        let tables = self.schema.tables.iter().map(|table| table.sql.len().saturating_add(256));
        let others = self.schema.others.iter().map(|object| object.sql.len().saturating_add(128));
        tables.chain(others).fold(0, usize::saturating_add)
    }
}

/// What an image is at its moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ownership {
    /// A page of a table: the number of the schema version, and the table in it.
    Table { version: usize, table: usize },
    /// A page of the schema itself.
    Schema,
    /// A page of an index.
    Index,
    /// An overflow page, a page of the freelist, a pointer map, or a page of a tree that nothing leads to.
    Unknown,
}

/// A tree let go of a page without writing it, or took it up so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Handover {
    pub page: u32,
    /// The first moment at which nothing leads to the page; of one taken up, at which the tree does.
    pub moment: u32,
    pub root: Root,
    /// A journal has no image of a page that was free before its transaction.
    pub is_gain: bool,
}

/// Owners of all images of all moments.
#[derive(Debug)]
pub(super) struct History<'a> {
    pub live: Snapshot<'a>,
    pub timeline: Timeline,
    pub versions: Vec<Version>,
    pub lineage: Lineage,
    /// Of each layer: the root of the tree that its page belongs to at its moment.
    pub roots: Vec<Root>,
    /// Of each layer: that of the tree that the page belonged to just before.
    pub roots_before: Vec<Root>,
    /// Sorted by page and moment.
    pub handovers: Vec<Handover>,
    /// The same by moment.
    pub handovers_by_moment: Vec<Handover>,
    /// Pages that a tree of the live view leads to, as far as they have layers or have lapsed.
    live_roots: HashMap<u32, Root>,
}

/// An image that the live view does not read.
#[derive(Debug, Clone, Copy)]
pub(super) struct OlderImage {
    /// The moment that it counts from.
    pub moment: u32,
    pub view: View,
    pub page: u32,
    pub source: Source,
    pub offset: u64,
    pub ownership: Ownership,
}

impl<'a> History<'a> {
    /// Follows the trees through all moments, and tells what was odd in their schemas.
    pub(super) fn new(live: &Snapshot<'a>, timeline: Timeline) -> (History<'a>, Vec<Finding>) {
        let count = timeline.layers.len();
        let moments = index(timeline.moments.len());
        let mut history = History {
            live: live.clone(),
            timeline,
            versions: Vec::new(),
            lineage: Lineage::default(),
            roots: vec![0; count],
            roots_before: vec![0; count],
            handovers: Vec::new(),
            handovers_by_moment: Vec::new(),
            live_roots: HashMap::new(),
        };
        let mut tracker = Tracker::default();
        for moment in 0..moments {
            tracker.step(&mut history, moment);
            if moment == history.timeline.live {
                history.live_roots.clone_from(&tracker.roots);
            }
        }
        history.lineage = Lineage::new(&history.versions);
        history.handovers_by_moment.clone_from(&tracker.handovers);
        history.handovers = tracker.handovers;
        history.handovers.sort_unstable();
        (history, tracker.findings)
    }

    /// The database as it was at a moment.
    pub(super) fn snapshot(&self, moment: u32) -> Snapshot<'a> {
        let geometry = self.version_at(moment).map_or(self.live.geometry, |version| version.geometry);
        self.bare_snapshot(moment, geometry)
    }

    fn bare_snapshot(&self, moment: u32, geometry: Geometry) -> Snapshot<'a> {
        let pages = self.timeline.moment(moment).map_or(0, |moment| moment.pages);
        Snapshot { view: self.timeline.view(moment), geometry, pages, moment, ..self.live.clone() }
    }

    /// The number of the schema version of a moment.
    pub(super) fn version_number(&self, moment: u32) -> usize {
        self.versions.partition_point(|version| version.from <= moment).saturating_sub(1)
    }

    pub(super) fn version_at(&self, moment: u32) -> Option<&Version> {
        self.versions.get(self.version_number(moment))
    }

    pub(super) fn is_torn(&self, moment: u32) -> bool {
        self.timeline.moment(moment).is_some_and(|moment| moment.torn)
    }

    /// Whether the live view reads the rows of this image.
    pub(super) fn is_read_live(&self, page: u32, layer: Option<usize>) -> bool {
        page <= self.live.pages
            && layer == self.timeline.at(page, self.timeline.live)
            && self.live_roots.get(&page).is_some_and(|root| *root != 0)
    }

    fn ownership(&self, root: Root, moment: u32) -> Ownership {
        let number = self.version_number(moment);
        match self.versions.get(number).and_then(|version| version.trees.get(&root)) {
            Some(Tree::Table(table, _)) => Ownership::Table { version: number, table: *table },
            Some(Tree::Schema) => Ownership::Schema,
            Some(Tree::Index) => Ownership::Index,
            None => Ownership::Unknown,
        }
    }

    /// All images that the live view has other ones for, or no page; by page and moment.
    pub(super) fn images(&self) -> impl Iterator<Item = OlderImage> {
        let live = self.timeline.live;
        let all = self.timeline.layers.iter().zip(&self.roots).enumerate();
        let is_older = move |position: usize, page: u32| {
            page > self.live.pages || self.timeline.at(page, live) != Some(position)
        };
        all.filter(move |(position, (layer, _))| is_older(*position, layer.page)).map(|(_, (layer, root))| {
            OlderImage {
                moment: layer.moment,
                view: self.timeline.view(layer.moment),
                page: layer.page,
                source: layer.source,
                offset: layer.offset,
                ownership: self.ownership(*root, layer.moment),
            }
        })
    }
}

/// The trees at the present moment.
#[derive(Default)]
struct Tracker {
    /// Of interior pages, pages with layers and pages that have lapsed.
    roots: HashMap<u32, Root>,
    handovers: Vec<Handover>,
    findings: Vec<Finding>,
    schema_bytes: usize,
}

/// What one moment does to the trees.
struct Step<'h, 'a> {
    before: Snapshot<'a>,
    now: Snapshot<'a>,
    trees: &'h HashMap<Root, Tree>,
    trees_before: &'h HashMap<Root, Tree>,
    timeline: &'h Timeline,
    changed: HashSet<u32>,
    /// Children that a changed page had before, with the tree that they were in.
    left: HashMap<u32, Root>,
    /// Pages that a tree leads to now.
    reached: HashSet<u32>,
}

impl Tracker {
    fn step(&mut self, history: &mut History<'_>, moment: u32) {
        let changed: Vec<usize> = history.timeline.changed(moment).iter().map(|at| narrow(*at)).collect();
        for position in &changed {
            let layer = history.timeline.layers.get(*position);
            let root = layer.and_then(|layer| self.roots.get(&layer.page)).copied().unwrap_or(0);
            history.roots_before.get_mut(*position).into_iter().for_each(|before| *before = root);
        }
        let version = history.versions.len();
        self.read_schema(history, moment, &changed);
        let is_new_version = history.versions.len() > version;
        self.follow(history, moment, is_new_version);
        for position in changed {
            let layer = history.timeline.layers.get(position);
            let root = layer.and_then(|layer| self.roots.get(&layer.page)).copied().unwrap_or(0);
            history.roots.get_mut(position).into_iter().for_each(|own| *own = root);
        }
    }

    /// Reads the schema again where a page of it has changed.
    fn read_schema(&mut self, history: &mut History<'_>, moment: u32, changed: &[usize]) {
        let is_first = history.versions.is_empty();
        let vanishes = moment == history.timeline.live && history.live.pages == 0;
        let touched = changed.iter().any(|position| touches_schema(history, *position));
        if !(is_first || vanishes || touched) || self.schema_bytes > MAX_SCHEMA_BYTES {
            return;
        }
        let geometry = geometry_at(history, moment);
        let mut snapshot = history.bare_snapshot(moment, geometry);
        let (mut schema, mut odd) =
            if vanishes { (Schema::default(), Vec::new()) } else { schema::schema(&snapshot) };
        if deny_pointer_maps(&mut snapshot, &schema).is_some() {
            (schema, odd) = schema::schema(&snapshot);
        }
        let is_torn = history.is_torn(moment) || vanishes || moment == history.timeline.live;
        for mut finding in odd {
            finding.loss &= !is_torn;
            if moment != history.timeline.live
                && !self.findings.iter().any(|known| known.code == finding.code)
            {
                self.findings.push(finding);
            }
        }
        let same = |last: &Version| last.schema == schema && last.geometry == snapshot.geometry;
        if history.versions.last().is_some_and(same) {
            return;
        }
        let version = Version::new(moment, snapshot.geometry, schema);
        self.schema_bytes = self.schema_bytes.saturating_add(version.bytes());
        if self.schema_bytes > MAX_SCHEMA_BYTES {
            let message =
                "the schema changes too often: later changes are read by its last version".to_owned();
            self.findings.push(root_spot(&snapshot).loss("sqlite-schema-versions", message));
        }
        history.versions.push(version);
    }

    fn follow(&mut self, history: &History<'_>, moment: u32, is_new_version: bool) {
        let none = HashMap::new();
        let number = history.version_number(moment);
        let Some(version) = history.versions.get(number) else { return };
        let before = if is_new_version {
            number.checked_sub(1).and_then(|at| history.versions.get(at))
        } else {
            Some(version)
        };
        let layers = &history.timeline.layers;
        let changed = history.timeline.changed(moment).iter();
        let mut step = Step {
            before: history.snapshot(moment.saturating_sub(1)),
            now: history.snapshot(moment),
            trees: &version.trees,
            trees_before: before.map_or(&none, |before| &before.trees),
            timeline: &history.timeline,
            changed: changed.filter_map(|at| layers.get(narrow(*at))).map(|layer| layer.page).collect(),
            left: HashMap::new(),
            reached: HashSet::new(),
        };
        step.leave(&self.roots);
        let mut seeds: Vec<(u32, Root)> = Vec::new();
        if is_new_version {
            step.leave_trees(&self.roots);
            seeds.extend(step.trees.keys().map(|root| (*root, *root)));
        }
        for page in &step.changed {
            let known = self.roots.get(page).copied().filter(|root| *root != 0);
            let root = if step.trees.contains_key(page) { Some(*page) } else { known };
            let stands = !step.left.contains_key(page) || root == Some(*page);
            seeds.extend(
                root.filter(|root| stands && step.trees.contains_key(root)).map(|root| (*page, root)),
            );
        }
        // The order of a hash map is not to be seen in what is read.
        seeds.sort_unstable();
        step.reach(self, seeds, moment);
        step.lapse(self, moment);
    }
}

impl Step<'_, '_> {
    /// What changed pages led to before.
    fn leave(&mut self, roots: &HashMap<u32, Root>) {
        let mut changed: Vec<u32> = self.changed.iter().copied().collect();
        changed.sort_unstable();
        for page in changed {
            let root = roots.get(&page).copied().unwrap_or(0);
            if let Some(tree) = self.trees_before.get(&root) {
                for number in children(&self.before, page, tree.kind()) {
                    self.left.entry(number).or_insert(root);
                }
            }
        }
    }

    /// Root pages that the new schema has no longer, or has for a tree of another kind.
    fn leave_trees(&mut self, roots: &HashMap<u32, Root>) {
        for (root, tree) in self.trees_before {
            let same = self.trees.get(root).is_some_and(|now| now.kind() == tree.kind());
            if !same && roots.get(root) == Some(root) {
                self.left.entry(*root).or_insert(*root);
            }
        }
    }

    /// Gives pages their owner, and their children, down to where nothing has changed.
    fn reach(&mut self, tracker: &mut Tracker, mut next: Vec<(u32, Root)>, moment: u32) {
        let Tracker { roots, handovers, .. } = tracker;
        let mut gain = |page, root| handovers.push(Handover { page, moment, root, is_gain: true });
        while let Some((page, root)) = next.pop() {
            if !self.reached.insert(page) {
                continue;
            }
            if roots.get(&page) == Some(&root) && !self.changed.contains(&page) {
                continue;
            }
            let Some(kind) = self.trees.get(&root).map(|tree| tree.kind()) else { continue };
            let Some(own) = kind_of(&self.now, page).filter(|own| kind.holds(*own)) else {
                roots.insert(page, 0);
                continue;
            };
            let known = roots.insert(page, root).unwrap_or(0);
            let is_changed = self.changed.contains(&page);
            if moment > 0 && !is_changed && known == 0 && !self.left.contains_key(&page) && page != root {
                gain(page, root);
            }
            if !own.is_interior() {
                continue;
            }
            let below = children(&self.now, page, kind);
            let leaves = below.first().and_then(|first| kind_of(&self.now, *first));
            let leaves = leaves.is_some_and(|first| kind.holds(first) && !first.is_interior());
            for number in below {
                if leaves && !roots.contains_key(&number) && self.timeline.of_page(number).is_empty() {
                    // A leaf that never changes: it is remembered only where a tree could have let go of it.
                    if self.left.contains_key(&number) {
                        self.reached.insert(number);
                    } else if moment > 0 && (is_changed || known == 0) {
                        gain(number, root);
                    }
                } else {
                    next.push((number, root));
                }
            }
        }
    }

    /// Pages that nothing leads to any longer, and what they led to.
    fn lapse(&mut self, tracker: &mut Tracker, moment: u32) {
        let mut next: Vec<(u32, Root)> = self.left.drain().collect();
        next.sort_unstable();
        let mut gone = HashSet::new();
        while let Some((page, root)) = next.pop() {
            if self.reached.contains(&page) || !gone.insert(page) {
                continue;
            }
            let known = tracker.roots.insert(page, 0).unwrap_or(root);
            if self.changed.contains(&page) || known != root {
                continue;
            }
            let kind = self.trees_before.get(&root).map(|tree| tree.kind());
            let held = kind.filter(|kind| kind_of(&self.before, page).is_some_and(|own| kind.holds(own)));
            if let Some(kind) = held {
                tracker.handovers.push(Handover { page, moment, root, is_gain: false });
                next.extend(children(&self.before, page, kind).into_iter().map(|number| (number, root)));
            }
        }
    }
}

/// Whether a changed page is one of the schema, and holds something else there than before.
fn touches_schema(history: &History<'_>, position: usize) -> bool {
    let Some(layer) = history.timeline.layers.get(position) else { return false };
    let own = history.roots_before.get(position).copied().unwrap_or(0);
    if layer.page != 1 {
        return own == 1;
    }
    let before = history.snapshot(layer.moment.saturating_sub(1));
    let now = history.bare_snapshot(layer.moment, before.geometry);
    let from = Spot::new(layer.source, layer.offset);
    match (before.image(1, from), now.image(1, from)) {
        (Ok(before), Ok(now)) => {
            let fixed = |bytes: &[u8]| bytes.get(16..24).map(<[u8]>::to_vec);
            let vacuum = |bytes: &[u8]| bytes.get(52..60).map(<[u8]>::to_vec);
            before.bytes.get(100..) != now.bytes.get(100..)
                || fixed(before.bytes) != fixed(now.bytes)
                || vacuum(before.bytes) != vacuum(now.bytes)
        }
        _ => true,
    }
}

/// The geometry that page 1 of a moment tells; the last known one where it tells none.
fn geometry_at(history: &History<'_>, moment: u32) -> Geometry {
    let last = history.versions.last().map_or(history.live.geometry, |version| version.geometry);
    let snapshot = history.bare_snapshot(moment, last);
    let image = snapshot.image(1, root_spot(&snapshot));
    match image.as_ref().map(|image| file_header(image.bytes)) {
        Ok(Ok((_, header))) => Geometry::new(&header, last.page_size),
        _ => last,
    }
}

fn kind_of(snapshot: &Snapshot<'_>, page: u32) -> Option<PageKind> {
    let image = snapshot.image(page, Spot::new(Source::Main, 0)).ok()?;
    let (_, header) = btree_header(image.bytes.get(image.header_offset()..)?).ok()?;
    Some(header.kind)
}

/// The children of an interior page, as far as they can be read.
fn children(snapshot: &Snapshot<'_>, page: u32, kind: TreeKind) -> Vec<u32> {
    let Ok(image) = snapshot.image(page, Spot::new(Source::Main, 0)) else { return Vec::new() };
    let Ok((page, _)) = BtreePage::read(image, kind) else { return Vec::new() };
    if !page.kind.is_interior() {
        return Vec::new();
    }
    (0..=page.cell_count()).filter_map(|at| child(&page, at).ok()).map(|(number, _)| number).collect()
}
