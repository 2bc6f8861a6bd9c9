//! What a fit came to, as text and Markdown.

use std::fmt::Write;

use super::{
    human, markdown,
    rows::Table,
    text::{printable, push_table},
};
use crate::{
    calibrate::{Delivery, Fitted, GroupBy, Kind, Model, Slow, Time},
    fit::{Goodness, Share},
};

/// So many families are shown of those that were tried.
const SHOWN: usize = 4;

/// The summary for a terminal.
pub fn to_text(fitted: &Fitted) -> String {
    let mut output = String::new();
    for line in head(fitted) {
        let _ = writeln!(output, "{}", printable(&line));
    }
    for model in &fitted.groups {
        let _ = writeln!(output, "\n{}", printable(&title(fitted, model)));
        for line in lines(fitted, model) {
            let _ = writeln!(output, "  {}", printable(&line));
        }
        for (header, rows) in tables(model) {
            output.push('\n');
            let numbers = 2..header.len();
            push_table(&mut output, header, rows, numbers);
        }
    }
    output
}

/// The summary as Markdown.
pub fn to_markdown(fitted: &Fitted) -> String {
    let mut output = String::from("# Fit\n\n");
    for line in head(fitted) {
        let _ = writeln!(output, "- {}", markdown::escape(&line));
    }
    for model in &fitted.groups {
        let _ = writeln!(output, "\n## {}\n", markdown::escape(&title(fitted, model)));
        for line in lines(fitted, model) {
            let _ = writeln!(output, "- {}", markdown::escape(&line));
        }
        output.push('\n');
        tables(model).into_iter().for_each(|table| markdown::push_table(&mut output, table));
    }
    output
}

/// What stands above all groups.
pub fn head(fitted: &Fitted) -> Vec<String> {
    let many = |number: u64, what: &str| {
        format!("{} {what}{}", human::count(number), if number == 1 { "" } else { "s" })
    };
    let mut first = match fitted.is_plain {
        true => many(fitted.invocations, "duration"),
        false => {
            let by = match &fitted.by {
                GroupBy::None => "all together".to_string(),
                GroupBy::Document => "by document".into(),
                GroupBy::Platform => "by platform".into(),
                GroupBy::Tag(key) => format!("by tag {key}"),
            };
            let (invocations, commands) =
                (many(fitted.invocations, "invocation"), many(fitted.commands, "command"));
            format!("{invocations} of {commands}, {by}")
        }
    };
    if fitted.held_out > 0.0 {
        let _ = write!(first, "; {} held out", human::percent(fitted.held_out, 1.0));
    }
    let left = fitted.left_out.iter().map(|left| {
        let invocations = many(left.invocations, "invocation");
        format!("LEFT OUT: {}, {invocations}: {}", left.name, left.why)
    });
    [first].into_iter().chain(left).collect()
}

/// What a group is called, and how large it is.
pub fn title(fitted: &Fitted, model: &Model) -> String {
    let what = if fitted.is_plain { "durations" } else { "invocations" };
    let (seen, instances) = (human::count(model.invocations), human::count(model.instances));
    format!("{}: {seen} {what}, {instances} instances", model.name)
}

/// What is said of a group beside its tables.
pub fn lines(fitted: &Fitted, model: &Model) -> Vec<String> {
    let endings = model.endings.iter().map(|(name, count)| format!("{} {name}", human::count(*count)));
    let endings = Some(endings.collect::<Vec<_>>().join(", ")).filter(|_| !fitted.is_plain);
    let mut lines: Vec<String> = endings.into_iter().collect();
    if let Delivery::Unknown(why) = &model.delivery {
        lines.push(format!("delivery: the default is assumed; {why}"));
    }
    lines.push(match &model.slowness {
        Slow::Left(why) => format!("slow instances: none are told apart; {why}"),
        Slow::Applied(slow) => {
            let (value, interval) = (slow.between.value, slow.between.interval);
            let lasting = match slow.memory {
                memory if memory > 0.3 => "; slow times last, so a part of this may be slow days and not slow instances",
                _ => "",
            };
            format!(
                "slow instances: sigma {value:.3} ({:.3} to {:.3}) between {} of them, {:.3} from run to run{lasting}",
                interval.low,
                interval.high,
                human::count(slow.instances),
                slow.within.value
            )
        }
    });
    for (name, time) in times(model) {
        if let Some(coarse) = time.coarse {
            lines.push(format!("{name}: times are known to {} only", human::micros(coarse as f64)));
        }
        if time.impossible > 0 {
            let count = human::count(time.impossible);
            lines.push(format!(
                "{name}: {count} that ended before they began, or are too long, were left out"
            ));
        }
    }
    lines
}

/// The tables of a group, without empty ones.
pub fn tables(model: &Model) -> Vec<Table> {
    let all = [distributions(model), parameters(model), held_out(model), chances(model), candidates(model)];
    all.into_iter().filter(|(_, rows)| !rows.is_empty()).collect()
}

