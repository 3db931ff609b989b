//! A definition over a tree: property list, XML, JSON, properties.

use super::base::{Base, BaseNode};
use super::build::{Given, build};
use super::coverage::TableCoverage;
use super::decode::{TreeStanding, decode, file_of, standing};
use super::definition::{Constant, Container, Definition, Name, RecordBlock, Rows, Step};
use super::frame::{Frame, Notice};
use super::run_file::FileRun;
use super::sheet::{Grid, NoColumn, SheetRows, grids};
use super::tables::{Verdict, accepts};
use super::tree::{Found, resolve};
use crate::parse::{self, Node, Span};
use crate::record::{Finding, RecordId, Sink};

/// Runs every block of a definition whose rows come from this source.
///
/// # Errors
/// Those of the sink.
pub(super) fn run<'d, S: Sink>(
    run: &mut FileRun<'_, S>,
    (definition, source): (&'d Definition, usize),
    root: &'d Node<'d>,
) -> std::io::Result<()> {
    let mut served = false;
    for group in groups(definition, source) {
        let Some(first) = group.first() else { continue };
        if !run.wants(first.kind.name) {
            served = true;
            continue;
        }
        if let Rows::Sheet(wanted) = &first.rows {
            served |= sheets(run, (definition, &group), (wanted, root))?;
            continue;
        }
        let mut coverage = coverage_of(run.id, definition, first);
        for found in rows(&first.rows, root) {
            coverage.rows += 1;
            row(run, definition, &group, (&found, None), &mut coverage)?;
        }
        let is_root = first.rows == Rows::Root;
        served |= if is_root { coverage.records > 0 || fits(&group, root) } else { coverage.rows > 0 };
        run.out.coverage.push(coverage);
    }
    if !served {
        let blocks = definition.records.iter().filter(|block| block.source == source);
        let message = format!("nothing in it is what {} reads", definition.id);
        run.push(Finding {
            code: "members-missing".to_owned(),
            loss: blocks.into_iter().all(|block| is_foreign(block, root)),
            message,
            artifact: Some(definition.id.clone()),
            ..Finding::default()
        });
    }
    Ok(())
}

fn coverage_of(file: usize, definition: &Definition, block: &RecordBlock) -> TableCoverage {
    TableCoverage {
        artifact: definition.id.clone(),
        kind: block.kind.name.to_owned(),
        file,
        table: block.rows.label().to_owned(),
        identifier: block.constant("kind").map(Constant::text),
        ..TableCoverage::default()
    }
}

/// Runs blocks over each sheet that has their columns; whether there was a sheet at all.
fn sheets<'d, S: Sink>(
    run: &mut FileRun<'_, S>,
    (definition, blocks): (&'d Definition, &[&'d RecordBlock]),
    (wanted, root): (&SheetRows, &'d Node<'d>),
) -> std::io::Result<bool> {
    let grids = grids(wanted, root);
    for grid in &grids {
        let (Some(first), found) = (blocks.first(), grid.found()) else { continue };
        let mut coverage = coverage_of(run.id, definition, first);
        grid.name.clone_into(&mut coverage.table);
        coverage.rows = found.len() as u64;
        let served: Vec<&RecordBlock> =
            blocks.iter().copied().filter(|block| grid.lacks(block).is_empty()).collect();
        if served.is_empty() {
            // Every row of it is one that no mapping can read.
            coverage.unreadable = coverage.rows;
            columns_missing(run, definition, (grid, first));
        } else {
            for found in &found {
                row(run, definition, &served, (found, Some(grid)), &mut coverage)?;
            }
        }
        run.out.coverage.push(coverage);
    }
    Ok(!grids.is_empty())
}

