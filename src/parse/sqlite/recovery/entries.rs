//! Entries of indexes in unused space: what is left of a row when its own bytes are gone.

use super::super::create_index::entries;
use super::super::place::View;
use super::super::recovered::Attribution;
use super::super::table::{Schema, Table};
use super::gather::{Gather, Harvest, Stray, find};
use super::search::Candidate;
use super::sheet::Sheet;
use super::template::{Owner, Template};
use super::verdict::verdict;
use std::sync::Arc;

/// A template for each index whose entries can be named.
pub(super) fn of_indexes(schema: &Schema) -> impl Iterator<Item = Template> {
    let indexes = schema.others.iter().enumerate().filter(|(_, object)| object.kind == "index");
    indexes.filter_map(|(index, object)| {
        let entries = Arc::new(entries(object, schema.table(&object.table)?)?);
        let template = Template::of_table(Owner::Index(index, Arc::clone(&entries)), &entries);
        Some(Template { name: object.name.clone(), ..template })
    })
}

impl<'a> Gather<'_, 'a> {
    /// The unused space of a page of an index. What reads as an entry may be another's, whose page it was before: it is given to that
    /// index which alone can have written it. Entries are short: of one that lost its head too little is left to prove it.
    pub(super) fn index_page(&self, sheet: &Sheet<'a>, index: usize) -> Harvest {
        let is_own = |template: &Template| matches!(template.owner, Owner::Index(of, _) if of == index);
        let Some(own) = self.templates.iter().position(is_own) else { return Harvest::default() };
        let entries = self.sweep(&self.chains()).whole_between(sheet, &[(own, 0.0)]);
        let told = entries.into_iter().filter_map(|cell| {
            let verdict = verdict(&self.templates, &[&cell], Template::is_of_index);
            // The first fits best.
            let is_best = verdict.fitting.first() == Some(&own);
            let choice = if is_best { own } else { verdict.template? };
            Some((Candidate { choice, ..cell }, Attribution::Page))
        });
        self.harvest(sheet, None, told.collect())
    }

    /// An entry of an index, if all of it is there.
    pub(super) fn entry(
        &self,
        sheet: &Sheet<'a>,
        dead: Option<View>,
        (index, table): (usize, &Arc<Table>),
        cell: Candidate<'a>,
    ) -> Option<(usize, Stray)> {
        let object = self.schema.others.get(index)?;
        let attribution = Attribution::Index { index: object.name.clone(), table: object.table.clone() };
        let is_whole = !cell.is_cut && cell.unknown.is_empty() && cell.serials.len() == table.columns.len();
        let find = is_whole.then(|| find(sheet, dead, cell, attribution))?;
        Some((index, Stray { find, table: Arc::clone(table) }))
    }
}
