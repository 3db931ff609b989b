//! One state of a database, any page of which can be taken apart: which image each page has, and what it is for.

use super::super::super::{Error, Finding};
use super::super::header::{FileHeader, file_header};
use super::super::page::{Image, PageKind};
use super::super::place::Source;
use super::super::schema::{self, root_spot};
use super::super::snapshot::Snapshot;
use super::super::spot::narrow;
use super::btree::{Subject, btree, kind_name, looks_like_btree, misfits};
use super::part::{Anatomy, Part, PartKind};
use super::role::{Role, roles};
use super::simple;
use super::trees::{Tree, trees};
use std::collections::{BTreeSet, HashMap};

/// A state of a database with what each of its pages is for.
#[derive(Debug)]
pub struct Moment<'a> {
    snapshot: Snapshot<'a>,
    trees: Vec<Tree>,
    roles: HashMap<u32, Role>,
}

/// What a page is taken apart as.
enum Form {
    LockByte,
    PointerMap,
    Trunk,
    Overflow { used: usize },
    Btree,
    Unknown,
}

impl<'a> Moment<'a> {
    /// Walks all trees, chains and the freelist of a snapshot once.
    pub(super) fn new(snapshot: Snapshot<'a>) -> Moment<'a> {
        let (schema, _) = schema::schema(&snapshot);
        let trees = trees(&snapshot, &schema);
        let header = header(&snapshot);
        let roles = roles(&snapshot, &trees, header.as_ref());
        Moment { snapshot, trees, roles }
    }

    /// The number of pages of this state, as its header, log or journal claims it.
    pub fn pages(&self) -> u32 {
        self.snapshot.pages
    }

    /// The root page of a tree that the schema names: `table` or `index`, and its name.
    pub fn root_of(&self, kind: &str, name: &str) -> Option<u32> {
        let is_it = |tree: &&Tree| tree.kind == kind && tree.name == name;
        self.trees.iter().find(is_it).map(|tree| tree.root)
    }

    /// Takes a page apart. A damaged page gives what can be read of it, with findings.
    ///
    /// # Errors
    /// Where no file has bytes of this page.
    pub fn page(&self, number: u32) -> Result<Anatomy, Error> {
        let (image, reserved) = self.image(number)?;
        let role = self.roles.get(&number);
        let form = self.form(&image, role);
        let mut anatomy = Anatomy {
            source: image.source,
            page: Some(number),
            root: Part::group(PartKind::Page, 0, Vec::new(), format!("page {number}"), ""),
            overlapping: Vec::new(),
            findings: Vec::new(),
        };
        let meaning = self.told(&image, &form, role);
        let mut parts = self.parts(&image, &form, &mut anatomy);
        if reserved > 0 {
            let place = (image.bytes.len(), reserved);
            parts.push(Part::leaf(PartKind::Reserved, place, "reserved", "no b-tree uses these bytes"));
        }
        anatomy.root = Part::group(PartKind::Page, 0, parts, format!("page {number}"), meaning);
        anatomy.root = anatomy.root.moved(image.offset);
        let overlapping = std::mem::take(&mut anatomy.overlapping);
        anatomy.overlapping = overlapping.into_iter().map(|part| part.moved(image.offset)).collect();
        Ok(anatomy)
    }

    /// What of the structure of the pages of all trees does not fit (pointers, freeblocks, overlaps, counts), in the order of
    /// the pages and without taking their cells apart.
    pub fn misfits(&self) -> impl Iterator<Item = Finding> {
        let is_btree = |role: &Role| matches!(role, Role::Btree { .. });
        let mut pages: Vec<u32> =
            self.roles.iter().filter(|(_, role)| is_btree(role)).map(|(page, _)| *page).collect();
        pages.sort_unstable();
        pages.into_iter().flat_map(|page| self.misfits_of(page))
    }

    fn misfits_of(&self, number: u32) -> Vec<Finding> {
        let Ok((image, _)) = self.image(number) else { return Vec::new() };
        let role = self.roles.get(&number);
        match self.form(&image, role) {
            Form::Btree => misfits(&self.subject(image, role)),
            _ => Vec::new(),
        }
    }

    /// Pages that no tree, no overflow chain and no freelist leads to, in order: at most `most` of them.
    pub fn unreached(&self, most: usize) -> Vec<u32> {
        let geometry = &self.snapshot.geometry;
        let nobody = |page: &u32| !self.roles.contains_key(page) && geometry.unusable(*page).is_none();
        // The page count is a claim: no page is looked for that has no image.
        let in_main = geometry.pages_in(self.snapshot.main.len());
        let behind: BTreeSet<u32> =
            self.snapshot.layers.iter().map(|layer| layer.page).filter(|page| *page > in_main).collect();
        let pages = (1..=in_main).chain(behind).filter(|page| *page <= self.snapshot.pages);
        pages.filter(nobody).take(most).collect()
    }

    /// The usable bytes of a page, and how many reserved ones follow.
    fn image(&self, number: u32) -> Result<(Image<'a>, usize), Error> {
        let place = self.snapshot.overlaid(number);
        let source = place.map_or(Source::Main, |place| place.source);
        let offset = place.map_or_else(|| self.snapshot.geometry.page_offset(number), |place| place.offset);
        let file =
            self.snapshot.file(source).get(narrow(offset)..).filter(|rest| !rest.is_empty() && number > 0);
        let file = file.ok_or_else(|| Error::Unexpected {
            offset,
            what: format!("page {number}"),
            expected: format!("a page from 1 to {}", self.snapshot.pages),
            found: format!("no byte of it in {source}"),
        })?;
        let [size, usable] = [self.snapshot.geometry.page_size, self.snapshot.geometry.usable];
        let whole = file.get(..narrow(u64::from(size))).unwrap_or(file);
        let bytes = whole.get(..narrow(u64::from(usable))).unwrap_or(whole);
        let reserved = whole.len().saturating_sub(bytes.len());
        Ok((Image { number, bytes, source, offset }, reserved))
    }

    fn form(&self, image: &Image<'_>, role: Option<&Role>) -> Form {
        if self.snapshot.geometry.is_lock_byte(image.number) {
            return Form::LockByte;
        }
        if self.snapshot.geometry.is_pointer_map(image.number) {
            return Form::PointerMap;
        }
        match role {
            Some(Role::Trunk) => Form::Trunk,
            Some(Role::Overflow { used, .. }) => Form::Overflow { used: *used },
            Some(Role::Btree { .. }) => match kind(image) {
                PageKind::Unknown(_) => Form::Unknown,
                _ => Form::Btree,
            },
            _ if looks_like_btree(image) => Form::Btree,
            _ => Form::Unknown,
        }
    }

    fn subject(&self, image: Image<'a>, role: Option<&Role>) -> Subject<'_, 'a> {
        let tree = match role {
            Some(Role::Btree { tree, .. }) => self.trees.get(*tree),
            _ => None,
        };
        Subject { snapshot: &self.snapshot, image, tree }
    }

    fn parts(&self, image: &Image<'a>, form: &Form, anatomy: &mut Anatomy) -> Vec<Part> {
        match form {
            Form::LockByte => {
                simple::whole(image, "lock-byte page", "SQLite locks its bytes and writes none")
            }
            Form::PointerMap => simple::pointer_map(image, self.snapshot.pages),
            Form::Trunk => simple::trunk(image),
            Form::Overflow { used } => simple::overflow(image, *used),
            Form::Unknown => self.unknown(image, anatomy),
            Form::Btree => match btree(&self.subject(*image, self.roles.get(&image.number))) {
                Some(pieces) => {
                    anatomy.overlapping = pieces.overlapping;
                    anatomy.findings = pieces.findings;
                    pieces.parts
                }
                None => self.unknown(image, anatomy),
            },
        }
    }

    fn unknown(&self, image: &Image<'_>, anatomy: &mut Anatomy) -> Vec<Part> {
        if let Some(Role::Btree { .. }) = self.roles.get(&image.number) {
            let message = format!("page {} of a tree is {}", image.number, kind_name(kind(image)));
            let spot = image.spot(image.header_offset());
            anatomy.findings.push(spot.loss("sqlite-page-kind", message));
        }
        if image.number != 1 {
            return simple::whole(image, "content", "no structure is known here");
        }
        let header = super::database_header::database_header(image.bytes);
        let start = narrow(header.length);
        let left = image.bytes.len().saturating_sub(start);
        let mut parts = vec![header];
        if left > 0 {
            parts.push(Part::leaf(PartKind::Unknown, (start, left), "content", "no structure is known here"));
        }
        parts
    }

    /// What a page is and to what it belongs.
    fn told(&self, image: &Image<'_>, form: &Form, role: Option<&Role>) -> String {
        let tree = |index: &usize| self.trees.get(*index).map_or(String::new(), ToString::to_string);
        let kind = match form {
            Form::LockByte => return "lock-byte page".to_owned(),
            Form::PointerMap => return "pointer-map page".to_owned(),
            Form::Trunk | Form::Overflow { .. } => String::new(),
            Form::Btree => kind_name(kind(image)),
            Form::Unknown => "page of unknown content".to_owned(),
        };
        match role {
            Some(Role::Btree { tree: index, parent: None }) => format!("{kind}, root of {}", tree(index)),
            Some(Role::Btree { tree: index, parent: Some(parent) }) => {
                format!("{kind} of {}, under page {parent}", tree(index))
            }
            Some(Role::Overflow { tree: index, page, within, rank, .. }) => {
                let of = format!("of the cell at {within} of page {page}, {}", tree(index));
                format!("overflow page {rank} {of}")
            }
            Some(Role::Trunk) => "trunk page of the freelist".to_owned(),
            Some(Role::FreeLeaf { trunk }) => {
                format!("free page, leaf of trunk page {trunk}; what is left on it: {kind}")
            }
            None => format!("{kind} that no tree, no overflow chain and no freelist leads to"),
        }
    }
}

fn kind(image: &Image<'_>) -> PageKind {
    PageKind::of(image.bytes.get(image.header_offset()).copied().unwrap_or(0))
}

fn header(snapshot: &Snapshot<'_>) -> Option<FileHeader> {
    let image = snapshot.image(1, root_spot(snapshot)).ok()?;
    file_header(image.bytes).map(|(_, header)| header).ok()
}