fn columns_missing<S: Sink>(
    run: &mut FileRun<'_, S>,
    definition: &Definition,
    (grid, block): (&Grid<'_>, &RecordBlock),
) {
    let told = |(name, why): &(&str, NoColumn)| match why {
        NoColumn::Missing => format!("no column `{name}`"),
        NoColumn::Several => format!("several columns `{name}`: name it by its letters, `@C`"),
    };
    let lacks: Vec<String> = grid.lacks(block).iter().map(told).collect();
    run.push(Finding {
        code: "columns-missing".to_owned(),
        loss: true,
        message: format!("{}; its columns are: {}", lacks.join(", "), grid.titles()),
        artifact: Some(definition.id.clone()),
        table: Some(grid.name.to_owned()),
        ..Finding::default()
    });
}

/// Whether a document that is one row has the members that some block of a group must have.
fn fits(blocks: &[&RecordBlock], root: &Node<'_>) -> bool {
    let has = |name: &Name| {
        name.optional || name.column.ends_with("()") || !resolve(root, "", &name.column).is_empty()
    };
    blocks.iter().any(|block| !block.unwrap.is_empty() || block.names.iter().all(has))
}

/// Whether a document lacks even the first member on the way to the rows of a block: not a list that happens to be empty, but a
/// document of another make.
fn is_foreign(block: &RecordBlock, root: &Node<'_>) -> bool {
    match &block.rows {
        Rows::Each(path) => {
            let heads = path.match_indices('.').map(|(at, _)| path.get(..at).unwrap_or(path));
            heads.chain([path.as_str()]).all(|head| resolve(root, "", head).is_empty())
        }
        _ => true,
    }
}

fn groups(definition: &Definition, source: usize) -> Vec<Vec<&RecordBlock>> {
    let mut groups: Vec<Vec<&RecordBlock>> = Vec::new();
    for block in definition.records.iter().filter(|block| block.source == source) {
        // Blocks on the root each read their own members: every one is a group. Those on elements share them.
        let same = |group: &&mut Vec<&RecordBlock>| {
            let alike = |known: &&RecordBlock| {
                known.rows == block.rows
                    && known.kind == block.kind
                    && known.constant("kind") == block.constant("kind")
            };
            block.rows != Rows::Root && group.first().is_some_and(alike)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(block),
            None => groups.push(vec![block]),
        }
    }
    groups
}

/// The nodes that are rows.
pub(super) fn rows<'n, 'a>(rows: &Rows, root: &'n Node<'a>) -> Vec<Found<'n, 'a>> {
    match rows {
        Rows::Each(path) => resolve(root, "", path),
        _ => vec![Found { node: root, pointer: String::new() }],
    }
}

fn row<S: Sink>(
    run: &mut FileRun<'_, S>,
    definition: &Definition,
    blocks: &[&RecordBlock],
    (found, grid): (&Found<'_, '_>, Option<&Grid<'_>>),
    coverage: &mut TableCoverage,
) -> std::io::Result<()> {
    let mut lacks: Option<String> = None;
    let container = container(definition, blocks);
    let standing = standing(container, found.node);
    if standing == TreeStanding::Repeated {
        coverage.repeated += 1;
        return Ok(());
    }
    for block in blocks {
        let (unwrapped, odd) = match unwrap(block, found.node) {
            Ok(unwrapped) => unwrapped,
            Err(message) => {
                coverage.unreadable += 1;
                let notice = Notice { code: "row-not-decodable", loss: true, field: String::new(), message };
                run.notices(definition, &place(found), vec![notice]);
                return Ok(());
            }
        };
        let node = unwrapped.as_ref().unwrap_or(found.node);
        let path = run.path();
        let mut frame = frame(block, node, (found, grid), (run.id, path), (container, standing));
        if let Some(missing) = frame.lacks() {
            lacks = Some(missing.to_owned());
            continue;
        }
        if accepts(&mut frame) != Verdict::Takes {
            continue;
        }
        let mut built =
            build(&mut frame, Given { definition, state: standing.state(), content: run.content() });
        let notices = std::mem::take(&mut frame.notices);
        let sha256 = run.out.entry.hashes.as_ref().map_or("", |hashes| hashes.sha256.as_str());
        built.record.id =
            record_id((definition, block, standing.view()), found, (sha256, &run.out.entry.path, run.copy));
        if run.emit(&built.record, coverage)? {
            run.count_withheld(built.withheld);
            odd.iter().for_each(|finding| run.parse_finding(finding, Some(definition), Some(&found.pointer)));
            run.notices(definition, &place(found), notices);
        }
        return Ok(());
    }
    coverage.excluded += 1;
    coverage.excluded_by_where += 1;
    if let Some(member) = lacks {
        let message = format!("the member `{member}` is not there");
        let notice = Notice { code: "member-missing", loss: false, field: member, message };
        run.notices(definition, &place(found), vec![notice]);
    }
    Ok(())
}

/// The container of the source that blocks read.
fn container(definition: &Definition, blocks: &[&RecordBlock]) -> Container {
    let source = blocks.first().and_then(|block| definition.sources.get(block.source));
    source.map_or(Container::Plist, |source| source.container)
}

/// A frame over a node.
pub(super) fn frame<'f, 'd, 'a: 'd>(
    block: &'d RecordBlock,
    node: &'f Node<'d>,
    (found, grid): (&'f Found<'_, '_>, Option<&'f Grid<'d>>),
    (file, path): (usize, &'f str),
    (container, standing): (Container, TreeStanding),
) -> Frame<'f, 'd, 'a> {
    let base = BaseNode {
        node,
        pointer: &found.pointer,
        span: found.node.span,
        file,
        is_root: grid.is_some() || block.rows == Rows::Root && block.unwrap.is_empty(),
        source: grid.map_or_else(|| file_of(container, found), |grid| grid.member),
        standing,
        grid,
    };
    Frame::new(block, Base::Node(base), path)
}

/// A row after `unwrap`: the node, where there were steps, and what was odd on the way.
pub(super) type Unwrapped = (Option<Node<'static>>, Vec<parse::Finding>);

/// Applies the steps of `unwrap`.
///
/// # Errors
/// Why nothing could be reached.
pub(super) fn unwrap(block: &RecordBlock, node: &Node<'_>) -> Result<Unwrapped, String> {
    let (mut reached, mut findings): Unwrapped = (None, Vec::new());
    for step in &block.unwrap {
        let current = reached.as_ref().unwrap_or(node);
        let next = match step {
            Step::Decode(decoder, asked) => {
                let document = decode(*decoder, asked, &current.value).map_err(|error| error.to_string())?;
                findings.extend(document.findings);
                document.root
            }
            Step::Path(path) => {
                let found = resolve(current, "", path).into_iter().next();
                let value = found.ok_or_else(|| format!("nothing at `{path}`"))?.node.value.clone();
                Node { value: value.into_owned(), span: Span::default() }
            }
        };
        reached = Some(next);
    }
    Ok((reached, findings))
}

/// The id of a record of a tree; `of` is the SHA-256 of the file in hex, its device path, and which file of that path it is.
pub(super) fn record_id(
    (definition, block, view): (&Definition, &RecordBlock, &str),
    found: &Found<'_, '_>,
    of: (&str, &str, usize),
) -> String {
    // Several blocks of one kind may read one root: their place in the definition tells their records apart.
    let index = definition.records.iter().position(|known| std::ptr::eq(known, block)).unwrap_or(0);
    RecordId {
        kind: block.kind.name,
        file_sha256: of.0.as_bytes(),
        path: of.1,
        copy: of.2,
        artifact: &definition.id,
        table: &found.pointer,
        what: "",
        identity: &(index as u64).to_be_bytes(),
        view,
        offset: found.node.span.offset,
    }
    .text()
}

/// Where a node lies, for findings.
fn place(found: &Found<'_, '_>) -> Finding {
    Finding {
        table: Some(found.pointer.clone()),
        source: Some("main"),
        offset: Some(found.node.span.offset),
        ..Finding::default()
    }
}
