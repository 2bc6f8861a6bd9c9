//! Documents of several steps, and steps that reboot: one sentence a test.

use fleetsim::{
    history::Fact,
    scenario::plan::{Step, StepBehaviour},
    ssm::{CommandStatus, StatusDetails as D, StepStatus as S, document::OnFailure, status::Platform},
};

use crate::{
    far_tales::step,
    story::{EXECUTION_LIMIT, Story, exit, group, members},
};

const LINUX: &[Platform] = &[Platform::Linux];

/// A step of every document here, with rules of its own.
fn one(change: impl FnOnce(&mut Step)) -> Step {
    let mut one = step("step", LINUX);
    change(&mut one);
    one
}

fn plain() -> Step {
    one(|_| {})
}

fn on_failure(what: OnFailure) -> Step {
    one(|step| step.on_failure = what)
}

/// The end of a history of one invocation.
fn done(story: Story, details: D) -> Story {
    match details {
        D::Success => story.done(CommandStatus::Success, D::Success),
        D::Cancelled => story.done(CommandStatus::Cancelled, D::Cancelled),
        _ => story.fact(Fact::ThresholdExceeded { errors: 1 }).done(CommandStatus::Failed, D::Failed),
    }
}

/// The rules that object to a document whose steps come to this. Each that runs takes a second and is told at its end;
/// one that does not run is told with the next.
fn flow(story: Story, replies: &[(S, i32)], ending: (D, i32)) -> Vec<&'static str> {
    let mut story = story.at(1).ack(0).at(2);
    let mut now = 1;
    for (number, &(status, code)) in replies.iter().enumerate() {
        let runs = !(status == S::Skipped || (status, code) == (S::Cancelled, -1));
        let later = replies[number..]
            .iter()
            .filter(|(status, code)| !(*status == S::Skipped || (*status, *code) == (S::Cancelled, -1)));
        // Told when the next that runs has ended.
        story = story.at(now + u64::from(later.count() > 0));
        story = story.step(0, number as u32, (status, code), now, u64::from(runs));
        now += u64::from(runs);
    }
    done(story.at(now).replied(0, ending, 1, now - 1), ending.0).objectors()
}

fn document(steps: Vec<Step>) -> Story {
    Story::new(1, "1", "0").steps(steps).requested(1).first_sent(0)
}

const OK: (S, i32) = (S::Success, 0);
const BAD: (S, i32) = (S::Failed, 1);
const SKIPPED: (S, i32) = (S::Skipped, -1);

#[test]
fn steps_follow_each_other_as_the_document_says() {
    // S8.32, S2.2, section 8.6: the rules of the first of three steps, what the steps come to, and their sum.
    let exits = |code| if code == 168 { (S::Success, 168) } else { (S::Failed, code) };
    let finally = || one(|step| step.finally = true);
    let on_success = || one(|step| step.exit_on_success = true);
    #[allow(clippy::type_complexity, reason = "a table")]
    let rows: [(Step, [(S, i32); 3], (D, i32)); 11] = [
        (plain(), [OK, OK, OK], (D::Success, 0)),
        (plain(), [BAD, OK, OK], (D::Failed, 1)),
        (plain(), [(S::Failed, 2), (S::Failed, 3), OK], (D::Failed, 2)),
        (on_failure(OnFailure::Exit), [BAD, SKIPPED, SKIPPED], (D::Failed, 1)),
        (on_failure(OnFailure::Exit), [OK, OK, OK], (D::Success, 0)),
        (on_failure(OnFailure::SuccessAndExit), [BAD, SKIPPED, SKIPPED], (D::Success, 1)),
        (on_success(), [OK, SKIPPED, SKIPPED], (D::Success, 0)),
        (on_success(), [BAD, OK, OK], (D::Failed, 1)),
        (plain(), [exits(168), SKIPPED, SKIPPED], (D::Success, 168)),
        (plain(), [exits(169), SKIPPED, SKIPPED], (D::Failed, 169)),
        (finally(), [OK, exits(168), SKIPPED], (D::Success, 168)),
    ];
    for (first, replies, ending) in rows {
        let steps = || vec![first.clone(), plain(), plain()];
        assert!(flow(document(steps()), &replies, ending).is_empty(), "{first:?} {replies:?}");
        // What was skipped should not have run, and what ran should not have been skipped.
        let mut other = replies;
        other[1] = if replies[1] == SKIPPED { OK } else { SKIPPED };
        let found = flow(document(steps()), &other, ending);
        assert!(found.contains(&"steps"), "{first:?} {other:?} {found:?}");
        let mut last_always = steps();
        last_always[2].finally = true;
        let mut always = replies;
        always[2] = if replies[2] == SKIPPED { OK } else { replies[2] };
        let code = if ending.0 == D::Success { 0 } else { ending.1 };
        let found = flow(document(last_always), &always, (ending.0, code));
        assert!(found.is_empty(), "{first:?}, finally, {always:?}: {found:?}");
    }
}

