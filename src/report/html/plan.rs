//! The page of a plan.

use maud::{Markup, html};

use super::{
    axis::Axis,
    chart::{Chart, Mark},
    colour::Colour,
    page::{self, Picture},
};
use crate::{
    planner::{Answer, Estimate, Outcome, SettingOutcome, Verdict},
    report::{
        human,
        plan::{command_line, rows, words},
    },
};

/// What a setting is drawn as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Recommended,
    Frontier,
    Met,
    Undecided,
    Missed,
}

/// What is held against the makespan of the healthy release.
struct Price {
    title: &'static str,
    name: &'static str,
    is_time: bool,
    of: fn(&SettingOutcome) -> &Estimate,
}

const PRICES: [Price; 2] = [
    Price {
        title: "Makespan against blast radius",
        name: "broken (worst bad release)",
        is_time: false,
        of: SettingOutcome::broken,
    },
    Price {
        title: "Makespan against time to stop",
        name: "stopped after (worst bad release)",
        is_time: true,
        of: SettingOutcome::time_to_stop,
    },
];

/// The page of a plan.
pub fn render(outcome: &Outcome) -> String {
    let heading = words::heading(outcome);
    let body = html! {
        h1 { (heading) }
        p { (outcome.description.trim()) }
        ul.chips { (verdict(outcome)) }
        @for sentence in words::answer(outcome) { p { (sentence) } }
        @if let Some(command_line) = command_line(outcome) { pre { (command_line) } }
        ul { @for line in words::question(outcome) { li { (line) } } }
        (page::gallery(0, &PRICES.iter().filter_map(|price| picture(outcome, price)).collect::<Vec<_>>()))
        section { h2 { "All settings" } (page::table(&settings(outcome))) }
        @let differences = page::shared(rows::differences(outcome));
        @if !differences.1.is_empty() {
            section { h2 { "Beside the recommended one" } (page::table(&differences)) }
        }
        @for line in words::legend(outcome) { p.quiet { (line) } }
        p.quiet { "Made by fleetsim " (env!("CARGO_PKG_VERSION")) "." }
    };
    page::page(&heading, &body)
}

fn verdict(outcome: &Outcome) -> Markup {
    html! {
        @match &outcome.answer {
            Answer::Recommended { .. } => li.good { "a setting meets everything demanded" },
            Answer::Undecided { .. } => li.bad { "the replications do not tell" },
            Answer::Infeasible { .. } => li.bad { "no setting meets everything demanded" },
        }
    }
}

/// Every setting, with its mark beside its first column: a row is called by what it is.
fn settings(outcome: &Outcome) -> page::Table {
    let (mut header, mut rows) = page::shared(rows::settings(outcome));
    header.remove(0);
    for row in &mut rows {
        let mark = row.remove(0);
        row[0] = format!("{} {mark}", row[0]).trim().to_string();
    }
    (header, rows)
}

/// Every setting at its two means; `None` where no healthy release ever completed.
fn picture(outcome: &Outcome, price: &Price) -> Option<Picture> {
    let mut points: Vec<(usize, i64, i64)> = outcome
        .settings
        .iter()
        .enumerate()
        .filter_map(|(at, setting)| {
            Some((at, whole(setting.makespan?.mean), whole((price.of)(setting).mean)))
        })
        .collect();
    points.sort_by_key(|&(_, x, y)| (x, y));
    let highest = points.iter().map(|&(.., y)| y).max()? as u64;
    let (first, last) = (points.first()?.1 as u64, points.last()?.1 as u64);
    // Room for the marks at the edges.
    let slack = (last - first) / 10 + first / 50 + 1;
    let y_end = highest + highest / 8 + 1;
    let y = if price.is_time { Axis::times(0, y_end) } else { Axis::counts(0, y_end) };
    // The more a mark matters, the later it is drawn.
    let kinds = [Kind::Missed, Kind::Undecided, Kind::Met, Kind::Frontier, Kind::Recommended];
    let drawn = kinds.iter().flat_map(|&kind| points.iter().map(move |point| (kind, point)));
    let drawn = drawn.filter(|(kind, (at, ..))| kind_of(outcome, *at) == *kind);
    let frontier = frontier(outcome, &points);
    let marks = frontier.into_iter().chain(drawn.map(|(kind, &(_, x, y))| kind.mark((x, y)))).collect();
    let show =
        |value: i64| if price.is_time { human::micros(value as f64) } else { human::number(value as f64) };
    let row = |&(at, x, y): &(usize, i64, i64)| {
        let is_frontier = outcome.frontier.contains(&at);
        let kind = match kind_of(outcome, at) {
            Kind::Frontier => Kind::Frontier.name().to_string(),
            kind if is_frontier => format!("{}, {}", kind.name(), Kind::Frontier.name()),
            kind => kind.name().to_string(),
        };
        vec![words::name(outcome, at), human::micros(x as f64), show(y), kind]
    };
    let left_out = outcome.settings.len() - points.len();
    let never = match left_out {
        0 => String::new(),
        _ => format!(" {left_out} settings never completed a healthy release and are not drawn."),
    };
    Some(Picture {
        title: price.title,
        description: format!(
            "Means of {} settings; the nearer to the lower left the better.{never}",
            points.len()
        ),
        chart: Chart {
            x: Axis::times(first.saturating_sub(slack), last + slack),
            y,
            x_title: "done (healthy)",
            y_title: price.name,
            marks,
        },
        legend: kinds.iter().rev().map(|kind| (kind.colour(), kind.name().into())).collect(),
        table: (
            ["setting", "done (healthy)", price.name, "is"].map(String::from).to_vec(),
            points.iter().map(row).collect(),
        ),
    })
}

/// A line through the settings of the frontier, by makespan.
fn frontier(outcome: &Outcome, points: &[(usize, i64, i64)]) -> Option<Mark> {
    let on_it = points.iter().filter(|(at, ..)| outcome.frontier.contains(at));
    let points: Vec<_> = on_it.map(|&(_, x, y)| (x, y)).collect();
    (points.len() > 1).then_some(Mark::Line { points, colour: Kind::Frontier.colour(), width: 1 })
}

fn whole(mean: f64) -> i64 {
    mean.round() as i64
}

fn kind_of(outcome: &Outcome, at: usize) -> Kind {
    if matches!(outcome.answer, Answer::Recommended { setting, .. } if setting == at) {
        return Kind::Recommended;
    }
    match outcome.settings[at].verdict {
        Verdict::Missed => Kind::Missed,
        Verdict::Undecided => Kind::Undecided,
        Verdict::Met if outcome.frontier.contains(&at) => Kind::Frontier,
        Verdict::Met => Kind::Met,
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Recommended => "recommended",
            Self::Frontier => "on the frontier",
            Self::Met => "meets what is demanded",
            Self::Undecided => "undecided",
            Self::Missed => "misses what is demanded",
        }
    }

    fn colour(self) -> Colour {
        match self {
            Self::Recommended => Colour::RED,
            Self::Frontier => Colour::BLUE,
            Self::Met => Colour::SKY,
            Self::Undecided => Colour::YELLOW,
            Self::Missed => Colour::SLATE,
        }
    }

    fn mark(self, at: (i64, i64)) -> Mark {
        let colour = self.colour();
        match self {
            Self::Recommended => Mark::Peak { at, colour, word: self.name() },
            Self::Frontier => Mark::Point { at, colour, size: 6 },
            Self::Met | Self::Undecided => Mark::Point { at, colour, size: 4 },
            Self::Missed => Mark::Crossed { at, colour, size: 4 },
        }
    }
}
