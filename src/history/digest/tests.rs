use std::collections::BTreeMap;

use super::*;
use crate::{
    base::{SimDuration, SimTime},
    history::{CommandCounts, DropReason, Refusal},
    output::{Failure, Store, Stream},
    ssm::{
        CommandState, CommandStatus, InvocationState, InvocationStatus, NotifiedStatus, StepStatus,
        alarm::TriggeredState,
    },
};

fn record(time: u64, fact: Fact) -> Record {
    Record { time: SimTime(time), command: 0, fact }
}

fn digest(records: &[Record]) -> Digest {
    let mut digest = Digest::default();
    records.iter().for_each(|record| digest.observe(record));
    digest
}

#[test]
fn order_of_emission_does_not_matter_and_content_does() {
    let a = record(1, Fact::Sent { instance: 1 });
    let b = record(1, Fact::Sent { instance: 2 });
    assert_eq!(digest(&[a, b]), digest(&[b, a]));
    let all = [
        digest(&[a]),
        digest(&[b]),
        digest(&[a, a]),
        digest(&[record(2, Fact::Sent { instance: 1 })]),
        digest(&[record(1, Fact::Acknowledged { instance: 1 })]),
        digest(&[Record { command: 1, ..a }]),
    ];
    for (i, one) in all.iter().enumerate() {
        assert!(all[i + 1..].iter().all(|other| other != one));
    }
}

#[test]
fn replications_count_with_their_place() {
    let (a, b) = (digest(&[record(1, Fact::Requested)]), digest(&[record(2, Fact::Requested)]));
    let run = |order: [(u64, Digest); 2]| {
        let mut run = Digest::default();
        for (index, replication) in order {
            run.add_replication(index, replication);
        }
        run
    };
    assert_eq!(run([(0, a), (1, b)]), run([(1, b), (0, a)]));
    assert_ne!(run([(0, a), (1, b)]), run([(1, a), (0, b)]));
}

#[test]
fn text_and_back() {
    let one = digest(&[record(1, Fact::Requested)]);
    assert_eq!(one.to_string().parse(), Ok(one));
    assert!("12".parse::<Digest>().is_err());
}

/// Outputs that were put, of which one number has one bit.
fn uploads_of_one_bit(n: u64) -> Vec<Fact> {
    let none = Upload::of(0, 0, Stream::Stdout);
    let mut uploads = vec![Upload { bytes: n, ..none }, Upload { since: SimTime(n), ..none }];
    if let Ok(n) = u32::try_from(n) {
        uploads.extend([
            Upload { instance: n, ..none },
            Upload { step: n, ..none },
            Upload { calls: n, ..none },
        ]);
    }
    uploads.extend([Upload { stream: Stream::Stderr, ..none }, Upload { store: Store::Logs, ..none }]);
    for failure in [Failure::AccessDenied, Failure::Failed, Failure::TimedOut] {
        uploads.push(Upload { failure: Some(failure), ..none });
    }
    uploads.into_iter().map(Fact::Uploaded).collect()
}

