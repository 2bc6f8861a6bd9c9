//! Endpoints of subscriptions.

use super::{
    delivery::Whereabouts,
    outcome::{duration, flag},
};
use crate::{
    base::{Chance, SimDuration, distribution::Distribution},
    scenario::{
        document,
        plan::{Answer, Endpoint, Outage, Sqs},
        review::Review,
    },
    sns::Protocol,
};

/// What there is to be said of a queue by itself (S10.40).
const QUEUE: Sqs = Sqs {
    visibility_timeout: SimDuration::from_secs(30),
    retention: SimDuration::from_secs(345_600),
    max_receive_count: None,
    failure: Chance(0),
};

/// The endpoint of a subscription of this protocol.
pub(super) fn resolve(
    written: Option<&document::Endpoint>,
    protocol: Protocol,
    of: &Whereabouts<'_>,
    path: &str,
    review: &mut Review<'_>,
) -> Endpoint {
    let (pointer, path) = (format!("{}/endpoint", of.pointer), format!("{path}/endpoint"));
    let nothing = document::Endpoint::default();
    let written = written.unwrap_or(&nothing);
    refuse_foreign(written, protocol, &pointer, review);
    refuse_idle(written, &pointer, review);
    let service = written.service.as_ref();
    let service = service.map(|service| duration(service, &format!("{pointer}/service"), review));
    let answers = written.answers.as_ref().map(|list| answers(list, protocol, &pointer, review));
    let outages = written.outages.as_ref().map(|list| outages(list, protocol, &pointer, review));
    let mut choose = |field: &str, given: Option<Option<u32>>, reason: &str| {
        review.choose(format!("{path}/{field}"), given, None, reason)
    };
    Endpoint {
        workers: choose("workers", written.workers.map(Some), "any number at once"),
        queue: choose("queue", written.queue.map(Some), "any number may wait"),
        service: review.choose::<Option<Distribution>>(
            format!("{path}/service"),
            service.map(Some),
            None,
            "it takes no time",
        ),
        answers: review.choose(format!("{path}/answers"), answers, Vec::new(), "always 200"),
        outages: review.choose(format!("{path}/outages"), outages, Vec::new(), "never down"),
        sqs: queue(written, protocol, &pointer, &path, review),
    }
}

/// Fields that an endpoint of this protocol cannot have.
fn refuse_foreign(written: &document::Endpoint, protocol: Protocol, pointer: &str, review: &mut Review<'_>) {
    let mut refuse = |field: &str, is_given: bool, help: &str| {
        if is_given {
            review.error(&format!("{pointer}/{field}"), format!("`{field}` is not for this protocol"), help);
        }
    };
    if protocol.is_email() {
        let help = "a mailbox takes everything at once; leave it out";
        refuse("workers", written.workers.is_some(), help);
        refuse("service", written.service.is_some(), help);
    }
    if !protocol.is_http() {
        refuse("queue", written.queue.is_some(), "only a web server turns requests away; leave it out");
    }
    if protocol != Protocol::Sqs {
        let help = "it is about an SQS queue; give `protocol = \"sqs\"`, or leave it out";
        refuse("visibility_timeout", written.visibility_timeout.is_some(), help);
        refuse("retention", written.retention.is_some(), help);
        refuse("max_receive_count", written.max_receive_count.is_some(), help);
        refuse("failures", written.failures.is_some(), help);
    }
}

/// Fields that make no difference without another.
fn refuse_idle(written: &document::Endpoint, pointer: &str, review: &mut Review<'_>) {
    if written.workers.is_some() && written.service.is_none() {
        let help = "say how long they work on a message: `service = \"200ms\"`";
        review.error(&format!("{pointer}/workers"), "workers who take no time", help);
    }
    if written.queue.is_some() && written.workers.is_none() {
        let help = "say how many work at once: `workers = 4`";
        review.error(&format!("{pointer}/queue"), "nobody waits where any number is worked on", help);
    }
}

