//! The model as a scenario.

use std::{collections::BTreeMap, fmt::Write, io, path::PathBuf};

use super::{
    Fitted, GroupBy,
    groups::Asked,
    model::{Delivery, Kind, Model, Slow},
    time::Time,
    toml,
};
use crate::{
    base::SimDuration,
    fit::{Parameter, Share},
    scenario::{self, Faults, Source, plan::LARGEST_FLEET},
    ssm::status::Platform,
};

/// The tag by which commands find the groups that were fitted for them.
const TAG: &str = "FittedCommand";

/// What a command asks for and where it can run: groups that agree in it share a command.
type Shape = (Asked, bool);

/// The scenario as TOML, checked by the reader of scenarios: with these words above it, called after `name`.
///
/// # Errors
///
/// When the reader has an objection, which is a defect.
pub fn scenario(fitted: &Fitted, name: &str, head: &[String]) -> Result<String, Faults> {
    let mut shapes: BTreeMap<Shape, Vec<&Model>> = BTreeMap::new();
    for model in &fitted.groups {
        shapes.entry((model.asked.clone(), is_windows(model))).or_default().push(model);
    }
    let mut text = String::new();
    for line in head {
        comment(&mut text, line);
    }
    comment(&mut text, "What is marked as assumed was not measured: look at it before you rely on a result.");
    let _ = writeln!(text, "version = 1\nname = {}", toml::text(name));
    if fitted.by == GroupBy::Document && fitted.groups.len() > 1 {
        comment(
            &mut text,
            "Assumed: each document has instances of its own. One that ran several counts for each of them.",
        );
    }
    let mut number = 0;
    for (at, models) in shapes.values().enumerate() {
        for model in models {
            group(&mut text, model, fitted.is_plain, (number, &command_name(at)));
            number += 1;
        }
    }
    for (at, ((asked, is_windows), _)) in shapes.iter().enumerate() {
        command(&mut text, asked, *is_windows, &command_name(at));
    }
    check(&text).map(|()| text)
}

/// Reads it as every scenario is read.
fn check(text: &str) -> Result<(), Faults> {
    let no_file = |_: &std::path::Path| Err(io::Error::from(io::ErrorKind::NotFound));
    let source = Source { path: PathBuf::from("model.toml"), text: text.into() };
    scenario::load(source, &no_file).map(drop)
}

fn command_name(at: usize) -> String {
    format!("fitted-{}", at + 1)
}

fn is_windows(model: &Model) -> bool {
    model.platform == Some(Platform::Windows)
}

fn comment(text: &mut String, line: &str) {
    let plain: String = line.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let _ = writeln!(text, "# {plain}");
}

fn group(text: &mut String, model: &Model, is_plain: bool, (number, command): (usize, &str)) {
    let count = model.instances.clamp(1, LARGEST_FLEET);
    text.push('\n');
    let (seen, instances) = (model.invocations, model.instances);
    let what = if is_plain { "durations" } else { "invocations" };
    comment(text, &format!("{seen} {what}, {instances} instances."));
    let _ = writeln!(
        text,
        "[[group]]\nname = {}\ncount = {count}\nid_prefix = \"i-f{number}x\"",
        toml::text(&model.name)
    );
    match model.platform {
        Some(platform) => {
            let _ = writeln!(text, "platform = \"{platform:?}\"");
        }
        None => comment(text, "Assumed: the platform is Linux; the record does not tell."),
    }
    let own = model
        .tag
        .iter()
        .filter(|(key, _)| key != TAG)
        .map(|(key, value)| format!(", {} = {}", toml::text(key), toml::text(value)));
    let _ = writeln!(text, "tags = {{ {TAG} = {}{} }}", toml::text(command), own.collect::<String>());
    match &model.delivery {
        Delivery::Fitted(time) => {
            comment(text, &format!("Delivery: {}", said(time)));
            let _ = writeln!(text, "delivery = {}", toml::of_durations(&time.distribution));
        }
        Delivery::Unknown(why) => comment(text, &format!("Assumed: delivery takes its default time; {why}.")),
    }
    comment(text, &format!("Execution: {}", said(&model.execution)));
    let _ = writeln!(text, "execution = {}", toml::of_durations(&model.execution.distribution));
    match &model.slowness {
        Slow::Applied(slow) => {
            let (value, interval) = (slow.between.value, slow.between.interval);
            comment(
                text,
                &format!(
                    "Instances differ by a factor whose logarithm has the standard deviation {value:.4} ({:.4} to {:.4}), {} runs on {} instances.",
                    interval.low, interval.high, slow.runs, slow.instances
                ),
            );
            comment(text, "The execution above is that of an instance of average speed.");
            let _ = writeln!(text, "slowness = {}", toml::of_factors(&slow.factor));
        }
        Slow::Left(why) => {
            comment(text, &format!("Assumed: no instance is slower than another for good; {why}."));
        }
    }
    availability(text, model);
    outcomes(text, model);
}