/// Facts whose numbers are all 0 but for one, and that has one bit. Every state.
fn facts_of_one_bit() -> Vec<Fact> {
    use CommandStatus::{Failed, Pending, TimedOut};
    use InvocationStatus as Invocation;
    use StatusDetails::{Cancelled, Delayed, NoInstancesInTag, Terminated};
    let state = InvocationState { status: Invocation::Pending, details: StatusDetails::Pending };
    let ending = Ending { state, response_code: 0, sent: None, started: None, elapsed: None };
    let command = CommandState { status: Pending, details: StatusDetails::Pending };
    let counts = CommandCounts::default();
    let (started, elapsed) = (SimTime(0), SimDuration(0));
    let reply = StepReply { status: StepStatus::Success, response_code: 0, started, elapsed };
    let about_command = Notice { instance: None, status: NotifiedStatus::InProgress, again: false };
    let again = Notice { again: true, ..about_command };
    let success = Notice { status: NotifiedStatus::Success, ..about_command };
    let mut facts = vec![Fact::Requested, Fact::CancelRequested { instance: None }];
    let states = [TriggeredState::Unknown, TriggeredState::Alarm];
    facts.extend(states.map(|state| Fact::AlarmTriggered { state }));
    facts.push(Fact::Throttled { attempt: 0, gives_up: true });
    for n in [0].into_iter().chain((0..32).map(|bit| 1 << bit)) {
        let (instance, response_code) = (n, n as i32);
        let ended = |counts| Fact::CommandEnded { state: command, counts };
        facts.extend([
            Fact::Targeted { count: n },
            ended(CommandCounts { target_count: n, ..counts }),
            ended(CommandCounts { completed_count: n, ..counts }),
            ended(CommandCounts { error_count: n, ..counts }),
            ended(CommandCounts { delivery_timed_out_count: n, ..counts }),
            Fact::Throttled { attempt: n, gives_up: false },
            Fact::Sent { instance },
            Fact::Acknowledged { instance },
            Fact::InvocationChanged { instance, state },
            Fact::InvocationEnded { instance, ending },
            Fact::InvocationEnded { instance: 0, ending: Ending { response_code, ..ending } },
            Fact::CancelRequested { instance: Some(n) },
            Fact::ThresholdExceeded { errors: n },
            Fact::LateReply { instance, response_code: 0 },
            Fact::LateReply { instance: 0, response_code },
            Fact::Broken { instance },
            Fact::StepEnded { instance, step: 0, reply },
            Fact::StepEnded { instance: 0, step: n, reply },
            Fact::StepEnded { instance: 0, step: 0, reply: StepReply { response_code, ..reply } },
            Fact::Accepted { instance, queued: false },
            Fact::Accepted { instance, queued: true },
            Fact::Started { instance },
            Fact::Released { instance },
            Fact::Refused { instance, why: Refusal::BufferFull },
            Fact::Refused { instance, why: Refusal::Closed },
            Fact::RebootBegan { instance },
            Fact::RebootEnded { instance },
            Fact::Lost { notice: about_command, subscription: n },
            Fact::Arrived { notice: about_command, subscription: n, duplicate: false, published: SimTime(0) },
            Fact::Arrived { notice: about_command, subscription: n, duplicate: true, published: SimTime(0) },
        ]);
        for notice in [about_command, again, Notice { instance: Some(n), ..about_command }, success] {
            facts.extend([
                Fact::Published(notice),
                Fact::Lost { notice, subscription: 0 },
                Fact::Arrived { notice, subscription: 0, duplicate: false, published: SimTime(0) },
            ]);
        }
    }
    facts.extend(deliveries_of_one_bit());
    for n in [0].into_iter().chain((0..64).map(|bit| 1 << bit)) {
        let endings = [
            Ending { sent: Some(SimTime(n)), ..ending },
            Ending { started: Some(SimTime(n)), ..ending },
            Ending { elapsed: Some(SimDuration(n)), ..ending },
        ];
        facts.extend(endings.map(|ending| Fact::InvocationEnded { instance: 0, ending }));
        let replies =
            [StepReply { started: SimTime(n), ..reply }, StepReply { elapsed: SimDuration(n), ..reply }];
        facts.extend(replies.map(|reply| Fact::StepEnded { instance: 0, step: 0, reply }));
        facts.extend(uploads_of_one_bit(n));
        let published = SimTime(n);
        facts.push(Fact::Arrived { notice: about_command, subscription: 0, duplicate: false, published });
    }
    for details in
        [StatusDetails::InProgress, Delayed, StatusDetails::Success, Cancelled, Terminated, NoInstancesInTag]
    {
        for status in
            [Invocation::InProgress, Invocation::Delayed, Invocation::Cancelled, Invocation::Cancelling]
        {
            let state = InvocationState { status, details };
            facts.push(Fact::InvocationChanged { instance: 0, state });
            facts.push(Fact::InvocationEnded { instance: 0, ending: Ending { state, ..ending } });
        }
        for status in [CommandStatus::InProgress, CommandStatus::Success, TimedOut, Failed] {
            let state = CommandState { status, details };
            facts.extend([Fact::CommandChanged { state }, Fact::CommandEnded { state, counts }]);
        }
    }
    facts
}

