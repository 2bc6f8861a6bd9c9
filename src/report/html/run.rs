//! The page of a run.

use maud::{Markup, html};

use super::{
    belief::Beliefs,
    fleet::Way,
    latency,
    page::{self, Picture},
    spread::{self, Subject},
    traffic,
};
use crate::{
    check::Judgement,
    ensemble::Ensemble,
    measure::Course,
    report::{
        estimates, events, human, rows,
        summary::{CommandSummary, Summary},
        uploads,
    },
    scenario::{Plan, threshold::Metric},
};

/// The page of a run: `course` is that of the replication with the index `replication`.
pub fn render(
    plan: &Plan,
    summary: &Summary,
    ensemble: &Ensemble,
    course: &Course,
    replication: u64,
) -> String {
    let several = summary.commands.len() > 1;
    let body = html! {
        (head(summary))
        @for (at, command) in summary.commands.iter().enumerate() {
            section {
                h2 { (command.heading(several)) }
                ul { @for sentence in &command.story { li { (sentence) } } }
                (page::gallery(at, &pictures(plan, ensemble, course, replication, at)))
                (tables(summary, command))
            }
        }
        (events(plan, summary, ensemble, course, replication))
        (faults(summary))
        (polling(summary))
        (outputs(summary))
        (thresholds(summary))
        (rules(summary))
        (assumptions(summary))
        p.quiet { "Made by fleetsim " (env!("CARGO_PKG_VERSION")) ". Digest " code { (summary.digest) } }
    };
    page::page(&summary.scenario, &body)
}

/// What the heading says of a run.
fn head(summary: &Summary) -> Markup {
    let missed = summary.thresholds.iter().filter(|threshold| threshold.met == Some(false)).count();
    let unknown = summary.thresholds.iter().filter(|threshold| threshold.met.is_none()).count();
    let all = summary.thresholds.len();
    html! {
        h1 { (summary.scenario) }
        p { (summary.description) }
        ul.chips {
            @for command in &summary.commands {
                @for (status, count) in command.ends() {
                    li { @if summary.commands.len() > 1 { (command.name) ": " } (status) @if summary.replications > 1 { " × " (human::count(count)) } }
                }
            }
            @if all > 0 && missed > 0 { li.bad { (missed) " of " (all) " thresholds missed" } }
            @if all > 0 && missed == 0 && unknown == 0 { li.good { @if all == 1 { "the threshold met" } @else { "all " (all) " thresholds met" } } }
            @if missed == 0 && unknown > 0 { li.bad { (unknown) " of " (all) " thresholds unknown" } }
            @match summary.verdict {
                Some(Judgement::Valid) => li.good { "every rule valid" },
                Some(verdict) => li.bad { "rules: " (rows::word(verdict)) },
                None => li { "rules not checked" },
            }
        }
        @for remark in rows::remarks(summary) { p { (remark) } }
        p.quiet {
            (human::count(summary.replications)) " replication" @if summary.replications != 1 { "s" }
            ", seed " (summary.seed) ", profile " (summary.profile) ", from " (summary.start)
        }
    }
}

fn pictures(
    plan: &Plan,
    ensemble: &Ensemble,
    course: &Course,
    replication: u64,
    command: usize,
) -> Vec<Picture> {
    let mut pictures: Vec<_> = of_one(plan, course, command)
        .into_iter()
        .map(|picture| of_replication(replication, picture))
        .collect();
    pictures.extend(of_all(plan, ensemble, command));
    pictures
}

/// A picture of one replication alone, which it says.
fn of_replication(replication: u64, picture: Picture) -> Picture {
    Picture { description: format!("Replication {replication}. {}", picture.description), ..picture }
}

/// The pictures of all replications together.
fn of_all(plan: &Plan, ensemble: &Ensemble, command: usize) -> Vec<Picture> {
    let over = |subject: Subject, metric: Metric| {
        ensemble.commands[command].sample(metric).and_then(|sample| spread::picture(subject, sample))
    };
    let makespan = Subject { title: "Makespan over replications", name: "makespan", is_time: true };
    let broken =
        Subject { title: "Blast radius over replications", name: "broken instances", is_time: false };
    let latencies = &ensemble.latencies[command];
    let pictures = [
        over(makespan, Metric::Makespan),
        over(broken, Metric::Broken),
        latency::stages(latencies),
        latency::notifications(&subscriptions(plan, command), latencies),
    ];
    pictures.into_iter().flatten().collect()
}