fn availability(text: &mut String, model: &Model) {
    let kinds = [
        ("unreachable = true", &model.unreachable, "never reached"),
        ("terminated_at = \"1us\"", &model.gone, "gone"),
    ];
    let mut entries = Vec::new();
    for (field, share, word) in kinds {
        if let Some(chance) = share.share.filter(|_| share.happened > 0) {
            comment(text, &format!("{}: {word}.", counted(share)));
            entries.push(format!("{{ chance = {}, {field} }}", toml::chance(chance)));
        }
    }
    if entries.is_empty() {
        let share = &model.unreachable;
        comment(text, &format!("Assumed: all can be reached. {}.", none(share)));
    } else {
        let _ = writeln!(text, "availability = [{}]", entries.join(", "));
    }
}

fn outcomes(text: &mut String, model: &Model) {
    let mut entries = Vec::new();
    for outcome in &model.outcomes {
        let (field, word) = match outcome.kind {
            Kind::ExitCode(code) => (format!("exit_code = {code}"), format!("exit code {code}")),
            Kind::Hang => ("hang = true".into(), "hangs, until the execution time-out".into()),
            Kind::ReplyLost => ("reply_lost = true".into(), "begun, and no final reply".into()),
        };
        comment(text, &format!("{}: {word}.", counted(&outcome.share)));
        let own = outcome.execution.as_ref().map(|time| {
            comment(text, &format!("Its execution: {}", said(time)));
            format!(", execution = {}", toml::of_durations(&time.distribution))
        });
        let chance = toml::chance(outcome.share.share.unwrap_or_default());
        entries.push(format!("    {{ chance = {chance}, {field}{} }},\n", own.unwrap_or_default()));
    }
    if !entries.is_empty() {
        let _ = writeln!(text, "outcomes = [\n{}]", entries.concat());
    }
}

/// What was estimated, from how much, and how well it fits.
fn said(time: &Time) -> String {
    let mut said =
        format!("{}, from {} of which {} were seen to end", time.name, time.observations, time.ended);
    if let Some(goodness) = &time.goodness {
        let _ = write!(said, "; Kolmogorov-Smirnov distance {:.4}", goodness.distance);
    }
    if let Some(candidate) = time.candidate() {
        let parameters: Vec<String> = candidate.estimate.parameters.iter().map(parameter).collect();
        let _ = write!(said, "; {}", parameters.join(", "));
    }
    if let Some(coarse) = time.coarse {
        let _ = write!(said, "; times known to {}", SimDuration(coarse));
    }
    said + "."
}

fn parameter(parameter: &Parameter) -> String {
    let is_time = matches!(parameter.name, "mean" | "median" | "scale" | "min" | "by" | "slow median");
    let show = |value: f64| match is_time {
        true => format!("{:.6} s", value / 1e6),
        false => format!("{value:.4}"),
    };
    let (low, high) = (parameter.interval.low, parameter.interval.high);
    format!("{} {} ({} to {})", parameter.name, show(parameter.value), show(low), show(high))
}

fn counted(share: &Share) -> String {
    let (low, high) = (share.interval.low, share.interval.high);
    format!("{} of {} ({:.3} % to {:.3} % with 95 %)", share.happened, share.of, low * 100.0, high * 100.0)
}

fn none(share: &Share) -> String {
    match share.of {
        0 => "None was told".into(),
        of => {
            format!(
                "None of {of} was out of reach; up to {:.3} % would be no surprise",
                share.interval.high * 100.0
            )
        }
    }
}

/// What the `executionTimeout` of a script may be, in seconds (S5.11).
fn is_timeout(seconds: u32) -> bool {
    (1..=172_800).contains(&seconds)
}

fn command(text: &mut String, asked: &Asked, is_windows: bool, name: &str) {
    let document = if is_windows { "AWS-RunPowerShellScript" } else { "AWS-RunShellScript" };
    text.push('\n');
    match &asked.document {
        Some(recorded) if recorded == document => {}
        Some(recorded) => {
            comment(text, &format!("The record has {recorded}; one step of a script stands for all of it."));
        }
        None => comment(text, "Assumed: a script; the record does not tell the document."),
    }
    let _ = writeln!(
        text,
        "[[command]]\nname = {}\n[command.request]\nDocumentName = \"{document}\"",
        toml::text(name)
    );
    let _ = writeln!(text, "Targets = [{{ Key = \"tag:{TAG}\", Values = [{}] }}]", toml::text(name));
    let timeout = asked.execution_timeout.as_ref().filter(|text| text.parse().is_ok_and(is_timeout));
    let timeout = timeout.map(|seconds| format!(", executionTimeout = [{}]", toml::text(seconds)));
    comment(text, "Assumed: what the script does; times and outcomes are those of the groups.");
    let _ = writeln!(text, "Parameters = {{ commands = [\"true\"]{} }}", timeout.unwrap_or_default());
    let told = [("MaxConcurrency", &asked.max_concurrency), ("MaxErrors", &asked.max_errors)];
    for (field, value) in told {
        if let Some(value) = value {
            let _ = writeln!(text, "{field} = {}", toml::text(value));
        }
    }
    if let Some(seconds) = asked.timeout_seconds {
        let _ = writeln!(text, "TimeoutSeconds = {seconds}");
    }
    if asked.max_concurrency.is_none() {
        comment(text, "Assumed: MaxConcurrency 50 and MaxErrors 0, the defaults; the record does not tell.");
    }
}
