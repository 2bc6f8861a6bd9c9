//! Agents with queues, and messages: one sentence a test.

use fleetsim::{
    base::{Chance, SimDuration},
    check::{Checker, Judgement, RuleReport, Verdict},
    history::{Fact, Observer, Record, Refusal},
    scenario::plan::{Availability, AvailabilityState},
    ssm::{
        CommandStatus, InvocationStatus, NotificationType, NotifiedStatus as N, StatusDetails as D,
        reading::TimeoutMeaning,
    },
};

use crate::{
    far_tales::{notice, notification, notified, one_agent, shared_agent, stepwise, topic},
    story::Story,
};

/// Three commands to one agent with one worker: the first runs, the others wait in this order.
fn two_wait() -> Story {
    let story = one_agent(3, 1, 2).begins(0).begins(1).begins(2);
    story.at(1).of(0).accepted(0, false).of(1).accepted(0, true).of(2).accepted(0, true)
}

/// What all three commands end with when the order of the last two is this.
fn in_order(first: u32, second: u32) -> Story {
    let story = two_wait().at(10).of(0).released(0).of(first).started(0).succeeds(0);
    let story = story.at(20).of(first).released(0).of(second).started(0).succeeds(first);
    story.at(30).of(second).released(0).succeeds(second)
}

#[test]
fn who_has_waited_longest_starts_first() {
    // S8.3: over all commands of the instance.
    assert!(in_order(1, 2).objectors().is_empty());
    assert_eq!(in_order(2, 1).objectors(), ["agents"]);
}

#[test]
fn workers_and_buffer_are_those_of_the_plan() {
    // S8.2: eleven commands to an agent with 5 + 5 places; all are accepted but the eleventh.
    let all = |refused: bool| {
        let mut story = one_agent(11, 5, 5);
        for command in 0..11 {
            story = story.begins(command);
        }
        story = story.at(1);
        for command in 0..10 {
            story = story.of(command).accepted(0, command >= 5);
        }
        story = story.of(10);
        if refused {
            let story = story.fact(Fact::Refused { instance: 0, why: Refusal::BufferFull }).delayed(0);
            return story.command(CommandStatus::InProgress, D::Delayed);
        }
        story.accepted(0, true)
    };
    // The history breaks off, so that nothing is released: what is missing at its end has no record.
    let first = |story: &Story| {
        let reports = story.judge();
        let agents = reports.iter().find(|report| report.rule == "agents").expect("every rule reports");
        let Verdict::Invalid { offences, .. } = &agents.verdict else { panic!("{agents:?}") };
        offences[0].records.clone()
    };
    assert!(first(&all(true)).is_empty());
    assert!(first(&all(false))[0].contains("Accepted"));
}

/// The second command waits until it has expired, at 160 s; the first runs into its timeout of 100 s at 165 s.
fn expired(at: u64, starts: bool, runs_expired: bool) -> Story {
    let story = one_agent(2, 1, 1).readings(|readings| readings.agent_runs_expired = runs_expired);
    let story = story.plan(|plan| plan.commands[0].timeout_seconds = 600).begins(0).begins(1);
    let story = story.at(1).of(1).at(65).of(0).accepted(0, false).of(1).accepted(0, true);
    let story = story.at(160).ends(0, D::DeliveryTimedOut).done(CommandStatus::TimedOut, D::DeliveryTimedOut);
    let story = story.at(at).of(0).released(0).of(1);
    let story = if starts { story.started(0) } else { story.released(0) };
    let story = story.of(0).replied(0, (D::Success, 0), 65, at - 65).done(CommandStatus::Success, D::Success);
    let story = story.of(1).at(at + 5);
    if starts { story.released(0).fact(Fact::LateReply { instance: 0, response_code: 0 }) } else { story }
}

#[test]
fn what_has_expired_in_the_queue_does_not_start() {
    // Settled 9, S5.22, and row 5 of section 5.5.
    assert!(expired(165, false, false).objectors().is_empty());
    assert_eq!(expired(165, true, false).objectors(), ["agents"]);
    assert!(expired(165, true, true).objectors().is_empty());
    assert_eq!(expired(165, false, true).objectors(), ["agents"]);
}

#[test]
fn what_is_cancelled_unheard_of_stays_with_its_agent() {
    // O-24: cancelled at once while its first reply is under way; a message that is still under way is withdrawn.
    let story = one_agent(2, 1, 1).begins(0).begins(1).at(1).of(0).accepted(0, false).of(1);
    let cancel = |story: Story| {
        let story = story.at(2).cancel().command(CommandStatus::Cancelling, D::Cancelling);
        story.ends(0, D::Cancelled).done(CommandStatus::Cancelled, D::Cancelled)
    };
    let waiting = cancel(story.clone().fact(Fact::Accepted { instance: 0, queued: true }));
    let ends = |story: Story| story.at(10).of(0).released(0).of(1);
    let dropped = ends(waiting.clone()).released(0).succeeds(0);
    assert!(dropped.objectors().is_empty());
    let early = ends(waiting.clone().at(3).released(0)).succeeds(0);
    assert_eq!(early.objectors(), ["agents"]);
    let late = Fact::LateReply { instance: 0, response_code: 0 };
    let started = ends(waiting).started(0).succeeds(0).at(20).of(1).released(0).fact(late);
    assert!(started.objectors().is_empty());
    let reached = cancel(story).at(3).fact(Fact::Accepted { instance: 0, queued: true });
    assert_eq!(ends(reached).released(0).succeeds(0).objectors(), ["agents"]);
}

