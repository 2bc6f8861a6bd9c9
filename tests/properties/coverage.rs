//! What occurred over many cases, so that the generator cannot go stale unseen.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use fleetsim::{history::Fact, scenario::Plan, ssm::StatusDetails as D};
use serde::Serialize;
use serde_json::Value;

use crate::{
    beyond,
    judge::{Evidence, rules},
};

/// What occurred, and how often.
#[derive(Default)]
pub(crate) struct Coverage {
    seen: BTreeMap<String, u64>,
}

impl Coverage {
    /// What occurred in one case.
    pub(crate) fn of(evidence: &Evidence) -> Self {
        let mut coverage = Self::default();
        coverage.add_plan(&evidence.plan);
        for record in &evidence.records {
            match record.fact {
                Fact::InvocationEnded { ending, .. } => {
                    coverage.note("ending", ending.state.details.name(), 1);
                }
                Fact::InvocationChanged { state, .. } => coverage.note("change", state.details.name(), 1),
                Fact::CommandChanged { state } => coverage.note("command change", state.details.name(), 1),
                Fact::CommandEnded { state, .. } => coverage.note("command", state.details.name(), 1),
                Fact::ThresholdExceeded { .. } => coverage.note("fact", "ThresholdExceeded", 1),
                Fact::AlarmTriggered { state } => coverage.note("alarm", state.name(), 1),
                Fact::Throttled { .. } => coverage.note("fact", "Throttled", 1),
                Fact::LateReply { .. } => coverage.note("fact", "LateReply", 1),
                Fact::Broken { .. } => coverage.note("fact", "Broken", 1),
                fact => coverage.add_far(&fact),
            }
        }
        for report in &evidence.reports {
            coverage.note("rule", report.rule, report.judged);
        }
        coverage
    }