#[test]
fn a_step_that_timed_out_does_not_end_the_document() {
    // S8.32, S6.1: killed at its timeout of 100 s.
    let story = document(vec![on_failure(OnFailure::Exit), plain()]).plan(|plan| {
        plan.commands[0].timeout_seconds = 600;
    });
    let story = story.at(1).ack(0).at(101).step(0, 0, (S::TimedOut, 137), 1, 100).at(102);
    let end = |story: Story, told: (S, i32)| {
        done(
            story.step(0, 1, told, 101, u64::from(told == OK)).replied(
                0,
                (D::ExecutionTimedOut, 137),
                1,
                100 + u64::from(told == OK),
            ),
            D::ExecutionTimedOut,
        )
    };
    assert!(end(story.clone(), OK).objectors().is_empty());
    assert_eq!(end(story, SKIPPED).objectors(), ["steps"]);
}

#[test]
fn each_step_has_a_clock_of_its_own() {
    // S5.14, S5.15, S5.8, O-44: limits of 10 and 100 s.
    let run = |status, seconds, killed: bool| {
        let mut fleet = group("a", 1);
        fleet.outcomes = if killed { vec![exit(137)] } else { Vec::new() };
        let steps = vec![one(|step| step.timeout_seconds = 10), plain()];
        let story = document(steps).groups(vec![fleet]).at(1).ack(0);
        let code = if status == S::TimedOut { 137 } else { 0 };
        let told = story.at(200).step(0, 0, (status, code), 1, seconds);
        let details = if status == S::TimedOut { D::ExecutionTimedOut } else { D::Success };
        let story = told.step(0, 1, OK, 1 + seconds, 100).replied(0, (details, code), 1, 100 + seconds);
        done(story.plan(|plan| plan.commands[0].timeout_seconds = 600), details).objectors()
    };
    assert!(run(S::Success, 10, false).is_empty());
    assert_eq!(run(S::Success, 11, false), ["steps"]);
    assert!(run(S::TimedOut, 10, false).is_empty());
    assert_eq!(run(S::TimedOut, 9, false), ["steps"]);
    assert!(run(S::TimedOut, 9, true).is_empty());
    assert_eq!(run(S::TimedOut, 11, true), ["steps"]);
}

#[test]
fn a_cancel_reaches_the_steps_that_are_left() {
    // S7.7, S7.8: a failed step outranks the cancel.
    let cancelled = |first: (S, i32), rest: (S, i32), ending: (D, i32)| {
        let story = document(vec![plain(), plain(), plain()]).at(1).ack(0).at(2).step(0, 0, first, 1, 1);
        let story = story.at(3).cancel().command(CommandStatus::Cancelling, D::Cancelling).cancelling(0);
        let story = story.at(5).step(0, 1, (S::Cancelled, 137), 2, 2).step(0, 2, rest, 4, 0);
        let story = story.replied(0, ending, 1, 3);
        done(story, ending.0).objectors()
    };
    let left = (S::Cancelled, -1);
    assert!(cancelled(OK, left, (D::Cancelled, 137)).is_empty());
    assert!(cancelled(BAD, left, (D::Failed, 1)).is_empty());
    assert_eq!(cancelled(BAD, left, (D::Cancelled, 137)), ["steps"]);
    assert_eq!(cancelled(OK, SKIPPED, (D::Cancelled, 137)), ["steps"]);
    assert_eq!(cancelled(OK, OK, (D::Cancelled, 137)), ["steps"]);
}