#[test]
fn an_instance_that_stops_need_not_release_anything() {
    // It stops at 5 s at the earliest: what is left then is lost with it.
    let story = |state| {
        let story =
            one_agent(2, 1, 1).begins(0).begins(1).at(1).of(0).accepted(0, false).of(1).accepted(0, true);
        let mut story = story.at(160);
        story.plan.groups[0].availability = vec![Availability { chance: Chance::ONE, state }];
        for command in 0..2 {
            let ended = story.of(command).ends(0, D::DeliveryTimedOut);
            story = ended.done(CommandStatus::TimedOut, D::DeliveryTimedOut);
        }
        story.objectors()
    };
    assert!(story(AvailabilityState::StoppedAt(SimDuration::from_secs(5))).is_empty());
    assert_eq!(story(AvailabilityState::StoppedAt(SimDuration::from_secs(161))), ["agents"]);
    assert_eq!(story(AvailabilityState::ReachableFrom(SimDuration::ZERO)), ["agents"]);
}

#[test]
fn an_agent_answers_what_it_has_accepted() {
    // S8.20, S5.14.
    let story = |accepted: bool| {
        let story = one_agent(6, 5, 5).begins(0).at(1);
        let story = if accepted { story.accepted(0, false) } else { story.ack(0) };
        // Another command shows that the history tells what pools do.
        let story = story.begins(1).at(2).accepted(0, false).at(10);
        let story = if accepted { story.of(0).released(0) } else { story.of(0) };
        story.succeeds(0).of(1).released(0).succeeds(1)
    };
    assert!(story(true).objectors().is_empty());
    assert_eq!(story(false).objectors(), ["agents"]);
}

#[test]
fn a_restart_too_many_releases_a_job() {
    // S8.36: retries is 1, so that the second reboot is one too many, for the other command as well.
    let mut story = one_agent(3, 2, 1);
    story.plan.groups[0].outcomes = vec![crate::story::exit(194)];
    let story = story.begins(0).begins(1).at(1).of(0).accepted(0, false).of(1).accepted(0, false);
    let reboot = |story: Story, at| {
        let story = story.at(at).of(0).fact(Fact::RebootBegan { instance: 0 });
        story.step(0, 0, (fleetsim::ssm::StepStatus::SuccessAndReboot, 194), at - 1, 1)
    };
    let story = reboot(story, 2).at(78).fact(Fact::RebootEnded { instance: 0 });
    let story = reboot(story, 79).at(155).fact(Fact::RebootEnded { instance: 0 });
    let release = |story: Story, command| story.of(command).released(0).fact(Fact::Broken { instance: 0 });
    let end = |story: Story| {
        let mut story = story.at(160);
        for command in 0..2 {
            let ended = story.of(command).ends(0, D::DeliveryTimedOut);
            story = ended.done(CommandStatus::TimedOut, D::DeliveryTimedOut);
        }
        story.objectors()
    };
    assert!(end(release(release(story.clone(), 0), 1)).is_empty());
    assert_eq!(end(release(story, 0)), ["agents"]);
}

fn judge_visible(story: &Story) -> Vec<RuleReport> {
    let mut checker = Checker::visible_only(&story.plan);
    for record in story.records.iter().filter(|record| record.fact.is_visible()) {
        checker.observe(record);
    }
    checker.finish()
}

fn rules_with(reports: &[RuleReport], judgement: Judgement) -> Vec<&'static str> {
    let is_one = |report: &&RuleReport| report.verdict.judgement() == judgement;
    reports.iter().filter(is_one).map(|report| report.rule).collect()
}

