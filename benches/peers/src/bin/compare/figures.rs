//! From measurements to figures, and the figures as tables.

use std::fmt::Write;

use crate::{
    engines::{CONCURRENCIES, ENGINES, Engine, Kind},
    measure::{COUNTED_CONCURRENCY, ROUNDS, Timed},
};

/// What was found of all engines, fleetsim first.
pub struct Figures {
    pub rows: Vec<Row>,
    pub bars: Vec<Bar>,
    /// Whether fleetsim's rollout has notifications, as those of its peers have.
    pub notifications: bool,
}

/// One engine.
pub struct Row {
    pub engine: &'static Engine,
    /// One for each concurrency.
    pub cells: [Cell; 2],
    /// An invocation costs so many.
    pub instructions: u64,
}

/// One engine at one concurrency.
pub struct Cell {
    /// Invocations a second of processor time: the median of the rounds.
    pub speed: f64,
    /// How many times as fast fleetsim was in the same round: the least, the median and the most.
    pub ratio: [f64; 3],
    /// The most memory of the process, in bytes.
    pub memory: u64,
    /// How much of it the rollout added.
    pub added_memory: u64,
}

/// What fleetsim's full tier is asked for at one concurrency.
pub struct Bar {
    pub what: String,
    unit: &'static str,
    /// Whether more is better.
    pub at_least: bool,
    pub asked: f64,
    pub found: f64,
    pub verdict: Verdict,
}

#[derive(Clone, Copy)]
pub enum Verdict {
    Met,
    Missed,
    /// Good, but of a fleetsim that does less than its peers.
    Open,
}

impl Figures {
    pub fn new(timed: &[[Timed; 2]], instructions: &[u64]) -> Self {
        let [fleetsim, ..] = timed else { panic!("fleetsim is the first engine") };
        let rows: Vec<_> = ENGINES
            .iter()
            .zip(timed)
            .zip(instructions)
            .map(|((engine, timed), &instructions)| {
                let cells = [0, 1].map(|at| Cell::new(&timed[at], &fleetsim[at]));
                Row { engine, cells, instructions }
            })
            .collect();
        let notifications = fleetsim[0].lines[0].outcome.notifications.is_some();
        Self { bars: bars(&rows, !notifications), rows, notifications }
    }

    /// Two tables: the engines, and the bars.
    pub fn markdown(&self) -> String {
        let mut text = format!(
            "The reference rollout, {ROUNDS} interleaved rounds, one core by processor time; medians, \
             in brackets the least and the most.\n\n"
        );
        let [few, many] = CONCURRENCIES;
        let _ = writeln!(
            text,
            "| engine | M invocations/s, k = {few} | k = {many} | fleetsim is faster, k = {few} | k = {many} | \
             instructions/invocation, k = {COUNTED_CONCURRENCY} | memory, k = {few} | k = {many} |\n\
             |---|---|---|---|---|---|---|---|"
        );
        self.rows.iter().for_each(|row| text.push_str(&row.markdown()));
        text.push_str("\n| bar of the full tier | asked | found | |\n|---|---|---|---|\n");
        self.bars.iter().for_each(|bar| text.push_str(&bar.markdown()));
        if !self.notifications {
            text.push_str(
                "\nfleetsim's rollout sends no notifications yet: it does less than its peers' rollouts.\n",
            );
        }
        text
    }
}

/// Whether a bar is met. What does less can miss a bar, but not meet it: that is left open.
fn verdict(at_least: bool, asked: f64, found: f64, does_less: bool) -> Verdict {
    let good = if at_least { found >= asked } else { found <= asked };
    match (good, does_less) {
        (false, _) => Verdict::Missed,
        (true, true) => Verdict::Open,
        (true, false) => Verdict::Met,
    }
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::Open => "open",
        }
    }
}

impl Cell {
    fn new(timed: &Timed, fleetsim: &Timed) -> Self {
        let ratios = fleetsim.speeds.iter().zip(&timed.speeds).map(|(fleetsim, peer)| fleetsim / peer);
        let ratios = sorted(ratios.collect());
        Self {
            speed: median(&sorted(timed.speeds.clone())),
            ratio: [ratios[0], median(&ratios), ratios[ratios.len() - 1]],
            memory: timed.memory,
            added_memory: timed.added_memory,
        }
    }
}

impl Row {
    fn markdown(&self) -> String {
        let speed = |cell: &Cell| format!("{:.3}", cell.speed / 1e6);
        let ratio = |cell: &Cell| match self.engine.kind {
            Kind::Fleetsim => "-".to_string(),
            Kind::Rust | Kind::Python => {
                let [least, median, most] = cell.ratio;
                format!("{median:.2} ({least:.2} to {most:.2})")
            }
        };
        let memory = |cell: &Cell| format!("{:.1} MB", cell.memory as f64 / 1e6);
        let [few, many] = &self.cells;
        format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} |\n",
            self.engine.name,
            speed(few),
            speed(many),
            ratio(few),
            ratio(many),
            self.instructions,
            memory(few),
            memory(many),
        )
    }
}

impl Bar {
    fn markdown(&self) -> String {
        let Self { what, unit, asked, found, .. } = self;
        let relation = if self.at_least { "at least" } else { "at most" };
        format!("| {what} | {relation} {asked}{unit} | {found:.2}{unit} | {} |\n", self.verdict.name())
    }
}

/// The bars that this benchmark can judge.
fn bars(rows: &[Row], does_less: bool) -> Vec<Bar> {
    let fleetsim = &rows[0];
    let bar = |what: &str, concurrency: u32, unit: &'static str, at_least: bool, asked: f64, found: f64| {
        let what = format!("{what}, k = {concurrency}");
        Bar { what, unit, at_least, asked, found, verdict: verdict(at_least, asked, found, does_less) }
    };
    let mut bars = Vec::new();
    for row in rows {
        for (concurrency, cell) in CONCURRENCIES.into_iter().zip(&row.cells) {
            let against = format!("against {}", row.engine.name);
            let [_, ratio, _] = cell.ratio;
            bars.extend(row.engine.bar.map(|asked| bar(&against, concurrency, " x", true, asked, ratio)));
        }
    }
    let instructions = fleetsim.instructions as f64;
    bars.push(bar("instructions an invocation", COUNTED_CONCURRENCY, "", false, 1_600.0, instructions));
    for (concurrency, cell) in CONCURRENCIES.into_iter().zip(&fleetsim.cells) {
        bars.push(bar("on a quiet machine", concurrency, " M/s", true, 3.5, cell.speed / 1e6));
        let (allowed, added) = (4.0 + f64::from(concurrency) * 160.0 / 1e6, cell.added_memory as f64 / 1e6);
        bars.push(bar("memory added: 160 B x k + 4 MB", concurrency, " MB", false, allowed, added));
    }
    bars
}

fn sorted(mut figures: Vec<f64>) -> Vec<f64> {
    figures.sort_by(f64::total_cmp);
    figures
}

/// The middle one of an odd number of sorted figures.
fn median(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}

const _: () = assert!(ROUNDS % 2 == 1, "a median is one of the rounds");
