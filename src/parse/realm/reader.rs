//! From refs to arrays and from roots to leaves, with the bounds that keep a hostile file from costing more than its size.

use super::super::tree::Findings;
use super::super::{Error, Finding, located};
use super::array::{Array, Entry, array};
use super::scope::{Owner, Scope};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};

/// How deep B+trees, cluster trees and nested collections may go. Trees of 1,000 (lists) or 256 (clusters) children stay below 8 levels;
/// realm-core lets collections nest 100 deep.
pub(super) const DEPTH: usize = 100;

/// Nodes that may be visited per byte of the file: a cluster of constant columns has 256 rows in 16 bytes a column.
const VISITS: u64 = 32;

/// Nodes that may be visited beyond that, for small files.
const SPARE: u64 = 1 << 18;

/// Nodes that a loss counts for.
const LOSS: u64 = 64;

/// A file that is being read, at one commit.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    budget: Cell<u64>,
    /// Its format.
    pub format: u8,
    /// The names of its tables by their index, as they are stored.
    pub names: Vec<Cow<'a, str>>,
    findings: RefCell<Findings>,
    losses: Cell<u64>,
    scope: Option<Scope>,
}

/// A leaf of a B+tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaf<'a> {
    /// Number of its first element in the tree.
    pub first: usize,
    /// The leaf.
    pub array: Array<'a>,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8], format: u8) -> Self {
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let budget = Cell::new(size.saturating_mul(VISITS).saturating_add(SPARE));
        let (names, findings, losses) = (Vec::new(), RefCell::default(), Cell::new(0));
        Reader { bytes, budget, format, names, findings, losses, scope: None }
    }

    /// The same file, of which only what is unused may be read, and what it shares with the same column in use.
    pub fn within(&self, scope: Scope) -> Self {
        Reader { scope: Some(scope), ..self.again() }
    }

    /// The same file, read anew with a bound of its own.
    pub fn again(&self) -> Self {
        Reader { names: self.names.clone(), ..Reader::new(self.bytes, self.format) }
    }

    /// What of it may be read, where that is not all.
    pub fn scope(&self) -> Option<&Scope> {
        self.scope.as_ref()
    }

    /// What was read from now on belongs to this column.
    pub fn enter(&self, owner: Owner) {
        if let Some(scope) = &self.scope {
            scope.enter(owner);
        }
    }

    /// Whether something was read, since it was last asked, that may have been written over.
    pub fn take_doubt(&self) -> bool {
        self.scope.as_ref().is_some_and(Scope::take_doubt)
    }

    /// Things that could not be read so far.
    pub fn losses(&self) -> u64 {
        self.losses.get()
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Whether its tables are made of clusters (format 10 and later), not of columns.
    pub fn has_clusters(&self) -> bool {
        self.format >= 10
    }

    /// The array at a ref.
    pub fn array(&self, reference: u64) -> Result<Array<'a>, Error> {
        self.spend(reference)?;
        let start = usize::try_from(reference).ok().filter(|start| start & 7 == 0);
        let input = start.and_then(|start| self.bytes.get(start..)).filter(|rest| !rest.is_empty());
        let input = input.ok_or_else(|| Error::Unexpected {
            offset: reference,
            what: "a ref".to_owned(),
            expected: "a multiple of 8 inside of the file".to_owned(),
            found: format!("{reference:#x}"),
        })?;
        let array = located(input, reference, array(input, reference))?.1;
        self.scope.as_ref().map_or(Ok(array), |scope| scope.admit(array))
    }

    /// The array at a ref that an array must hold.
    pub fn child(&self, parent: &Array<'a>, index: usize, what: &str) -> Result<Array<'a>, Error> {
        match parent.needs(index, what)? {
            Entry::Ref(reference) => self.array(reference),
            Entry::Null | Entry::Tagged(_) => Err(parent.broken(what, "a ref", "none")),
        }
    }

    /// The array at a ref, where there is one.
    pub fn optional(&self, parent: &Array<'a>, index: usize) -> Result<Option<Array<'a>>, Error> {
        parent.reference(index).map(|reference| self.array(reference)).transpose()
    }

    /// Bytes of the file.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Counts one more step.
    pub fn spend(&self, offset: u64) -> Result<(), Error> {
        let left = self.budget.get().checked_sub(1).ok_or_else(|| Error::Limit {
            offset,
            what: "nodes visited".to_owned(),
            limit: "32 per byte of the file: its arrays are shared too often".to_owned(),
        })?;
        self.budget.set(left);
        Ok(())
    }

    /// Whether the bound was reached: no use in going on.
    pub fn is_exhausted(&self) -> bool {
        self.budget.get() == 0
    }

    /// The leaves of a B+tree in order. What cannot be read of it is a finding, and leaves a gap.
    pub fn leaves(&self, root: Array<'a>) -> Vec<Leaf<'a>> {
        let mut leaves = Vec::new();
        let mut open = vec![(0, root, 0)];
        while let Some((first, array, depth)) = open.pop() {
            if !array.is_inner {
                leaves.push(Leaf { first, array });
            } else if depth >= DEPTH {
                self.lost("realm-tree-too-deep", &array.broken("a B+tree", "at most 100 levels", "more"));
            } else {
                open.extend(
                    self.children(&array, first)
                        .into_iter()
                        .rev()
                        .map(|(first, child)| (first, child, depth.saturating_add(1))),
                );
            }
        }
        leaves
    }

    /// The children of an inner node of a B+tree: elements per child or a ref to their offsets, the children, the total.
    fn children(&self, inner: &Array<'a>, base: usize) -> Vec<(usize, Array<'a>)> {
        let offsets = match inner.entry(0) {
            Some(Entry::Ref(reference)) => self.array(reference).map(Some),
            _ => Ok(None),
        };
        let offsets = offsets.unwrap_or_else(|error| {
            self.lost("realm-tree-offsets", &error);
            None
        });
        let each = inner.tagged(0).and_then(|each| usize::try_from(each).ok());
        let first = |child: usize| match (child.checked_sub(1), &offsets) {
            (None, _) => Some(0),
            (Some(before), Some(offsets)) => {
                offsets.unsigned(before).and_then(|first| usize::try_from(first).ok())
            }
            (Some(_), None) => each.and_then(|each| each.checked_mul(child)),
        };
        let mut children = Vec::new();
        for child in 0..inner.size.saturating_sub(2) {
            match self.child(inner, child.saturating_add(1), "a child of a B+tree") {
                Ok(array) => children.push((base.saturating_add(first(child).unwrap_or(0)), array)),
                Err(error) => self.lost("realm-tree-child", &error),
            }
            if self.is_exhausted() {
                break;
            }
        }
        children
    }

    /// The name of a table by its key.
    pub fn table_name(&self, key: i64) -> Cow<'a, str> {
        let named = usize::try_from(key & 0xffff).ok().and_then(|index| self.names.get(index).cloned());
        named.filter(|name| !name.is_empty()).unwrap_or_else(|| Cow::Owned(format!("#{key}")))
    }

    /// Something could not be read.
    pub fn lost(&self, code: &'static str, error: &Error) {
        // To tell of a loss costs more than to read a value: a file of losses must not take longer than a whole one.
        self.budget.set(self.budget.get().saturating_sub(LOSS));
        self.losses.set(self.losses.get().saturating_add(1));
        self.findings.borrow_mut().lost(code, error);
    }

    /// Something is odd, and nothing is missing because of it.
    pub fn note(&self, code: &'static str, array: &Array<'a>, message: impl Into<String>) {
        self.tell(code, array.offset, message.into());
    }

    /// Something is odd at a place that need not be an array.
    pub fn tell(&self, code: &'static str, offset: u64, message: String) {
        let (offset, page, source, loss) = (Some(offset), None, "main", false);
        self.findings.borrow_mut().push(Finding { code, message, offset, page, source, loss });
    }

    /// What was odd so far; it is not told again.
    pub fn take_findings(&self) -> Vec<Finding> {
        self.findings.take().into_vec()
    }
}