#[test]
fn what_an_outsider_cannot_see_is_unknown() {
    // Settled 12.
    let unseen = ["slow-start", "work-conservation"];
    let with = |more: &[&'static str]| [&unseen[..], more].concat();
    for (story, unknown) in [
        (stepwise(), with(&["reboots"])),
        (shared_agent(), with(&["agents"])),
        (notified(), with(&["arrivals"])),
    ] {
        let reports = judge_visible(&story);
        assert_eq!(rules_with(&reports, Judgement::Unknown), unknown);
        assert!(rules_with(&reports, Judgement::Invalid).is_empty());
    }
}

#[test]
fn a_history_without_notifications_is_invalid_or_unknown() {
    let mut story = notified();
    let is_told = |record: &Record| {
        matches!(record.fact, Fact::Published(_) | Fact::Arrived { .. } | Fact::Lost { .. })
    };
    story.records.retain(|record| !is_told(record));
    assert_eq!(story.objectors(), ["publications"]);
    let reports = judge_visible(&story);
    let unknown = ["slow-start", "work-conservation", "publications", "arrivals"];
    assert_eq!(rules_with(&reports, Judgement::Unknown), unknown);
    assert!(rules_with(&reports, Judgement::Invalid).is_empty());
    // Nor does what was published alone show what arrived.
    let mut published = notified();
    published.records.retain(|record| !matches!(record.fact, Fact::Arrived { .. } | Fact::Lost { .. }));
    assert_eq!(published.objectors(), ["arrivals"]);
    let reports = judge_visible(&published);
    assert_eq!(rules_with(&reports, Judgement::Unknown), [&unseen()[..], &["arrivals"]].concat());
}

fn unseen() -> [&'static str; 2] {
    ["slow-start", "work-conservation"]
}

/// One invocation that is Delayed before and after its agent was heard of, and what of it is published.
fn delayed_twice(told: &[(u64, N)]) -> Vec<&'static str> {
    let mut story = one_agent(1, 5, 5).plan(|plan| {
        plan.topics = vec![topic()];
        plan.topics[0].subscriptions.clear();
        plan.commands[0].notification = notification(NotificationType::Invocation, &N::ALL);
    });
    story = story.begins(0).at(1).delayed(0).command(CommandStatus::InProgress, D::Delayed);
    let published = |story: Story, second| {
        let now = told.iter().filter(|(at, _)| *at == second);
        now.fold(story, |story, (_, status)| story.published(Some(0), *status))
    };
    story = published(story, 1).at(2).ack(0).command(CommandStatus::InProgress, D::InProgress);
    story = published(story, 2).at(3).delayed(0);
    story = published(story, 3).at(4).invocation(0, InvocationStatus::InProgress, D::InProgress);
    story = published(story, 4).at(5).ends(0, D::Success);
    published(story, 5).done(CommandStatus::Success, D::Success).objectors()
}

#[test]
fn each_change_of_status_is_published() {
    // S9.3, S9.7: Delayed is not, and InProgress is whenever it comes.
    let all = [(2, N::InProgress), (4, N::InProgress), (5, N::Success)];
    assert!(delayed_twice(&all).is_empty());
    assert_eq!(delayed_twice(&all[..2]), ["publications"]);
    assert_eq!(delayed_twice(&[all[0], all[2]]), ["publications"]);
    assert_eq!(delayed_twice(&[all[0], (3, N::InProgress), all[2]]), ["publications"]);
}

#[test]
fn details_of_a_command_are_not_published() {
    // S9.4, C3: InProgress/Delayed and back is no change of Status; Cancelling is never told (S9.3, S7.12).
    let story = one_agent(1, 5, 5).plan(|plan| {
        plan.topics = vec![topic()];
        plan.commands[0].notification = notification(NotificationType::Command, &N::ALL);
        plan.topics[0].subscriptions.clear();
    });
    let begun = story.begins(0).published(None, N::InProgress);
    let back = begun.at(1).delayed(0).command(CommandStatus::InProgress, D::Delayed).at(2).ack(0);
    let back = back.command(CommandStatus::InProgress, D::InProgress).at(3).cancel();
    let cancelling = back.command(CommandStatus::Cancelling, D::Cancelling).cancelling(0);
    let ended = cancelling.at(4).ends(0, D::Cancelled).done(CommandStatus::Cancelled, D::Cancelled);
    assert!(ended.clone().published(None, N::Cancelled).objectors().is_empty());
    assert_eq!(ended.objectors(), ["publications"]);
}

#[test]
fn a_message_may_overtake_another() {
    // S9.12, S9.20: order is not judged; `eventTime` tells it.
    let story = notified();
    let arrived = |status| {
        let is_one = |record: &&Record| matches!(record.fact, Fact::Arrived { notice: of, subscription: 1, .. } if of == notice(0, status));
        story.records.iter().find(is_one).expect("an arrival").time
    };
    assert!(arrived(N::Success) < arrived(N::InProgress));
    assert!(story.objectors().is_empty());
}

#[test]
fn a_deadline_of_delivery_ends_what_an_agent_has_not_answered() {
    // O-18: accepted at 59 s, its answer comes too late; the job goes on on the agent, or is dropped.
    let story = one_agent(2, 1, 1)
        .readings(|readings| readings.timeout_meaning = TimeoutMeaning::DeliveryThenExecution);
    let story = story.begins(0).begins(1).at(1).of(0).accepted(0, false);
    let story = story.at(59).of(1).fact(Fact::Accepted { instance: 0, queued: true });
    let story = story.at(60).ends(0, D::DeliveryTimedOut).done(CommandStatus::TimedOut, D::DeliveryTimedOut);
    let dropped = story.clone().at(70).of(0).released(0).of(1).released(0).succeeds(0);
    assert!(dropped.objectors().is_empty());
    let runs = story.at(70).of(0).released(0).of(1).started(0).succeeds(0).of(1).at(80).released(0);
    assert!(runs.fact(Fact::LateReply { instance: 0, response_code: 0 }).objectors().is_empty());
}
