//! The good stories of steps, agents and messages, spoiled in one way each: each fails exactly the rules named.

use fleetsim::{
    base::{Chance, SimDuration},
    history::{Ending, Fact, Notice, Record, StepReply},
    ssm::{InvocationState, InvocationStatus, NotifiedStatus as N, StatusDetails as D, StepStatus as S},
};

use crate::{
    far_tales::{notice, notified, shared_agent, stepwise},
    story::{Story, complaints, objectors, seconds_on},
};

type Spoil = fn(&mut Story);

/// What is spoiled, how, and the rules that must object.
type Row = (&'static str, Spoil, &'static [&'static str]);

/// Whether some row expects this rule to object.
pub(crate) fn is_expected(rule: &str) -> bool {
    [STEPS, REBOOTS, AGENTS, PUBLICATIONS, ARRIVALS]
        .iter()
        .copied()
        .flatten()
        .any(|(.., expected)| expected.contains(&rule))
}

fn place(story: &Story, wanted: impl Fn(&Record) -> bool) -> usize {
    story.records.iter().position(wanted).expect("a record to spoil")
}

fn of_fact(wanted: Fact) -> impl Fn(&Record) -> bool {
    move |record| record.fact == wanted
}

/// Of a command at a second: the first fact that `wanted` picks.
fn then(command: u32, second: u64, wanted: fn(&Fact) -> bool) -> impl Fn(&Record) -> bool {
    move |record| record.command == command && record.time == seconds_on(second) && wanted(&record.fact)
}

fn drop_one(story: &mut Story, wanted: impl Fn(&Record) -> bool) {
    let at = place(story, wanted);
    story.records.remove(at);
}

fn double(story: &mut Story, wanted: impl Fn(&Record) -> bool) {
    let at = place(story, wanted);
    story.records.insert(at, story.records[at]);
}

/// Puts a record before the one in front of it.
fn swap(story: &mut Story, wanted: impl Fn(&Record) -> bool) {
    let at = place(story, wanted);
    story.records.swap(at - 1, at);
}

fn change(story: &mut Story, wanted: impl Fn(&Record) -> bool, change: impl Fn(&mut Record)) {
    let at = place(story, wanted);
    change(&mut story.records[at]);
}

fn is_step(instance: u32, step: u32) -> impl Fn(&Record) -> bool {
    move |record| matches!(record.fact, Fact::StepEnded { instance: i, step: s, .. } if (i, s) == (instance, step))
}

/// Changes the reply about a step; the last one about it.
fn reply(story: &mut Story, instance: u32, step: u32, change: impl Fn(&mut StepReply)) {
    let wanted = is_step(instance, step);
    let record = story.records.iter_mut().rfind(|record| wanted(record)).expect("a reply");
    if let Fact::StepEnded { reply, .. } = &mut record.fact {
        change(reply);
    }
}

fn ending(story: &mut Story, of: u32, change: impl Fn(&mut Ending)) {
    let is_one = |record: &&mut Record| matches!(record.fact, Fact::InvocationEnded { instance, .. } if instance == of);
    let record = story.records.iter_mut().find(is_one).expect("an ending");
    if let Fact::InvocationEnded { ending, .. } = &mut record.fact {
        change(ending);
    }
}

fn check(tale: fn() -> Story, rows: &[Row]) {
    let mut wrong = Vec::new();
    for (name, spoil, expected) in rows {
        let mut story = tale();
        spoil(&mut story);
        let reports = story.judge();
        if objectors(&reports) != *expected {
            wrong.push(format!("{name}: expected {expected:?}, but\n{}", complaints(&reports)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const TIMED_OUT: InvocationState =
    InvocationState { status: InvocationStatus::TimedOut, details: D::ExecutionTimedOut };

const STEPS: &[Row] = &[
    ("drop a reply", |story| drop_one(story, is_step(1, 3)), &["steps"]),
    ("drop the last reply", |story| drop_one(story, is_step(1, 5)), &["steps"]),
    ("drop a skipped step", |story| drop_one(story, is_step(1, 1)), &["steps"]),
    ("drop the reply before a reboot", |story| drop_one(story, is_step(0, 2)), &["steps"]),
    ("double a reply", |story| double(story, is_step(1, 3)), &["steps"]),
    ("double the reply before a reboot", |story| double(story, is_step(0, 2)), &["steps"]),
    ("swap two replies", |story| swap(story, is_step(1, 2)), &["steps"]),
    (
        "a skipped step told too early",
        |story| change(story, is_step(1, 1), |record| record.time = seconds_on(21)),
        &["steps"],
    ),
    (
        "the last reply told before the final one",
        |story| change(story, is_step(1, 5), |record| record.time = seconds_on(29)),
        &["steps"],
    ),
    (
        "a reply after the final one",
        |story| {
            let (from, to) = (place(story, is_step(0, 2)), place(story, is_step(1, 5)) + 2);
            let reply = Record { time: seconds_on(30), ..story.records[from] };
            let Fact::StepEnded { step, reply, .. } = reply.fact else { unreachable!() };
            let fact = Fact::StepEnded {
                instance: 1,
                step,
                reply: StepReply { status: S::Success, response_code: 0, ..reply },
            };
            story.records.insert(to, Record { time: seconds_on(30), command: 0, fact });
        },
        &["steps"],
    ),
    (
        "skipped although it fits",
        |story| {
            reply(story, 1, 0, |reply| {
                (reply.status, reply.response_code) = (S::Skipped, -1);
                (reply.started, reply.elapsed) = (seconds_on(12), SimDuration::ZERO);
            })
        },
        &["steps"],
    ),
    (
        "run on another platform",
        |story| reply(story, 1, 1, |reply| (reply.status, reply.response_code) = (S::Success, 0)),
        &["steps"],
    ),
    (
        "run after the document has ended",
        |story| reply(story, 0, 4, |reply| (reply.status, reply.response_code) = (S::Success, 0)),
        &["steps"],
    ),
    (
        "the last step does not always run",
        |story| reply(story, 0, 5, |reply| (reply.status, reply.response_code) = (S::Skipped, -1)),
        &["steps"],
    ),
    ("cancelled by nobody", |story| reply(story, 0, 4, |reply| reply.status = S::Cancelled), &["steps"]),
    ("a code that does not fit", |story| reply(story, 1, 3, |reply| reply.response_code = 1), &["steps"]),
    (
        "a reboot by the code of another platform",
        |story| {
            let at = place(story, is_step(0, 2));
            if let Fact::StepEnded { reply, .. } = &mut story.records[at].fact {
                reply.response_code = 3010;
            }
        },
        &["steps"],
    ),
    (
        "began before the step before it ended",
        |story| reply(story, 1, 3, |reply| reply.started = seconds_on(21)),
        &["steps"],
    ),
    (
        "longer than it took",
        |story| reply(story, 1, 3, |reply| reply.elapsed = SimDuration::from_secs(6)),
        &["steps"],
    ),
    (
        "timed out too early",
        |story| reply(story, 1, 4, |reply| (reply.status, reply.response_code) = (S::TimedOut, 137)),
        &["steps"],
    ),
    (
        "another sum",
        |story| ending(story, 0, |ending| (ending.state, ending.response_code) = (TIMED_OUT, 137)),
        &["steps"],
    ),
    ("the code of another step", |story| ending(story, 0, |ending| ending.response_code = 1), &["steps"]),
    (
        "begins with its second step",
        |story| {
            ending(story, 1, |ending| {
                (ending.started, ending.elapsed) = (Some(seconds_on(12)), Some(SimDuration::from_secs(18)));
            })
        },
        &["steps"],
    ),
    (
        "ends before its last step",
        |story| ending(story, 1, |ending| ending.elapsed = Some(SimDuration::from_secs(26))),
        &["steps"],
    ),
    (
        "a step that the document does not have",
        |story| {
            change(story, is_step(1, 5), |record| {
                if let Fact::StepEnded { step, .. } = &mut record.fact {
                    *step = 6;
                }
            })
        },
        &["order", "steps"],
    ),
    (
        "a step of an invocation never sent",
        |story| drop_one(story, of_fact(Fact::Sent { instance: 1 })),
        &["invocation-states", "work-conservation"],
    ),
];

#[test]
fn spoiled_steps() {
    check(stepwise, STEPS);
}

const REBOOTS: &[Row] = &[
    ("drop the beginning", |story| drop_one(story, of_fact(Fact::RebootBegan { instance: 0 })), &["reboots"]),
    ("drop the end", |story| drop_one(story, of_fact(Fact::RebootEnded { instance: 0 })), &["reboots"]),
    (
        "double the beginning",
        |story| double(story, of_fact(Fact::RebootBegan { instance: 0 })),
        &["steps", "reboots"],
    ),
    ("double the end", |story| double(story, of_fact(Fact::RebootEnded { instance: 0 })), &["reboots"]),
    (
        "too short",
        |story| {
            change(story, of_fact(Fact::RebootEnded { instance: 0 }), |record| {
                record.time = seconds_on(95);
            })
        },
        &["reboots"],
    ),
    (
        "of an instance that is no target",
        |story| {
            change(story, of_fact(Fact::RebootBegan { instance: 0 }), |record| {
                record.fact = Fact::RebootBegan { instance: 7 };
            })
        },
        &["order", "reboots"],
    ),
    (
        "before the step that asked for it has ended",
        |story| {
            change(story, of_fact(Fact::RebootBegan { instance: 0 }), |record| {
                record.time = seconds_on(20);
            })
        },
        &["reboots"],
    ),
    ("that no step can ask for", |story| story.plan.groups[0].steps.clear(), &["reboots"]),
    (
        "the step runs again before it is over",
        |story| {
            reply(story, 0, 2, |reply| {
                reply.started = seconds_on(97);
                reply.elapsed = SimDuration::from_secs(13);
            });
        },
        &["reboots"],
    ),
    (
        "the invocation is Delayed meanwhile",
        |story| {
            let at = place(story, of_fact(Fact::RebootEnded { instance: 0 }));
            let state = |status, details| Fact::InvocationChanged {
                instance: 0,
                state: InvocationState { status, details },
            };
            let told = |second, fact| Record { time: seconds_on(second), command: 0, fact };
            let back = state(InvocationStatus::InProgress, D::InProgress);
            story.records.insert(at + 1, told(100, back));
            story.records.insert(at, told(40, state(InvocationStatus::Delayed, D::Delayed)));
        },
        &["reboots"],
    ),
];

#[test]
fn spoiled_reboots() {
    check(stepwise, REBOOTS);
}

const AGENTS: &[Row] = &[
    ("drop an acceptance", |story| drop_one(story, then(1, 3, is_accepted)), &["agents"]),
    ("drop a start", |story| drop_one(story, then(1, 20, is_started)), &["agents"]),
    ("drop a release", |story| drop_one(story, then(0, 20, is_released)), &["agents"]),
    ("drop the last release", |story| drop_one(story, then(2, 50, is_released)), &["agents"]),
    ("double an acceptance", |story| double(story, then(0, 1, is_accepted)), &["agents"]),
    ("double a start", |story| double(story, then(1, 20, is_started)), &["agents"]),
    ("double a release", |story| double(story, then(0, 20, is_released)), &["agents"]),
    ("double a refusal", |story| double(story, then(2, 16, is_refused)), &["agents"]),
    ("one too many running", |story| swap(story, then(1, 20, is_started)), &["agents"]),
    (
        "queued although a worker is free",
        |story| {
            change(story, then(0, 1, is_accepted), |record| {
                record.fact = Fact::Accepted { instance: 0, queued: true };
            })
        },
        &["agents"],
    ),
    (
        "run although no worker is free",
        |story| {
            change(story, then(1, 3, is_accepted), |record| {
                record.fact = Fact::Accepted { instance: 0, queued: false };
            })
        },
        &["agents"],
    ),
    ("accepted although the buffer is full", |story| story.plan.groups[0].agent.workers = 0, &["agents"]),
    ("refused although there is room", |story| story.plan.groups[0].agent.buffer = 2, &["agents"]),
    (
        "refused, but not Delayed",
        |story| {
            drop_one(story, then(2, 5, |fact| matches!(fact, Fact::InvocationChanged { .. })));
            drop_one(story, then(2, 5, |fact| matches!(fact, Fact::CommandChanged { .. })));
            drop_one(story, then(2, 38, |fact| matches!(fact, Fact::CommandChanged { .. })));
        },
        &["agents"],
    ),
    (
        "sent again after ten seconds, without a delivery",
        |story| change(story, then(2, 16, is_refused), |record| record.time = seconds_on(15)),
        &["agents"],
    ),
    (
        "sent again too soon the second time",
        |story| {
            let early = |record: &&mut Record| record.time == seconds_on(38);
            story.records.iter_mut().filter(early).for_each(|record| record.time = seconds_on(36));
        },
        &["agents"],
    ),
    (
        "a worker idle for a moment",
        |story| {
            let at = place(story, then(1, 20, is_started));
            let late = Record { time: seconds_on(20) + SimDuration::UNIT, ..story.records.remove(at) };
            let next = place(story, then(3, 21, |_| true));
            story.records.insert(next, late);
            let begins = |record: &mut Record| match &mut record.fact {
                Fact::InvocationEnded { ending, .. } => {
                    ending.started = Some(seconds_on(20) + SimDuration::UNIT);
                    ending.elapsed = Some(SimDuration(10_000_000 - 1));
                }
                _ => unreachable!(),
            };
            change(story, then(1, 30, |fact| matches!(fact, Fact::InvocationEnded { .. })), begins);
        },
        &["agents"],
    ),
    (
        "begun while it waited",
        |story| {
            change(story, then(1, 30, |fact| matches!(fact, Fact::InvocationEnded { .. })), |record| {
                if let Fact::InvocationEnded { ending, .. } = &mut record.fact {
                    ending.started = Some(seconds_on(3));
                    ending.elapsed = Some(SimDuration::from_secs(27));
                }
            })
        },
        &["agents"],
    ),
    (
        "a reply while it runs",
        |story| {
            let at = place(story, then(3, 50, is_released));
            let late = Record { time: seconds_on(51), ..story.records.remove(at) };
            let dropped = place(story, then(2, 50, is_released));
            let other = Record { time: seconds_on(51), ..story.records.remove(dropped) };
            let end = place(story, then(2, 164, |_| true));
            story.records.splice(end..end, [late, other]);
        },
        &["agents"],
    ),
    (
        "dropped before its turn",
        |story| {
            let at = place(story, then(2, 50, is_released));
            let early = Record { time: seconds_on(45), ..story.records.remove(at) };
            let next = place(story, then(3, 50, is_released));
            story.records.insert(next, early);
        },
        &["agents"],
    ),
    (
        "a reply to what was dropped",
        |story| {
            let at = place(story, then(2, 164, |_| true));
            if let Fact::InvocationEnded { ending, .. } = &mut story.records[at].fact {
                ending.response_code = 137;
                ending.elapsed = Some(SimDuration::from_secs(10));
            }
        },
        &["agents"],
    ),
    (
        "dropped for nothing",
        |story| {
            drop_one(story, then(2, 40, |fact| matches!(fact, Fact::CancelRequested { .. })));
        },
        &["cancel", "roll-up", "agents"],
    ),
    ("told of agents that are never busy", |story| story.plan.groups[0].agent.workers = 4, &["agents"]),
    (
        "never sent",
        |story| drop_one(story, then(3, 21, |fact| matches!(fact, Fact::Sent { .. }))),
        &["invocation-states", "command-states", "work-conservation"],
    ),
];

#[test]
fn spoiled_agents() {
    check(shared_agent, AGENTS);
}

fn is_accepted(fact: &Fact) -> bool {
    matches!(fact, Fact::Accepted { .. })
}

fn is_started(fact: &Fact) -> bool {
    matches!(fact, Fact::Started { .. })
}

fn is_released(fact: &Fact) -> bool {
    matches!(fact, Fact::Released { .. })
}

fn is_refused(fact: &Fact) -> bool {
    matches!(fact, Fact::Refused { .. })
}

fn is_published(fact: &Fact) -> bool {
    matches!(fact, Fact::Published(_))
}

fn is_arrived(fact: &Fact) -> bool {
    matches!(fact, Fact::Arrived { .. })
}

fn is_lost(fact: &Fact) -> bool {
    matches!(fact, Fact::Lost { .. })
}

fn arrival(
    story: &mut Story,
    wanted: impl Fn(&Record) -> bool,
    spoil: impl Fn(&mut Notice, &mut u32, &mut bool, &mut u64),
) {
    change(story, wanted, |record| {
        if let Fact::Arrived { notice, subscription, duplicate, published } = &mut record.fact {
            spoil(notice, subscription, duplicate, &mut published.0);
        }
    });
}

const PUBLICATIONS: &[Row] = &[
    ("drop a publication", |story| drop_one(story, then(0, 9, is_published)), &["publications"]),
    ("drop the command's", |story| drop_one(story, then(1, 3, is_published)), &["publications"]),
    ("double a publication", |story| double(story, then(0, 9, is_published)), &["publications"]),
    ("before the change", |story| swap(story, then(0, 9, is_published)), &["publications"]),
    (
        "a moment late",
        |story| {
            let at = place(story, then(0, 9, is_published));
            let late = Record { time: seconds_on(9) + SimDuration::UNIT, ..story.records.remove(at) };
            story.records.insert(at + 1, late);
        },
        &["publications"],
    ),
    (
        "another status",
        |story| {
            change(story, then(0, 9, is_published), |record| {
                record.fact = Fact::Published(notice(0, N::Failed));
            })
        },
        &["publications"],
    ),
    (
        "of the command, where invocations are asked for",
        |story| {
            let told = Notice { instance: None, status: N::Success, again: false };
            story.records.push(Record { time: seconds_on(20), command: 0, fact: Fact::Published(told) });
        },
        &["publications"],
    ),
    (
        "an event that is not asked for",
        |story| {
            let told = Notice { instance: None, status: N::Success, again: false };
            story.records.push(Record { time: seconds_on(20), command: 1, fact: Fact::Published(told) });
        },
        &["publications"],
    ),
    (
        "again, where nothing is published twice",
        |story| story.plan.topics[0].published_twice = Chance(0),
        &["publications"],
    ),
    (
        "again before the first time",
        |story| {
            swap(story, |record| {
                record.fact == Fact::Published(Notice { again: true, ..notice(0, N::InProgress) })
            })
        },
        &["publications"],
    ),
    (
        "again twice",
        |story| {
            double(story, |record| {
                record.fact == Fact::Published(Notice { again: true, ..notice(0, N::InProgress) })
            })
        },
        &["publications"],
    ),
    (
        "of an instance that is no target",
        |story| {
            change(story, then(0, 9, is_published), |record| {
                record.fact = Fact::Published(notice(7, N::Success));
            })
        },
        &["order", "publications"],
    ),
];

#[test]
fn spoiled_publications() {
    check(notified, PUBLICATIONS);
}

#[test]
fn notifications_that_nobody_asked_for() {
    // S9.1: one fault, though the messages arrive.
    let mut story = notified();
    story.plan.commands[1].notification = None;
    let told =
        |record: &Record| record.command == 1 && (is_published(&record.fact) || is_arrived(&record.fact));
    let publication = *story.records.iter().find(|record| told(record)).expect("a publication");
    story.records.retain(|record| !told(record));
    assert!(story.objectors().is_empty());
    let at = place(&story, |record| record.time > publication.time);
    story.records.insert(at, publication);
    assert_eq!(story.objectors(), ["publications"]);
}

const ARRIVALS: &[Row] = &[
    ("drop an arrival", |story| drop_one(story, then(0, 10, is_arrived)), &["arrivals"]),
    ("drop a loss", |story| drop_one(story, then(0, 1, is_lost)), &["arrivals"]),
    ("double an arrival", |story| double(story, then(1, 11, is_arrived)), &["arrivals"]),
    ("double a duplicate", |story| double(story, then(0, 3, is_arrived)), &["arrivals"]),
    ("double a loss", |story| double(story, then(0, 1, is_lost)), &["arrivals"]),
    (
        "before the publication",
        |story| {
            let at = place(story, then(0, 10, is_arrived));
            let early = Record { time: seconds_on(8), ..story.records.remove(at) };
            let end = place(story, then(0, 9, |_| true));
            story.records.insert(end, early);
        },
        &["arrivals"],
    ),
    (
        "in the instant of the publication",
        |story| {
            let at = place(story, then(0, 10, is_arrived));
            let early = Record { time: seconds_on(9), ..story.records.remove(at) };
            story.records.insert(at, early);
        },
        &["arrivals"],
    ),
    (
        "without a publication",
        |story| arrival(story, then(0, 10, is_arrived), |notice, _, _, _| notice.status = N::Failed),
        &["arrivals"],
    ),
    (
        "another time of publication",
        |story| arrival(story, then(0, 10, is_arrived), |_, _, _, published| *published += 1),
        &["arrivals"],
    ),
    (
        "the second time not marked",
        |story| arrival(story, then(0, 3, is_arrived), |_, _, duplicate, _| *duplicate = false),
        &["arrivals"],
    ),
    (
        "the first time marked",
        |story| arrival(story, then(0, 10, is_arrived), |_, _, duplicate, _| *duplicate = true),
        &["arrivals"],
    ),
    (
        "marked where nothing is doubled",
        |story| arrival(story, then(0, 11, is_arrived), |_, _, duplicate, _| *duplicate = true),
        &["arrivals"],
    ),
    (
        "doubled by chance zero",
        |story| story.plan.topics[0].subscriptions[0].duplicate = Chance(0),
        &["arrivals"],
    ),
    ("lost by chance zero", |story| story.plan.topics[0].subscriptions[1].loss = Chance(0), &["arrivals"]),
    (
        "lost and arrived",
        |story| {
            let at = place(story, then(0, 1, is_lost));
            let fact = Fact::Lost { notice: notice(0, N::InProgress), subscription: 1 };
            story.records.insert(at, Record { fact, ..story.records[at] });
        },
        &["arrivals"],
    ),
    (
        "a duplicate in the instant of the first",
        |story| {
            let at = place(story, then(0, 3, is_arrived));
            let early = Record { time: seconds_on(2), ..story.records.remove(at) };
            let first = place(story, then(0, 2, is_arrived));
            story.records.insert(first + 1, early);
        },
        &["arrivals"],
    ),
    (
        "InProgress behind an end of the same instant",
        |story| {
            let at = place(story, then(0, 11, is_arrived));
            let early = Record { time: seconds_on(10), ..story.records.remove(at) };
            story.records.insert(at, early);
        },
        &["arrivals"],
    ),
    (
        "lost too late",
        |story| change(story, then(0, 1, is_lost), |record| record.time = seconds_on(2)),
        &["arrivals"],
    ),
    (
        "at a subscription that the topic does not have",
        |story| arrival(story, then(0, 10, is_arrived), |_, subscription, _, _| *subscription = 2),
        &["order", "arrivals"],
    ),
];

#[test]
fn spoiled_arrivals() {
    check(notified, ARRIVALS);
}