/// The fitted times of a group by name.
pub fn times(model: &Model) -> Vec<(String, &Time)> {
    let mut times = Vec::new();
    if let Delivery::Fitted(time) = &model.delivery {
        times.push(("delivery".to_string(), &**time));
    }
    times.push(("execution".into(), &model.execution));
    let own = model.outcomes.iter().find_map(|outcome| outcome.execution.as_ref());
    times.extend(own.map(|time| ("execution of the failed".to_string(), time)));
    times
}

fn distributions(model: &Model) -> Table {
    let row = |(name, time): (String, &Time)| {
        let counts = [time.observations, time.ended].map(human::count);
        let near = time.goodness.as_ref().map_or_else(Default::default, near);
        [name, time.name.clone()].into_iter().chain(counts).chain(near).collect()
    };
    let header = vec![
        "time",
        "distribution",
        "seen",
        "ended",
        "KS distance",
        "chance alone",
        "p50",
        "p90",
        "p95",
        "p99",
    ];
    (header, times(model).into_iter().map(row).collect())
}

/// The distances, and the errors of quantiles as far as they were seen.
fn near(goodness: &Goodness) -> [String; 6] {
    let error = |at: usize| match goodness.quantiles.get(at) {
        Some(pair) => format!("{:+.1} %", 100.0 * pair.error()),
        None => "-".into(),
    };
    let distances = [goodness.distance, goodness.noise].map(|distance| format!("{distance:.4}"));
    let [distance, noise] = distances;
    [distance, noise, error(0), error(1), error(2), error(3)]
}

fn parameters(model: &Model) -> Table {
    let rows = times(model).into_iter().flat_map(|(name, time)| {
        let all =
            time.candidate().map(|candidate| candidate.estimate.parameters.as_slice()).unwrap_or_default();
        all.iter().map(move |parameter| {
            let is_time =
                matches!(parameter.name, "mean" | "median" | "scale" | "min" | "by" | "slow median");
            let show = |value: f64| if is_time { exact(value) } else { format!("{value:.4}") };
            let ends = [parameter.interval.low, parameter.interval.high];
            let [low, high] = ends.map(show);
            vec![name.clone(), parameter.name.into(), show(parameter.value), low, high]
        })
    });
    (vec!["time", "parameter", "estimate", "from", "to"], rows.collect())
}

/// A time with four digits, in the unit that it is read in.
fn exact(micros: f64) -> String {
    match micros {
        micros if micros < 1e3 => format!("{micros:.1}us"),
        micros if micros < 1e6 => format!("{:.3}ms", micros / 1e3),
        micros => format!("{:.3}s", micros / 1e6),
    }
}

fn held_out(model: &Model) -> Table {
    let rows = times(model).into_iter().flat_map(|(name, time)| {
        let held = time.held_out.iter();
        held.flat_map(|held| {
            let distance = (String::from("KS distance"), format!("{:.4}", held.goodness.distance));
            let noise = format!("chance alone {:.4}", held.goodness.noise);
            let first = vec![name.clone(), distance.0, distance.1, human::count(held.ended), noise];
            let quantile = |pair: &crate::fit::Pair| {
                let which = format!("p{}", 100.0 * pair.share);
                let error = format!("{:+.1} %", 100.0 * pair.error());
                vec![name.clone(), which, exact(pair.fitted), exact(pair.seen), error]
            };
            [first].into_iter().chain(held.goodness.quantiles.iter().map(quantile)).collect::<Vec<_>>()
        })
        .collect::<Vec<_>>()
    });
    (vec!["held out", "what", "predicted", "seen", "error"], rows.collect())
}

fn chances(model: &Model) -> Table {
    let row = |name: String, share: &Share| {
        let percent = |share: f64| format!("{:.3} %", 100.0 * share);
        let estimate = share.share.map_or_else(|| "-".into(), percent);
        let counts = [share.happened, share.of].map(human::count);
        let ends = [percent(share.interval.low), percent(share.interval.high)];
        [name, estimate].into_iter().chain(ends).chain(counts).collect::<Vec<_>>()
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    for outcome in &model.outcomes {
        let name = match outcome.kind {
            Kind::ExitCode(code) => format!("exit code {code}"),
            Kind::Hang => "hangs".into(),
            Kind::ReplyLost => "no final reply".into(),
        };
        rows.push(row(name, &outcome.share));
    }
    for (name, share) in [("never reached", &model.unreachable), ("gone", &model.gone)] {
        if share.happened > 0 {
            rows.push(row(name.into(), share));
        }
    }
    (vec!["chance", "estimate", "from", "to", "happened", "of"], rows)
}

/// The families that come next.
fn candidates(model: &Model) -> Table {
    let rows = times(model).into_iter().flat_map(|(name, time)| {
        let tried = time.calibration.candidates.iter().take(SHOWN);
        tried.map(move |one| {
            let behind = format!("{:.1}", one.behind);
            vec![name.clone(), one.estimate.name(), behind, format!("{:.4}", one.goodness.distance)]
        })
    });
    (vec!["tried", "family", "behind", "KS distance"], rows.collect())
}
