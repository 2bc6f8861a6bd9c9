//! The page around a report: one file that asks for nothing, and pictures with the numbers behind them.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    chart::{Chart, SIZE},
    colour::{self, Colour},
};
use crate::report::{rows, text::printable};

/// What marks a file as a report of this program.
pub const GENERATOR: &str = "<meta name=\"generator\" content=\"fleetsim\">";

/// Nothing is fetched and nothing is run, whatever text got into the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// A table whose first column names its rows.
pub(super) type Table = (Vec<String>, Vec<Vec<String>>);

/// A drawing with what it says in words and in numbers.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    /// What it is called.
    pub(super) title: &'static str,
    /// What there is to see, in a sentence or two.
    pub(super) description: String,
    pub(super) chart: Chart,
    /// What the colours mean.
    pub(super) legend: Vec<(Colour, String)>,
    /// The numbers behind it.
    pub(super) table: Table,
}

/// A whole page. What steers a terminal or turns the direction of writing is spelt out wherever it stands.
pub(super) fn page(title: &str, body: &Markup) -> String {
    let style = format!("{}{}", include_str!("style.css"), colour::style());
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                (PreEscaped(GENERATOR))
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                link rel="icon" href="data:,";
                title { (title) }
                style { (PreEscaped(style)) }
            }
            body { main { (body) } }
        }
    };
    let lines: Vec<String> = page.into_string().lines().map(printable).collect();
    lines.join("\n") + "\n"
}

/// Pictures side by side where there is room. `part` keeps their names apart from those of other parts of the page.
pub(super) fn gallery(part: usize, pictures: &[Picture]) -> Markup {
    html! {
        div.gallery {
            @for (at, picture) in pictures.iter().enumerate() { (picture.render(&format!("p{part}-{at}"))) }
        }
    }
}

/// A table in the page; nothing when it has no rows.
pub(super) fn table((header, rows): &Table) -> Markup {
    html! {
        @if !rows.is_empty() {
            div.wide tabindex="0" role="region" aria-label=(header.first().map_or("", |name| name)) {
                table {
                    thead { tr { @for name in header { th scope="col" { (name) } } } }
                    tbody {
                        @for row in rows {
                            tr {
                                @for (at, cell) in row.iter().enumerate() {
                                    @if at == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A table that other formats have too.
pub(super) fn shared((header, rows): rows::Table) -> Table {
    (header.into_iter().map(String::from).collect(), rows)
}

impl Picture {
    fn render(&self, id: &str) -> Markup {
        let (title, description) = (format!("{id}-title"), format!("{id}-description"));
        let (width, height) = SIZE;
        html! {
            figure {
                figcaption { strong { (self.title) } " " (self.description) }
                svg role="img" viewBox={ "0 0 " (width) " " (height) } aria-labelledby={ (title) " " (description) } {
                    title id=(title) { (self.title) }
                    desc id=(description) { (self.description) }
                    (PreEscaped(self.chart.draw()))
                }
                @if !self.legend.is_empty() {
                    ul.legend {
                        @for (colour, name) in &self.legend {
                            li { span.swatch style={ "background:" (colour.css()) } {} (name) }
                        }
                    }
                }
                details { summary { "The numbers" } (table(&self.table)) }
            }
        }
    }
}
