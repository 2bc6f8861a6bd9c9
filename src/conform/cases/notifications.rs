//! What Run Command publishes to a topic.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    conform::{
        bench::Bench,
        case::{Case, Halt, Outcome, case, demand, invalid, unknown},
        json::text,
        topic::{Topic, sns},
        watch::Story,
    },
    wire::sns::{envelope::Envelope, signature::is_signed_by},
};

pub(in crate::conform) const CASES: &[Case] = &[
    case!(
        "of-the-command",
        of_the_command,
        "one message for each change of the command's status",
        "S9.3, S9.7, O-26"
    ),
    case!(
        "of-invocations",
        of_invocations,
        "one message for each change of each invocation's status",
        "S9.3, S9.7, O-26"
    ),
    case!(
        "only-wanted-events",
        only_wanted,
        "events that were not asked for are not published",
        "S9.2, S9.7"
    ),
    case!(
        "none-is-published-twice",
        none_twice,
        "no change is published twice under two MessageIds",
        "S9.7, S9.17, O-59"
    ),
    case!(
        "fields-of-messages",
        fields,
        "a message has the fields of the guide's samples, in lowerCamel case",
        "section 9.2, S9.8 to S9.11"
    ),
    case!("envelope", envelope, "over HTTP a message comes in an envelope", "S9.15, section 9.3"),
    case!(
        "signature",
        signature,
        "the envelope is signed with the key of the certificate that it names",
        "S9.15"
    ),
    case!("confirmed-first", confirmed_first, "before it is confirmed a subscription gets nothing", "S9.18"),
];

/// What notifies (S9.3).
const NOTIFYING: [&str; 5] = ["InProgress", "Success", "Failed", "TimedOut", "Cancelled"];

/// A command that published to a topic, and what arrived.
struct Post {
    story: Story,
    messages: Vec<Envelope>,
}

/// Sends a command that publishes, and waits for its messages until they are enough, or long enough.
async fn post(
    bench: &Bench,
    kind: &str,
    events: Value,
    enough: impl Fn(&[Envelope], &Story) -> bool,
) -> Result<Post, Halt> {
    let works = &bench.fleet.works;
    let ids = works.some(2)?;
    let topic = Topic::new(bench, kind).await?;
    topic.confirm(bench).await?;
    let config = json!({
        "NotificationArn": topic.arn,
        "NotificationEvents": events,
        "NotificationType": kind,
    });
    let more = json!({
        "NotificationConfig": config,
        "ServiceRoleArn": "arn:aws:iam::123456789012:role/fleetsim-conform",
    });
    let story = bench.send_and_watch(works.request(ids, more)).await?;
    let until = bench.seconds() + bench.settings.lateness;
    while !enough(&topic.notifications(), &story) && bench.seconds() < until {
        bench.wait(1.0).await;
    }
    // A second copy would come a little later.
    bench.wait(5.0).await;
    Ok(Post { messages: topic.notifications(), story })
}

/// The messages as JSON.
fn contents(messages: &[Envelope]) -> Vec<Value> {
    messages.iter().map(|envelope| serde_json::from_str(&envelope.message).unwrap_or_default()).collect()
}

/// How often each status was told, of one instance or of the command; copies of one publication count once.
fn told(messages: &[Envelope], instance: Option<&str>) -> BTreeMap<String, usize> {
    let ids: BTreeSet<_> = messages.iter().map(|envelope| envelope.message_id.clone()).collect();
    let mut told = BTreeMap::new();
    for id in ids {
        let first = messages.iter().find(|envelope| envelope.message_id == id);
        let message: Value =
            first.and_then(|envelope| serde_json::from_str(&envelope.message).ok()).unwrap_or_default();
        if instance.is_none_or(|instance| text(&message, "instanceId") == instance) {
            *told.entry(text(&message, "status").to_string()).or_default() += 1;
        }
    }
    told
}