#[test]
fn what_fits_no_platform_is_a_success() {
    // S8.34, S6.3.
    let elsewhere = || step("elsewhere", &[Platform::MacOS]);
    for code in [0, -1] {
        let found = flow(document(vec![elsewhere(), elsewhere()]), &[SKIPPED, SKIPPED], (D::Success, code));
        assert!(found.is_empty(), "{code}: {found:?}");
    }
    assert_eq!(
        flow(document(vec![elsewhere(), elsewhere()]), &[SKIPPED, SKIPPED], (D::Success, 1)),
        ["steps"]
    );
    let only = document(vec![elsewhere()]).at(1).ack(0).at(2).replied(0, (D::Success, -1), 1, 0);
    assert!(done(only, D::Success).objectors().is_empty());
}

/// One instance on this platform, whose only step may ask for a reboot.
fn rebooting(platform: Platform, retries: u32) -> Story {
    let code = if platform == Platform::Windows { 3010 } else { 194 };
    let mut fleet = group("a", 1);
    members(&mut fleet).platform = platform;
    fleet.agent.retries = retries;
    fleet.steps = vec![StepBehaviour {
        command: 0,
        step: 0,
        execution: fleet.execution.clone(),
        outcomes: vec![exit(code)],
        output: None,
    }];
    let step = Step::plain("patch", &[platform], EXECUTION_LIMIT);
    document(vec![step]).groups(vec![fleet]).plan(|plan| {
        plan.commands[0].platforms = vec![platform];
        plan.commands[0].timeout_seconds = 2000;
    })
}

/// The step runs for a second and asks for a reboot of 80 seconds.
fn reboots(story: Story, began: u64, code: i32) -> Story {
    story
        .at(began + 1)
        .fact(Fact::RebootBegan { instance: 0 })
        .step(0, 0, (S::SuccessAndReboot, code), began, 1)
        .at(began + 81)
        .fact(Fact::RebootEnded { instance: 0 })
}

#[test]
fn the_only_step_of_a_document_tells_of_reboots_alone() {
    // S8.28, S8.30, section 8.6: from 1 s on, a reboot, again from 82 s to 172 s; longer than the timeout in all.
    for (platform, code, other) in [(Platform::Linux, 194, 3010), (Platform::Windows, 3010, 194)] {
        let end = |code| {
            let story = reboots(rebooting(platform, 15).at(1).ack(0), 1, code).at(172);
            done(story.replied(0, (D::Success, 0), 1, 171), D::Success)
        };
        assert!(end(code).objectors().is_empty(), "{platform:?}");
        assert_eq!(end(other).objectors(), ["steps"], "{platform:?}");
        let failed = rebooting(platform, 15).at(1).ack(0).at(3).replied(0, (D::Failed, code), 1, 2);
        assert_eq!(done(failed, D::Failed).objectors(), ["endings"], "{code} asks for a reboot");
        let failed = rebooting(platform, 15).at(1).ack(0).at(3).replied(0, (D::Failed, other), 1, 2);
        assert!(done(failed, D::Failed).objectors().is_empty(), "{other} does not");
    }
    let story = reboots(rebooting(Platform::Linux, 15).at(1).ack(0), 1, 194).at(172);
    let last_run = done(story.clone().replied(0, (D::Success, 0), 82, 90), D::Success);
    assert_eq!(last_run.objectors(), ["steps"]);
    let told = story.step(0, 0, OK, 82, 90).replied(0, (D::Success, 0), 1, 171);
    assert_eq!(done(told, D::Success).objectors(), ["steps"]);
}