    /// What is told of agents and messages.
    fn add_far(&mut self, fact: &Fact) {
        match fact {
            Fact::StepEnded { reply, .. } => self.note("step", &format!("{:?}", reply.status), 1),
            Fact::Accepted { queued, .. } => {
                self.note("accepted", if *queued { "queued" } else { "at once" }, 1);
            }
            Fact::Started { .. } => self.note("fact", "Started", 1),
            Fact::Released { .. } => self.note("fact", "Released", 1),
            Fact::Refused { .. } => self.note("fact", "Refused", 1),
            Fact::RebootBegan { .. } => self.note("fact", "RebootBegan", 1),
            Fact::RebootEnded { .. } => self.note("fact", "RebootEnded", 1),
            Fact::Published(notice) => {
                let kind = if notice.instance.is_some() { "of an invocation" } else { "of a command" };
                let again = if notice.again { ", again" } else { "" };
                self.note("published", &format!("{:?} {kind}{again}", notice.status), 1);
            }
            Fact::Arrived { duplicate, .. } => {
                self.note("arrived", if *duplicate { "again" } else { "once" }, 1);
            }
            Fact::Lost { .. } => self.note("fact", "Lost", 1),
            Fact::Attempted { parcel, attempt, throttled, answer } => {
                self.note("attempt", if *attempt > 1 { "again" } else { "first" }, 1);
                self.note("copy", if parcel.copy { "second" } else { "first" }, 1);
                self.note("throttled", if throttled.0 > 0 { "yes" } else { "no" }, 1);
                self.note("at once", &format!("{answer:?}"), 1);
            }
            Fact::Answered { answer, .. } => self.note("later", &format!("{answer:?}"), 1),
            Fact::Dropped { why, .. } => self.note("dropped", &format!("{why:?}"), 1),
            Fact::AgentChanged { change, .. } => self.note("agent", &format!("{change:?}"), 1),
            Fact::AgentNoted { note, .. } => self.note("noted", &format!("{note:?}"), 1),
            _ => {}
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        for (what, times) in other.seen {
            *self.seen.entry(what).or_default() += times;
        }
    }

    /// What should have occurred and did not.
    pub(crate) fn missing(&self) -> Vec<String> {
        expected().into_iter().filter(|what| self.seen.get(what).copied().unwrap_or(0) == 0).collect()
    }

    fn add_plan(&mut self, plan: &Plan) {
        let Value::Object(readings) = json(&plan.readings) else { unreachable!("readings are a table") };
        for (name, value) in readings {
            self.note(&name, &kind(&value), 1);
        }
        self.note("profile", &plan.profile, 1);
        for group in &plan.groups {
            for distribution in [&group.delivery, &group.execution].into_iter().chain(&group.reply) {
                self.note("distribution", &kind(&json(distribution)), 1);
            }
            for availability in &group.availability {
                self.note("availability", &kind(&json(&availability.state)), 1);
            }
            for outcome in &group.outcomes {
                self.note("outcome", &text(&json(&outcome.result)), 1);
            }
        }
    }

    fn note(&mut self, of: &str, what: &str, times: u64) {
        *self.seen.entry(format!("{of} {what}")).or_default() += times;
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.seen.iter().try_for_each(|(what, times)| writeln!(f, "{times:>12}  {what}"))
    }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("it is JSON")
}

/// The name of a variant: the text itself, or the only key of a table.
fn kind(value: &Value) -> String {
    match value {
        Value::Object(table) => table.keys().next().cloned().unwrap_or_default(),
        value => text(value),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// Every kind of thing that a run of the default number of cases must have met.
fn expected() -> BTreeSet<String> {
    let table: [(&str, &[&str]); 28] = [
        ("profile", &["api", "console", "literal-docs", "legacy-2018"]),
        ("slow_start", &["double", "window", "jump", "off"]),
        ("gate", &["ack", "complete"]),
        ("unanswered_grace", &["wait", "0s", "1s", "30s"]),
        ("dispatch_order", &["random", "listed"]),
        ("concurrency_rounding", &["ceil", "floor", "half-up"]),
        ("errors_rounding", &["ceil", "floor", "half-up"]),
        ("error_boundary", &["beyond", "automation-doc"]),
        ("execution_timed_out_counts", &["true", "false"]),
        ("failed_rule", &["more-than", "at-least"]),
        ("delivery_timed_out_rule", &["more-than", "at-least"]),
        ("command_execution_timed_out", &["true", "false"]),
        ("tolerated_failures", &["incomplete", "success"]),
        ("neutral_with_success", &["success", "incomplete", "ignore"]),
        ("timeout_meaning", &["total", "delivery-then-execution"]),
        ("cancel_unanswered", &["cancelled", "delivery-timed-out"]),
        ("agent_runs_expired", &["true", "false"]),
        ("no_instances_status", &["Success", "Failed"]),
        ("incomplete_status", &["Success", "Failed"]),
        ("terminated_status", &["Cancelled", "Failed"]),
        ("invalid_platform_status", &["Cancelled", "Failed"]),
        ("access_denied_status", &["Cancelled", "Failed"]),
        ("availability", &["unreachable", "reachable-from", "stopped-at", "terminated-at"]),
        ("outcome", &["hang", "reply-lost", "stopped", "terminated"]),
        ("change", &["InProgress", "Delayed", "Cancelling"]),
        ("command change", &["InProgress", "Delayed", "Cancelling"]),
        ("fact", &["ThresholdExceeded", "LateReply", "Broken"]),
        ("distribution", DISTRIBUTIONS),
    ];
    let named =
        |(of, whats): (&str, &[&str])| whats.iter().map(|what| format!("{of} {what}")).collect::<Vec<_>>();
    let codes = [0, 1, 3, 137, -1, 168, 169].map(|code| format!("outcome {{\"exit\":{code}}}"));
    let endings = D::INVOCATION_ENDINGS.map(|details| format!("ending {}", details.name()));
    let commands = [
        D::Success,
        D::Failed,
        D::Cancelled,
        D::DeliveryTimedOut,
        D::ExecutionTimedOut,
        D::Incomplete,
        D::NoInstancesInTag,
    ]
    .map(|details| format!("command {}", details.name()));
    let plan = crate::common::plan(Vec::new(), crate::common::command(&["a"], "1", "0"));
    let is_met = |rule: &str| match rule {
        "steps" | "agents" | "reboots" => beyond::AGENTS,
        "publications" | "arrivals" | "attempts" | "deliveries" => beyond::NOTIFICATIONS,
        _ => true,
    };
    let rules = rules(&plan, &[]).into_iter().map(|report| report.rule).filter(|rule| is_met(rule));
    let rules = rules.map(|rule| format!("rule {rule}"));
    let far = [(beyond::AGENTS, AGENTS), (beyond::NOTIFICATIONS, MAIL)];
    let far = far.into_iter().filter(|(is_on, _)| *is_on).flat_map(|(_, table)| table).copied();
    let all = table.into_iter().chain(far).flat_map(named);
    all.chain(codes).chain(endings).chain(commands).chain(rules).collect()
}

/// What plans with steps, reboots and shared agents must have met.
const AGENTS: &[(&str, &[&str])] = &[
    ("availability", &["alternating"]),
    ("step", &["Success", "Failed", "TimedOut", "Cancelled", "Skipped", "SuccessAndReboot"]),
    ("accepted", &["queued", "at once"]),
    ("fact", &["Started", "Released", "Refused", "RebootBegan", "RebootEnded", "Throttled"]),
    ("agent", &["Disconnected", "Connected", "ConnectionLost", "Online", "Crashed", "Restarted"]),
    ("command", &["LimitExceeded"]),
    ("noted", &["Duplicate", "Kept", "Resent", "Dropped", "AcknowledgedAgain", "Deaf", "ExecutedAgain"]),
];

/// What plans with topics must have met.
const MAIL: &[(&str, &[&str])] = &[
    (
        "published",
        &[
            "InProgress of a command",
            "Success of a command",
            "TimedOut of a command",
            "Cancelled of a command",
            "Failed of a command",
            "InProgress of an invocation",
            "Success of an invocation",
            "TimedOut of an invocation",
            "Cancelled of an invocation",
            "Failed of an invocation",
            "InProgress of a command, again",
            "Success of an invocation, again",
        ],
    ),
    ("arrived", &["once", "again"]),
    ("fact", &["Lost"]),
    ("attempt", &["first", "again"]),
    ("copy", &["first", "second"]),
    ("throttled", &["yes", "no"]),
    ("at once", &["None", "Some(Status(200))", "Some(Status(404))", "Some(Status(503))", "Some(Refused)"]),
    ("later", &["Status(200)", "Status(404)", "TimedOut", "Hung"]),
    ("dropped", &["Unconfirmed", "FilteredOut", "DeadLettered", "Discarded", "Redriven", "Expired"]),
];

const DISTRIBUTIONS: &[&str] = &[
    "constant",
    "uniform",
    "exponential",
    "lognormal",
    "gamma",
    "weibull",
    "pareto",
    "values",
    "quantiles",
    "mixture",
    "shifted",
    "truncated",
];