fn shown(told: &BTreeMap<String, usize>) -> String {
    let each: Vec<_> = told.iter().map(|(status, count)| format!("{count} {status}")).collect();
    if each.is_empty() { "nothing".into() } else { each.join(", ") }
}

/// Whether the end was told, and what goes on before it: of a command that was never seen in it, InProgress may be missing.
fn is_complete(told: &BTreeMap<String, usize>, end: &str) -> bool {
    let has = |status: &str| told.contains_key(status);
    has(end) && has("InProgress") && told.keys().all(|status| [end, "InProgress"].contains(&status.as_str()))
}

async fn of_the_command(bench: &Bench) -> Outcome {
    let complete = |messages: &[Envelope], story: &Story| {
        is_complete(&told(messages, None), text(&story.command, "Status"))
    };
    let post = post(bench, "Command", json!(["All"]), complete).await?;
    let told = told(&post.messages, None);
    let stray = contents(&post.messages).iter().any(|message| !text(message, "instanceId").is_empty());
    let seen = format!("{}; the command ended as {}", shown(&told), post.story.state());
    demand(complete(&post.messages, &post.story) && !stray, seen)
}

async fn of_invocations(bench: &Bench) -> Outcome {
    let lacking = |messages: &[Envelope], story: &Story| {
        let lacks =
            |one: &&Value| !is_complete(&told(messages, Some(text(one, "InstanceId"))), text(one, "Status"));
        story.invocations.iter().filter(lacks).count()
    };
    let complete = |messages: &[Envelope], story: &Story| lacking(messages, story) == 0;
    let post = post(bench, "Invocation", json!(["All"]), complete).await?;
    let seen =
        format!("{} of {} invocations", shown(&told(&post.messages, None)), post.story.invocations.len());
    demand(lacking(&post.messages, &post.story) == 0 && !post.story.invocations.is_empty(), seen)
}

async fn only_wanted(bench: &Bench) -> Outcome {
    let any = |messages: &[Envelope], _: &Story| !messages.is_empty();
    let post = post(bench, "Command", json!(["Success"]), any).await?;
    let told = told(&post.messages, None);
    demand(
        told.keys().all(|status| status == "Success"),
        format!("{}, where Success was wanted", shown(&told)),
    )?;
    needs_messages(&post)?;
    Ok(shown(&told))
}

/// A rule about messages has nothing to judge without any; that they are missing is told by the first cases.
fn needs_messages(post: &Post) -> Result<(), Halt> {
    if post.messages.is_empty() {
        return unknown("no notification arrived");
    }
    Ok(())
}

async fn none_twice(bench: &Bench) -> Outcome {
    let two = |messages: &[Envelope], _: &Story| messages.len() >= 4;
    let post = post(bench, "Invocation", json!(["All"]), two).await?;
    needs_messages(&post)?;
    let mut publications = BTreeMap::<(String, String), BTreeSet<&str>>::new();
    for envelope in &post.messages {
        let message: Value = serde_json::from_str(&envelope.message).unwrap_or_default();
        let change = (text(&message, "instanceId").to_string(), text(&message, "status").to_string());
        publications.entry(change).or_default().insert(&envelope.message_id);
    }
    let copies = post.messages.len() - publications.values().map(BTreeSet::len).sum::<usize>();
    let twice = publications.values().filter(|ids| ids.len() > 1).count();
    let seen =
        format!("{} changes, {twice} published twice, {copies} further copies delivered", publications.len());
    demand(twice == 0, seen)
}

