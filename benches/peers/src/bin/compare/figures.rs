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

/// What fleetsim's full tier is asked for.
pub struct Bar {
    pub what: String,
    pub unit: &'static str,
    /// Whether more is better.
    pub at_least: bool,
    /// Asked for and found, at each concurrency that was measured.
    pub figures: Vec<(u32, f64, f64)>,
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
        Self { bars: bars(&rows), rows, notifications }
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
    /// Whether the figure found is as good as the one asked for.
    pub fn is_met(&self, asked: f64, found: f64) -> bool {
        if self.at_least { found >= asked } else { found <= asked }
    }

    /// One row for each concurrency.
    fn markdown(&self) -> String {
        let rows = self.figures.iter().map(|&(concurrency, asked, found)| {
            let relation = if self.at_least { "at least" } else { "at most" };
            let verdict = if self.is_met(asked, found) { "met" } else { "**missed**" };
            let Self { what, unit, .. } = self;
            format!(
                "| {what}, k = {concurrency} | {relation} {asked}{unit} | {found:.2}{unit} | {verdict} |\n"
            )
        });
        rows.collect()
    }
}

/// The bars that this benchmark can judge.
fn bars(rows: &[Row]) -> Vec<Bar> {
    let fleetsim = &rows[0];
    let each = |asked: &dyn Fn(u32) -> f64, found: &dyn Fn(&Cell) -> f64, row: &Row| {
        let cells = CONCURRENCIES.iter().zip(&row.cells);
        cells.map(|(&concurrency, cell)| (concurrency, asked(concurrency), found(cell))).collect()
    };
    let against = rows.iter().filter_map(|row| {
        let asked = row.engine.bar?;
        let figures = each(&|_| asked, &|cell| cell.ratio[1], row);
        Some(Bar { what: format!("against {}", row.engine.name), unit: " x", at_least: true, figures })
    });
    let mut bars: Vec<_> = against.collect();
    bars.push(Bar {
        what: "instructions an invocation".into(),
        unit: "",
        at_least: false,
        figures: vec![(COUNTED_CONCURRENCY, 1_600.0, fleetsim.instructions as f64)],
    });
    bars.push(Bar {
        what: "invocations a second, on a quiet machine".into(),
        unit: " M",
        at_least: true,
        figures: each(&|_| 3.5, &|cell| cell.speed / 1e6, fleetsim),
    });
    bars.push(Bar {
        what: "memory that the rollout adds: 160 B x k + 4 MB".into(),
        unit: " MB",
        at_least: false,
        figures: each(
            &|concurrency| 4.0 + f64::from(concurrency) * 160.0 / 1e6,
            &|cell| cell.added_memory as f64 / 1e6,
            fleetsim,
        ),
    });
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
