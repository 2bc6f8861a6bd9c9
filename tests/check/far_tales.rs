//! Good stories of what lies beyond the service: steps and reboots, agents with queues, messages.

use fleetsim::{
    base::{Chance, SimDuration, distribution::Distribution},
    history::{Ending, Fact, Notice, Refusal, StepReply},
    scenario::plan::{AgentLimits, Notification, Outcome, Step, StepBehaviour, Subscription, Topic},
    ssm::{
        CommandStatus, NotificationType, NotifiedStatus as N, StatusDetails as D, StepStatus as S,
        document::OnFailure, status::Platform,
    },
};

use crate::story::{EXECUTION_LIMIT, Story, exit, group, seconds_on};

impl Story {
    /// The document's steps.
    pub(crate) fn steps(self, steps: Vec<Step>) -> Self {
        self.plan(|plan| plan.commands[0].steps = steps)
    }

    /// A reply about a step, which ran from second `began` on for so many seconds.
    pub(crate) fn step(
        self,
        instance: u32,
        step: u32,
        (status, code): (S, i32),
        began: u64,
        lasting: u64,
    ) -> Self {
        let reply = StepReply {
            status,
            response_code: code,
            started: seconds_on(began),
            elapsed: SimDuration::from_secs(lasting),
        };
        self.fact(Fact::StepEnded { instance, step, reply })
    }

    /// An ending by a final reply.
    pub(crate) fn replied(self, instance: u32, (details, code): (D, i32), began: u64, lasting: u64) -> Self {
        let ending = Ending {
            response_code: code,
            started: Some(seconds_on(began)),
            elapsed: Some(SimDuration::from_secs(lasting)),
            ..self.ending(instance, details)
        };
        self.fact(Fact::InvocationEnded { instance, ending })
    }

    /// Accepted by the agent, which acknowledges at once.
    pub(crate) fn accepted(self, instance: u32, queued: bool) -> Self {
        self.fact(Fact::Accepted { instance, queued }).ack(instance)
    }

    /// The worker is free: what had it has ended so.
    pub(crate) fn released(self, instance: u32) -> Self {
        self.fact(Fact::Released { instance })
    }

    /// A worker takes up what has waited.
    pub(crate) fn started(self, instance: u32) -> Self {
        self.fact(Fact::Started { instance })
    }

    /// Published for the first time.
    pub(crate) fn published(self, instance: Option<u32>, status: N) -> Self {
        self.fact(Fact::Published(Notice { instance, status, again: false }))
    }

    /// Arrived at a subscription.
    pub(crate) fn arrived(self, notice: Notice, subscription: u32, published: u64) -> Self {
        let published = seconds_on(published);
        self.fact(Fact::Arrived { notice, subscription, duplicate: false, published })
    }
}

/// A message about an invocation.
pub(crate) fn notice(instance: u32, status: N) -> Notice {
    Notice { instance: Some(instance), status, again: false }
}

/// A step for both platforms, or for one.
pub(crate) fn step(name: &str, platforms: &[Platform]) -> Step {
    Step::plain(name, platforms, EXECUTION_LIMIT)
}

const BOTH: &[Platform] = &[Platform::Linux, Platform::Windows];

/// Six steps: one for Windows alone, one that may reboot, one that ends the document when it fails, one that may end it
/// with success, and one that always runs.
pub(crate) fn six_steps() -> Vec<Step> {
    vec![
        step("check", BOTH),
        step("registry", &[Platform::Windows]),
        step("install", BOTH),
        Step { on_failure: OnFailure::Exit, ..step("verify", BOTH) },
        step("report", BOTH),
        Step { finally: true, ..step("clean", BOTH) },
    ]
}

/// Two instances on Linux. One reboots in the third step and fails in the fourth; the other ends early with code 168.
pub(crate) fn stepwise() -> Story {
    let mut fleet = group("a", 2);
    fleet.steps = vec![StepBehaviour {
        command: 0,
        step: 2,
        execution: Distribution::Constant { value: 1e7 },
        outcomes: vec![Outcome { run: Some(1), ..exit(194) }],
        output: None,
    }];
    Story::new(2, "2", "1")
        .groups(vec![fleet])
        .steps(six_steps())
        .plan(|plan| plan.commands[0].timeout_seconds = 600)
        .requested(2)
        .first_sent(0)
        .at(1)
        .ack(0)
        .sent(1)
        .at(2)
        .ack(1)
        .at(11)
        .step(0, 0, (S::Success, 0), 1, 10)
        .at(12)
        .step(1, 0, (S::Success, 0), 2, 10)
        .at(21)
        .fact(Fact::RebootBegan { instance: 0 })
        .at(22)
        .step(1, 1, (S::Skipped, -1), 12, 0)
        .step(1, 2, (S::Success, 0), 12, 10)
        .at(23)
        .step(0, 1, (S::Skipped, -1), 11, 0)
        .step(0, 2, (S::SuccessAndReboot, 194), 11, 10)
        .at(27)
        .step(1, 3, (S::Success, 0), 22, 5)
        .at(28)
        .step(1, 4, (S::Success, 168), 27, 1)
        .at(30)
        .step(1, 5, (S::Success, 0), 28, 2)
        .replied(1, (D::Success, 0), 2, 28)
        .at(100)
        .fact(Fact::RebootEnded { instance: 0 })
        .at(110)
        .step(0, 2, (S::Success, 0), 100, 10)
        .at(115)
        .step(0, 3, (S::Failed, 3), 110, 5)
        .fact(Fact::Broken { instance: 0 })
        .at(120)
        .step(0, 4, (S::Skipped, -1), 115, 0)
        .step(0, 5, (S::Success, 0), 115, 5)
        .replied(0, (D::Failed, 3), 1, 119)
        .done(CommandStatus::Failed, D::Incomplete)
}

