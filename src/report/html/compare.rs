//! The page of a comparison.

use maud::html;

use super::{
    page::{self, Picture},
    spread,
};
use crate::{
    compare::{Comparison, Exact},
    report::comparison,
};

/// The page of a comparison.
pub fn render(comparison: &Comparison) -> String {
    let title = comparison::title(comparison);
    let failed = comparison.gates.iter().filter(|gate| gate.passed == Some(false)).count();
    let open = comparison.gates.iter().filter(|gate| gate.passed.is_none()).count();
    let changed = matches!(comparison.exact, Exact::Changed { .. });
    let body = html! {
        h1 { (title) }
        ul.chips {
            @if changed { li.bad { "facts changed" } }
            @if comparison.exact == Exact::Same { li.good { "facts are the same" } }
            @if failed > 0 { li.bad { (failed) " of " (comparison.gates.len()) " gates failed" } }
            @if open > 0 { li.bad { (open) " of " (comparison.gates.len()) " gates undecided" } }
            @if failed + open == 0 && !comparison.gates.is_empty() { li.good { "every gate passed" } }
        }
        ul { @for line in comparison::head(comparison) { li { (line) } } }
        section.text { (page::table(&page::shared(comparison::gates(comparison)))) }
        (page::gallery(0, &pictures(comparison)))
        section { h2 { "All metrics" } (page::table(&page::shared(comparison::changes(comparison)))) }
        p.quiet { (comparison::legend(comparison)) }
        p.quiet { "Made by fleetsim " (env!("CARGO_PKG_VERSION")) "." }
    };
    page::page(&title, &body)
}

fn pictures(comparison: &Comparison) -> Vec<Picture> {
    let of_command = |(name, pairs): &(String, Vec<(u64, u64)>)| spread::differences(name, pairs);
    comparison.makespans.iter().filter_map(of_command).collect()
}
