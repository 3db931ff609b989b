//! Whose rows a page holds, where no live tree says it.

use super::super::recovered::Attribution;
use super::search::Candidate;
use super::template::Template;

/// How much better the values of a page must fit one table than the next for it to be told: e^10, or 20,000 to one.
const DECISIVE: f64 = 10.0;

/// Of so many cells of a page one may be odd.
const ODD_ONE_IN: usize = 10;

/// Whose records some cells are.
#[derive(Debug, Clone)]
pub(super) struct Verdict {
    /// The template; nothing where none fits or several do.
    pub template: Option<usize>,
    pub attribution: Attribution,
    /// All that fit.
    pub fitting: Vec<usize>,
}

/// Holds cells of one page, whose records are all of one table, against every template that is eligible.
pub(super) fn verdict(
    templates: &[Template],
    cells: &[&Candidate<'_>],
    is_eligible: impl Fn(&Template) -> bool,
) -> Verdict {
    let kind = templates.iter().enumerate().filter(|(_, known)| is_eligible(known));
    let mut fitting: Vec<(usize, f64)> =
        kind.filter_map(|(index, known)| Some((index, fit(known, cells)?))).collect();
    fitting.sort_by(|one, two| two.1.total_cmp(&one.1).then(one.0.cmp(&two.0)));
    let names = || {
        let name = |(index, _): &(usize, f64)| templates.get(*index).map(|known| known.name.clone());
        let mut names: Vec<String> = fitting.iter().filter_map(name).collect();
        names.sort();
        names.dedup();
        names
    };
    let (template, attribution) = match fitting.as_slice() {
        [] => (None, Attribution::None { candidates: Vec::new() }),
        [only] => (Some(only.0), Attribution::OnlyShape),
        [best, next, ..] if best.1 - next.1 >= DECISIVE => {
            (Some(best.0), Attribution::BestFit { candidates: fitting.len() })
        }
        _ => (None, Attribution::None { candidates: names() }),
    };
    Verdict { template, attribution, fitting: fitting.iter().map(|(index, _)| *index).collect() }
}

/// How well the cells fit a template together; nothing where they do not.
fn fit(template: &Template, cells: &[&Candidate<'_>]) -> Option<f64> {
    let fits = cells.iter().filter(|cell| template.fits(&cell.serials)).count();
    let odd = cells.len().saturating_sub(fits);
    let enough = fits > 0 && odd.saturating_mul(ODD_ONE_IN) <= cells.len();
    enough.then(|| cells.iter().map(|cell| template.weight(&cell.serials)).sum())
}