#[test]
fn an_execution_without_a_reboot_keeps_its_timeout() {
    // S5.15: 101 s of 100 s, though a step might have rebooted.
    let story = rebooting(Platform::Linux, 15).at(1).ack(0).at(102).replied(0, (D::Success, 0), 1, 101);
    assert_eq!(done(story, D::Success).objectors(), ["timeouts"]);
}

#[test]
fn the_run_counter_ends_a_loop_of_reboots() {
    // S8.36: resumed twice; the third reboot is the last, and nothing is heard any more.
    let story = rebooting(Platform::Linux, 2).at(1).ack(0);
    let story = reboots(reboots(reboots(story, 1, 194), 82, 194), 163, 194);
    let silent = story.clone().fact(Fact::Broken { instance: 0 }).at(2100).ends(0, D::DeliveryTimedOut);
    let end = |story: Story| story.done(CommandStatus::TimedOut, D::DeliveryTimedOut).objectors();
    assert!(end(silent).is_empty());
    let fourth = reboots(story.clone(), 244, 194).at(2100).ends(0, D::DeliveryTimedOut);
    assert_eq!(end(fourth), ["steps", "reboots"]);
    let heard = story.at(300).replied(0, (D::Success, 0), 1, 299);
    assert_eq!(done(heard, D::Success).objectors(), ["reboots"]);
}

#[test]
fn a_reboot_for_one_command_interrupts_another() {
    // S8.39: the second command begins again after the reboot, and takes 90 s of its 100 s then.
    let mut story = rebooting(Platform::Linux, 15);
    let mut other = story.plan.commands[0].clone();
    other.steps[0].name = "other".into();
    story.plan.commands.push(other);
    let story = story.of(1).requested(1).first_sent(0).of(0).at(1).ack(0).of(1).ack(0).of(0);
    let story = reboots(story, 1, 194).at(90).replied(0, (D::Success, 0), 1, 89);
    let story = done(story, D::Success).of(1).at(173);
    let spanning = done(story.clone().replied(0, (D::Success, 0), 1, 172), D::Success);
    assert!(spanning.objectors().is_empty());
    let again = done(story.replied(0, (D::Success, 0), 83, 90), D::Success);
    assert!(again.objectors().is_empty());
}

#[test]
fn nothing_reaches_an_agent_during_a_reboot() {
    // S8.29.
    let mut story = rebooting(Platform::Linux, 15).plan(|plan| plan.groups[0].agent.workers = 1);
    story.plan.commands.push(story.plan.commands[0].clone());
    let began = story.at(1).accepted(0, false).at(2).fact(Fact::RebootBegan { instance: 0 });
    let sent = |story: Story| story.of(1).requested(1).first_sent(0);
    let during = sent(began.at(3)).at(40).fact(Fact::Accepted { instance: 0, queued: true });
    let reboots = |story: &Story| story.objectors().contains(&"reboots");
    assert!(reboots(&during.clone().at(80).fact(Fact::RebootEnded { instance: 0 })));
    let mut after = during;
    let accepted = after.records.pop().expect("it was accepted");
    let after = after.at(80).of(0).fact(Fact::RebootEnded { instance: 0 }).of(1).fact(accepted.fact);
    assert!(!reboots(&after), "{:?}", after.objectors());
}

#[test]
fn a_document_without_replies_about_steps_is_unknown() {
    // What an imported history may look like.
    let story = document(vec![plain(), plain()]).at(1).ack(0).at(3).replied(0, (D::Success, 0), 1, 2);
    let reports = done(story, D::Success).judge();
    let steps = reports.iter().find(|report| report.rule == "steps").expect("every rule reports");
    assert!(matches!(steps.verdict, fleetsim::check::Verdict::Unknown { .. }), "{steps:?}");
}