/// The same of deliveries.
fn deliveries_of_one_bit() -> Vec<Fact> {
    let notice = Notice { instance: None, status: NotifiedStatus::InProgress, again: false };
    let parcel = Parcel { notice, subscription: 0, copy: false, published: SimTime(0) };
    let bits = |count| [0].into_iter().chain((0..count).map(|bit| 1_u64 << bit));
    let narrow = bits(32).flat_map(|n| {
        let n = n as u32;
        let notices = [
            Notice { instance: Some(n), ..notice },
            Notice { again: true, ..notice },
            Notice { status: NotifiedStatus::Success, ..notice },
        ];
        let parcels = notices.map(|notice| Parcel { notice, ..parcel });
        parcels.into_iter().chain([Parcel { subscription: n, ..parcel }])
    });
    let wide = bits(64).map(|n| Parcel { published: SimTime(n), ..parcel });
    let parcels = narrow.chain(wide).chain([parcel, Parcel { copy: true, ..parcel }]);
    let answers = || {
        let statuses = bits(16).map(|status| Answer::Status(status as u16));
        statuses.chain([Answer::Refused, Answer::TimedOut, Answer::Hung])
    };
    let attempted = |parcel, attempt, throttled| Fact::Attempted {
        parcel,
        attempt,
        throttled: SimDuration(throttled),
        answer: None,
    };
    let why = DropReason::Unconfirmed;
    let of_parcels = parcels.flat_map(|parcel| {
        let answered = Fact::Answered { parcel, attempt: 0, answer: Answer::Refused };
        [attempted(parcel, 0, 0), answered, Fact::Dropped { parcel, why }]
    });
    let attempts = bits(32).flat_map(|n| {
        let (attempt, answer) = (n as u32, Answer::Refused);
        [attempted(parcel, attempt, 0), Fact::Answered { parcel, attempt, answer }]
    });
    let of_answers = answers().flat_map(|answer| {
        let told = Fact::Answered { parcel, attempt: 0, answer };
        let answer = Some(answer);
        [Fact::Attempted { parcel, attempt: 0, throttled: SimDuration(0), answer }, told]
    });
    let whys = [
        DropReason::FilteredOut,
        DropReason::DeadLettered,
        DropReason::Discarded,
        DropReason::Redriven,
        DropReason::Expired,
    ];
    let drops = whys.map(|why| Fact::Dropped { parcel, why });
    let throttled = bits(64).map(|n| attempted(parcel, 0, n));
    of_parcels.chain(attempts).chain(of_answers).chain(drops).chain(throttled).collect()
}

/// A record is read and copied for every fact: what deliveries tell has room where the largest other one has.
#[test]
fn a_record_has_the_size_of_an_ending() {
    assert_eq!(size_of::<Record>(), 16 + size_of::<Ending>() + 8);
}

/// Every field is shifted to a place of its own: if two shared a bit, two of these would look the same.
#[test]
fn canonical_forms_differ_in_every_bit_of_every_field() {
    let bits = |count| [0].into_iter().chain((0..count).map(|bit| 1_u64 << bit));
    let moments = bits(64).map(|time| (time, 0)).chain(bits(32).map(|command| (0, command as u32)));
    let facts = facts_of_one_bit();
    let mut forms = BTreeMap::new();
    for (time, command) in moments {
        for &fact in &facts {
            let record = Record { time: SimTime(time), command, fact };
            let form = canonical(&record, |bytes, high| (bytes.to_vec(), high));
            let other = forms.insert(form, record);
            assert!(other.is_none_or(|other| other == record), "{other:?} and {record:?}");
        }
    }
    assert!(forms.len() > 50_000);
}
