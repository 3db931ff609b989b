//! Tables that `sqlite_schema` names no longer: their `CREATE TABLE` texts among its dead rows.

use super::super::super::Value;
use super::super::recovered::Attribution;
use super::super::row::Row;
use super::super::schema::schema_table;
use super::super::table::{Schema, Table};
use super::census::Use;
use super::gather::{Gather, find};
use super::sheet::Sheet;
use super::sweep::Sweep;
use super::template::{Owner, Template, former};
use std::sync::Arc;

/// Texts that a schema can be flooded with; each becomes a template that every page is held against.
const MOST: usize = 256;

/// The tables that dead schema rows describe and the live schema does not, each text once, in the order of the rows.
fn former_tables<'r>(rows: impl Iterator<Item = &'r Row<'r>>, live: &Schema) -> Vec<Arc<Table>> {
    let own = schema_table();
    let mut found: Vec<Arc<Table>> = Vec::new();
    for row in rows {
        let text = |column| match row.value(&own, column) {
            Value::Text(text) => text.into_owned(),
            _ => String::new(),
        };
        let root = match row.value(&own, 3) {
            Value::Integer(root) => u32::try_from(root).unwrap_or(0),
            _ => 0,
        };
        if text(0) != "table" || root == 0 || text(1).starts_with("sqlite_") {
            continue;
        }
        let Some(table) = former(&text(1), root, &text(4)) else { continue };
        let same = |known: &Table| {
            known.name.eq_ignore_ascii_case(&table.name) && known.reads_as(&table) && table.reads_as(known)
        };
        let is_known = live.tables.iter().any(same) || found.iter().any(|known| same(known));
        if !is_known && found.len() < MOST {
            found.push(table);
        }
    }
    found
}

impl<'a> Gather<'_, 'a> {
    /// Finds the `CREATE TABLE` texts of tables that are gone, on the pages of the schema and on free ones that hold such a text.
    pub(super) fn dead_schema(&mut self) {
        let overflow = self.chains();
        let own = [Template::of_table(Owner::Former(Arc::new(schema_table())), &schema_table())];
        let geometry = self.live.geometry;
        let (usable, encoding) = (geometry.usable, geometry.encoding);
        let (legacy, pages) = (self.legacy, self.live.pages);
        let sweep = Sweep { templates: &own, overflow: &overflow, usable, encoding, legacy, pages };
        let mut rows: Vec<Row<'a>> = Vec::new();
        for (page, what) in self.census.pages() {
            if !matches!(what, Use::Schema | Use::Free | Use::Nobody) {
                continue;
            }
            let Some(image) = self.image(page) else { continue };
            if !holds(image.bytes, b"CREATE TABLE") && what != Use::Schema {
                continue;
            }
            let sheet = Sheet::read(image, usable);
            let mut found = sweep.between(&sheet, &[(0, 0.0)]);
            if what != Use::Schema {
                found.extend(sweep.pointed(&sheet));
            }
            let find = |cell| find(&sheet, None, cell, Attribution::Page).row(self.live);
            rows.extend(found.into_iter().map(find));
        }
        let former = former_tables(rows.iter(), self.schema);
        let template = |table: Arc<Table>| Template::of_table(Owner::Former(Arc::clone(&table)), &table);
        let mut templates: Vec<Template> = former.into_iter().map(template).collect();
        templates.iter_mut().for_each(Template::weigh);
        self.templates.extend(templates);
    }
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