/// The pictures of one replication.
fn of_one(plan: &Plan, course: &Course, index: usize) -> Vec<Picture> {
    let mut pictures = Vec::new();
    if let Some(way) = Way::new(plan, course, index) {
        pictures.extend([way.fleet(), way.in_flight()]);
    }
    let command = &plan.commands[index];
    let kind = command.notification.as_ref().map(|notification| notification.kind).unwrap_or_default();
    let beliefs = course
        .beliefs(index)
        .and_then(|spans| Beliefs::new(command.at, kind, subscriptions(plan, index), spans));
    if let Some(beliefs) = beliefs {
        pictures.extend([beliefs.under_way(), beliefs.wrong()]);
        pictures.extend(beliefs.backlog());
    }
    pictures
}

fn subscriptions(plan: &Plan, command: usize) -> Vec<String> {
    plan.subscriptions(&plan.commands[command]).iter().map(|one| one.name.clone()).collect()
}

fn tables(summary: &Summary, command: &CommandSummary) -> Markup {
    let metrics = (summary.replications > 1).then(|| rows::metrics(command));
    let shared = [
        Some(rows::endings(command, summary.replications)),
        metrics,
        Some(estimates::spans(command)),
        Some(estimates::chances(command)),
        Some(rows::stages(command, summary.replications)),
        Some(rows::receptions(command)),
        Some(rows::deliveries(command)),
        Some(rows::consumers(command)),
        Some(rows::latencies(command)),
    ];
    html! { div.tables { @for table in shared.into_iter().flatten() { (page::table(&page::shared(table))) } } }
}

fn events(plan: &Plan, summary: &Summary, ensemble: &Ensemble, course: &Course, replication: u64) -> Markup {
    let over_time = course.traffic.as_ref().and_then(traffic::picture);
    let delays = plan.events.as_ref().zip(ensemble.events.as_ref());
    let delays = delays.and_then(|(events, totals)| latency::targets(events, totals));
    let over_time = over_time.map(|picture| of_replication(replication, picture));
    let pictures: Vec<_> = over_time.into_iter().chain(delays).collect();
    html! {
        @if let Some(events) = &summary.events {
            section {
                h2 { "EventBridge: " (human::count(events.emitted)) " events" }
                ul { @for sentence in &events.story { li { (sentence) } } }
                (page::gallery(summary.commands.len(), &pictures))
                div.tables {
                    @for table in [events::counts(events), events::commands(events), events::actions(events)] {
                        @if !table.1.is_empty() { (page::table(&page::shared(table))) }
                    }
                }
            }
        }
    }
}

fn faults(summary: &Summary) -> Markup {
    html! {
        @if let Some(faults) = &summary.faults {
            section.text {
                h2 { "Faults" }
                ul { @for sentence in &faults.story { li { (sentence) } } }
            }
        }
    }
}

fn polling(summary: &Summary) -> Markup {
    html! {
        @if let Some(polling) = &summary.polling {
            section.text {
                h2 { "Polling" }
                ul { @for sentence in &polling.story { li { (sentence) } } }
            }
        }
    }
}

fn outputs(summary: &Summary) -> Markup {
    html! {
        @if let Some(uploads) = &summary.uploads {
            section.text {
                h2 { "Outputs" }
                ul { @for sentence in &uploads.story { li { (sentence) } } }
                (page::table(&page::shared(uploads::stores(uploads))))
            }
        }
    }
}

fn thresholds(summary: &Summary) -> Markup {
    html! {
        @if !summary.thresholds.is_empty() {
            section.text { h2 { "Thresholds" } (page::table(&page::shared(rows::thresholds(summary)))) }
        }
    }
}

fn rules(summary: &Summary) -> Markup {
    html! {
        @if summary.verdict.is_some() {
            section.text {
                h2 { "Rules" }
                p { (human::count(summary.checked_replications)) " of " (human::count(summary.replications)) " replications checked" }
                ul { @for objection in rows::objections(&summary.rules, &summary.start) { li.bad { (objection) } } }
                (page::table(&page::shared(rows::rules(&summary.rules))))
            }
        }
    }
}

fn assumptions(summary: &Summary) -> Markup {
    html! {
        @if !summary.assumptions.is_empty() {
            section {
                h2 { "Assumptions" }
                ul { @for one in &summary.assumptions { li { strong { (one.point) } " " (one.text) } } }
            }
        }
    }
}