fn answers(
    list: &[document::Answer],
    protocol: Protocol,
    pointer: &str,
    review: &mut Review<'_>,
) -> Vec<Answer> {
    let mut sum = 0;
    let mut resolved = Vec::new();
    for (at, answer) in list.iter().enumerate() {
        let pointer = format!("{pointer}/answers/{at}");
        sum += u64::from(answer.chance.0.0);
        let hangs = flag(answer.hang, (), &pointer, "hang", review).is_some();
        if hangs == answer.status.is_some() {
            let message = if hangs { "both an answer and none" } else { "no answer is named" };
            review.error(&pointer, message, "give exactly one of `status` and `hang`");
        } else if hangs && !protocol.is_http() {
            let help = "only a web server leaves SNS waiting; give a `status`";
            review.error(&format!("{pointer}/hang"), "`hang` is not for this protocol", help);
        }
        check_status(answer.status, protocol, &pointer, review);
        resolved.push(Answer { chance: answer.chance.0, status: answer.status });
    }
    if sum > u64::from(Chance::ONE.0) {
        let message = format!("the chances sum up to {} %", sum as f64 / 1e7);
        review.error(&format!("{pointer}/answers"), message, "at most 100 %; the rest is 200");
    }
    resolved
}

/// Of SQS and e-mail a status stands for an error, the client's or the server's.
fn check_status(status: Option<u16>, protocol: Protocol, pointer: &str, review: &mut Review<'_>) {
    if let Some(status) = status.filter(|status| *status < 400 && !protocol.is_http()) {
        let help = "400 to 499 stand for errors of the client, 500 to 599 for those of the server (S9.26)";
        review.error(&format!("{pointer}/status"), format!("{status} is no error of this protocol"), help);
    }
}

fn outages(
    list: &[document::Outage],
    protocol: Protocol,
    pointer: &str,
    review: &mut Review<'_>,
) -> Vec<Outage> {
    let mut resolved: Vec<Outage> = Vec::new();
    for (at, outage) in list.iter().enumerate() {
        let pointer = format!("{pointer}/outages/{at}");
        let document::Outage { from, until, status } = *outage;
        check_status(status, protocol, &pointer, review);
        if from >= until {
            let message = format!("it ends at {until}, not after its beginning at {from}");
            review.error(&format!("{pointer}/until"), message, "give a later `until`");
        } else if resolved.iter().any(|other| from < other.until && other.from < until) {
            review.error(&pointer, "it overlaps an outage above", "give each span of time once");
        }
        resolved.push(Outage { from, until, status });
    }
    resolved
}

fn queue(
    written: &document::Endpoint,
    protocol: Protocol,
    pointer: &str,
    path: &str,
    review: &mut Review<'_>,
) -> Option<Sqs> {
    if protocol != Protocol::Sqs {
        return review.choose(format!("{path}/sqs"), None, None, "no queue");
    }
    let mut within = |field: &str, given: Option<SimDuration>, [least, most]: [u64; 2]| {
        let bounds = [least, most].map(SimDuration::from_secs);
        if let Some(given) = given.filter(|given| !(bounds[0]..=bounds[1]).contains(given)) {
            let help = format!("from {} to {} (S10.40)", bounds[0], bounds[1]);
            review.error(&format!("{pointer}/{field}"), format!("`{field}` is {given}"), help);
        }
    };
    within("visibility_timeout", written.visibility_timeout, [1, 43_200]);
    within("retention", written.retention, [60, 1_209_600]);
    let path = |field: &str| format!("{path}/sqs/{field}");
    Some(Sqs {
        visibility_timeout: review.choose(
            path("visibility_timeout"),
            written.visibility_timeout,
            QUEUE.visibility_timeout,
            "S10.40",
        ),
        retention: review.choose(path("retention"), written.retention, QUEUE.retention, "S10.40"),
        max_receive_count: review.choose(
            path("max_receive_count"),
            written.max_receive_count.map(Some),
            QUEUE.max_receive_count,
            "no dead-letter queue behind the queue (S10.41)",
        ),
        failure: review.choose(
            path("failure"),
            written.failures.map(|share| share.0),
            QUEUE.failure,
            "the consumer never fails",
        ),
    })
}