async fn fields(bench: &Bench) -> Outcome {
    const OF_A_COMMAND: [&str; 9] = [
        "commandId",
        "documentName",
        "instanceIds",
        "requestedDateTime",
        "expiresAfter",
        "outputS3BucketName",
        "outputS3KeyPrefix",
        "status",
        "eventTime",
    ];
    let any = |messages: &[Envelope], _: &Story| !messages.is_empty();
    let post = post(bench, "Command", json!(["All"]), any).await?;
    needs_messages(&post)?;
    for message in contents(&post.messages) {
        let Value::Object(fields) = &message else { return invalid("a message is no JSON object") };
        let strangers: Vec<_> =
            fields.keys().filter(|name| !OF_A_COMMAND.contains(&name.as_str())).cloned().collect();
        let missing: Vec<_> = OF_A_COMMAND.into_iter().filter(|name| !fields.contains_key(*name)).collect();
        if !strangers.is_empty() || !missing.is_empty() {
            return invalid(format!("missing: {missing:?}, and there are {strangers:?}"));
        }
        let status = text(&message, "status");
        if text(&message, "commandId") != post.story.id || !NOTIFYING.contains(&status) {
            return invalid(format!("a message about {} in {status}", text(&message, "commandId")));
        }
        let times = ["requestedDateTime", "eventTime", "expiresAfter"].map(|name| text(&message, name));
        if let Some(time) =
            times.iter().find(|time| !time.ends_with('Z') || time.parse::<jiff::Timestamp>().is_err())
        {
            return invalid(format!("`{time}` is no time of ISO 8601 in UTC"));
        }
    }
    Ok(OF_A_COMMAND.join(", "))
}

async fn envelope(bench: &Bench) -> Outcome {
    let any = |messages: &[Envelope], _: &Story| !messages.is_empty();
    let post = post(bench, "Command", json!(["All"]), any).await?;
    needs_messages(&post)?;
    for envelope in &post.messages {
        let texts = [
            ("MessageId", &envelope.message_id),
            ("TopicArn", &envelope.topic_arn),
            ("Timestamp", &envelope.timestamp),
            ("Signature", &envelope.signature),
            ("SigningCertURL", &envelope.signing_cert_url),
        ];
        if let Some((name, _)) = texts.iter().find(|(_, text)| text.is_empty()) {
            return invalid(format!("{name} is empty"));
        }
        if !["1", "2"].contains(&envelope.signature_version.as_str()) || envelope.unsubscribe_url.is_none() {
            return invalid(format!(
                "SignatureVersion {}, UnsubscribeURL {:?}",
                envelope.signature_version, envelope.unsubscribe_url
            ));
        }
    }
    Ok(format!("{} envelopes with all fields", post.messages.len()))
}

/// The certificate is fetched from the endpoint itself and from nowhere else.
async fn signature(bench: &Bench) -> Outcome {
    let any = |messages: &[Envelope], _: &Story| !messages.is_empty();
    let post = post(bench, "Command", json!(["Success"]), any).await?;
    needs_messages(&post)?;
    let url = &post.messages[0].signing_cert_url;
    let here = bench.client().endpoint().to_string();
    let Some(path) = url.strip_prefix(&here).filter(|path| path.starts_with('/')) else {
        return unknown(format!("the certificate is at {url}, which is not at this endpoint"));
    };
    let certificate = match bench.client().get(path).await {
        Ok(answer) if answer.status == 200 => String::from_utf8_lossy(&answer.body).into_owned(),
        _ => return unknown(format!("there is no certificate at {url}")),
    };
    let signed = post.messages.iter().filter(|envelope| is_signed_by(envelope, &certificate)).count();
    demand(signed == post.messages.len(), format!("{signed} of {} signatures are right", post.messages.len()))
}

async fn confirmed_first(bench: &Bench) -> Outcome {
    let topic = Topic::new(bench, "unconfirmed").await?;
    let fields = [("TopicArn", topic.arn.as_str()), ("Message", "before the confirmation")];
    sns(bench, "Publish", &fields).await?;
    bench.wait(10.0).await;
    let arrived = topic.notifications().len();
    if arrived == 0 && topic.arrivals().is_empty() {
        return unknown("not even the request to confirm arrived here");
    }
    demand(arrived == 0, format!("{arrived} messages before the confirmation"))
}