/// A plan of so many commands to one instance, whose agent has these limits.
pub(crate) fn one_agent(commands: usize, workers: u32, buffer: u32) -> Story {
    let mut fleet = group("a", 1);
    fleet.agent = AgentLimits { workers, buffer, retries: 1 };
    Story::new(1, "1", "0").groups(vec![fleet]).plan(|plan| {
        let first = plan.commands[0].clone();
        plan.commands.resize(commands, first);
    })
}

impl Story {
    /// A command to the only instance is requested and sent.
    pub(crate) fn begins(self, command: u32) -> Self {
        self.of(command).requested(1).first_sent(0)
    }

    /// A command whose only invocation has succeeded.
    pub(crate) fn succeeds(self, command: u32) -> Self {
        self.of(command).ends(0, D::Success).done(CommandStatus::Success, D::Success)
    }
}

/// One worker, one place in the buffer, four commands: the second waits, the third is refused twice, waits, and is
/// cancelled meanwhile; the fourth waits before it.
pub(crate) fn shared_agent() -> Story {
    one_agent(4, 1, 1)
        .begins(0)
        .at(1)
        .accepted(0, false)
        .at(2)
        .begins(1)
        .at(3)
        .accepted(0, true)
        .at(4)
        .begins(2)
        .at(5)
        .fact(Fact::Refused { instance: 0, why: Refusal::BufferFull })
        .delayed(0)
        .command(CommandStatus::InProgress, D::Delayed)
        .at(16)
        .fact(Fact::Refused { instance: 0, why: Refusal::BufferFull })
        .at(20)
        .of(0)
        .released(0)
        .of(1)
        .started(0)
        .succeeds(0)
        .at(21)
        .begins(3)
        .at(22)
        .accepted(0, true)
        .at(30)
        .of(1)
        .released(0)
        .of(3)
        .started(0)
        .succeeds(1)
        .at(38)
        .of(2)
        .accepted(0, true)
        .command(CommandStatus::InProgress, D::InProgress)
        .at(40)
        .cancel()
        .command(CommandStatus::Cancelling, D::Cancelling)
        .cancelling(0)
        .at(50)
        .of(3)
        .released(0)
        .of(2)
        .released(0)
        .succeeds(3)
        .at(164)
        .of(2)
        .ends(0, D::Cancelled)
        .done(CommandStatus::Cancelled, D::Cancelled)
}

/// A topic that may publish twice, with a subscription that may double and one that may lose.
pub(crate) fn topic() -> Topic {
    let subscription = |name: &str, duplicate, loss| Subscription {
        name: name.into(),
        latency: Distribution::Constant { value: 1e6 },
        duplicate: Chance(duplicate),
        loss: Chance(loss),
        delivery: None,
    };
    Topic {
        arn: "arn:aws:sns:eu-west-1:123456789012:topic".into(),
        published_twice: Chance(1),
        subscriptions: vec![subscription("queue", 1, 0), subscription("pager", 0, 1)],
    }
}

/// What a command asks to be told of.
pub(crate) fn notification(kind: NotificationType, events: &[N]) -> Option<Notification> {
    Some(Notification { topic: 0, events: events.to_vec(), kind })
}

/// Two commands to one instance each tell of themselves: the first of its invocation, the second of its beginning. One
/// message is published twice, one is doubled, one is lost, and two overtake each other.
pub(crate) fn notified() -> Story {
    let again = Notice { again: true, ..notice(0, N::InProgress) };
    let begun = Notice { instance: None, status: N::InProgress, again: false };
    let doubled = Fact::Arrived {
        notice: notice(0, N::InProgress),
        subscription: 0,
        duplicate: true,
        published: seconds_on(1),
    };
    one_agent(2, 5, 5)
        .plan(|plan| {
            plan.topics = vec![topic()];
            plan.commands[0].notification = notification(NotificationType::Invocation, &N::ALL);
            plan.commands[1].notification = notification(NotificationType::Command, &[N::InProgress]);
        })
        .begins(0)
        .at(1)
        .ack(0)
        .published(Some(0), N::InProgress)
        .fact(Fact::Published(again))
        .fact(Fact::Lost { notice: again, subscription: 1 })
        .at(2)
        .arrived(notice(0, N::InProgress), 0, 1)
        .arrived(again, 0, 1)
        .at(3)
        .begins(1)
        .published(None, N::InProgress)
        .of(0)
        .fact(doubled)
        .at(4)
        .of(1)
        .ack(0)
        .at(9)
        .of(0)
        .ends(0, D::Success)
        .published(Some(0), N::Success)
        .done(CommandStatus::Success, D::Success)
        .at(10)
        .arrived(notice(0, N::Success), 0, 9)
        .arrived(notice(0, N::Success), 1, 9)
        .at(11)
        .arrived(notice(0, N::InProgress), 1, 1)
        .of(1)
        .arrived(begun, 0, 3)
        .arrived(begun, 1, 3)
        .at(20)
        .ends(0, D::Success)
        .done(CommandStatus::Success, D::Success)
}
