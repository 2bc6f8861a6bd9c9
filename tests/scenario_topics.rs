//! Topics in scenarios: what they resolve to, and what is said of bad ones.

mod written;

use fleetsim::{
    base::{Chance, distribution::Distribution},
    scenario::{Faults, Resolved, Severity, plan::Notification},
    ssm::{NotificationType, NotifiedStatus as N, reading::NotificationCase},
};
use written::command_to_five as scenario;

const ARN: &str = "arn:aws:sns:eu-central-1:123456789012:ops";

fn load(text: &str) -> Result<Resolved, Faults> {
    written::load("s.toml", text, &[])
}

/// A request that notifies the topic, with more in its configuration.
fn notify(more: &str) -> String {
    written::notify(ARN, more)
}

#[test]
fn a_topic_with_everything() {
    let topic = format!(
        r#"[[topic]]
arn = "{ARN}"
published_twice = "0.1%"
[[topic.subscription]]
name = "pager"
latency = {{ exponential = {{ mean = "2s" }} }}
duplicates = 0.01
loss = "2%"
[[topic.subscription]]
name = "audit-2_b""#
    );
    let kind = ", NotificationEvents = [\"Success\", \"InProgress\"], NotificationType = \"Invocation\"";
    let resolved = load(&scenario(&notify(kind), &topic)).unwrap();
    assert!(resolved.warnings.is_empty(), "{:?}", resolved.warnings);
    let plan = &resolved.plan;
    let [topic] = &plan.topics[..] else { panic!("one topic") };
    assert_eq!((topic.arn.as_str(), topic.published_twice), (ARN, Chance(1_000_000)));
    let [pager, audit] = &topic.subscriptions[..] else { panic!("two subscriptions") };
    assert_eq!((pager.name.as_str(), audit.name.as_str()), ("pager", "audit-2_b"));
    assert_eq!(pager.latency, Distribution::Exponential { mean: 2e6 });
    assert_eq!((pager.duplicate, pager.loss), (Chance(10_000_000), Chance(20_000_000)));
    assert_eq!((audit.duplicate, audit.loss), (Chance(0), Chance(0)));
    let Distribution::Lognormal { median, sigma } = audit.latency else { panic!("log-normal") };
    assert_eq!(median, 100_000.0);
    // 99 % below ten times the median.
    assert!((sigma * 2.326_347_874 - 10_f64.ln()).abs() < 1e-9);
    assert_eq!(
        plan.commands[0].notification,
        Some(Notification {
            topic: 0,
            events: vec![N::InProgress, N::Success],
            kind: NotificationType::Invocation
        })
    );
    assert!(plan.commands[0].not_simulated.is_empty());
    // Every value of the plan has an origin; what is assumed is said.
    let rows = resolved.explain();
    assert!(rows.iter().any(|row| row.path == "/topics/0/subscriptions/0/loss"));
    let points: Vec<_> = resolved.assumptions.iter().map(|assumption| assumption.point).collect();
    assert!(points.ends_with(&["O-26", "O-58", "O-59", "latency"]), "{points:?}");
}

/// S9.1: without a type it is Command. Ours: no events are all events, and a topic that nobody declares has one
/// subscription.
#[test]
fn a_request_alone_is_enough() {
    for more in ["", ", NotificationEvents = []", ", NotificationEvents = [\"Failed\", \"All\"]"] {
        let resolved = load(&scenario(&notify(more), "")).unwrap();
        let plan = &resolved.plan;
        assert_eq!(
            plan.commands[0].notification,
            Some(Notification { topic: 0, events: N::ALL.into(), kind: NotificationType::Command })
        );
        assert_eq!((plan.topics.len(), plan.topics[0].arn.as_str()), (1, ARN));
        assert_eq!(plan.topics[0].subscriptions.len(), 1);
        assert_eq!(plan.topics[0].subscriptions[0].name, "subscriber");
        assert!(resolved.warnings.is_empty());
        assert!(!resolved.explain().is_empty());
        let points: Vec<_> = resolved.assumptions.iter().map(|assumption| assumption.point).collect();
        assert!(points.ends_with(&["O-26", "O-58", "O-59", "S9.1", "topic", "latency"]), "{points:?}");
    }
    let bare = format!("[[topic]]\narn = \"{ARN}\"\npublished_twice = 0.5");
    let resolved = load(&scenario(&notify(""), &bare)).unwrap();
    assert_eq!(resolved.plan.topics[0].subscriptions[0].name, "subscriber");
    assert_eq!(resolved.plan.topics[0].published_twice, Chance(500_000_000));
    assert!(!resolved.explain().is_empty());
    let quiet = load(&scenario("", "")).unwrap();
    assert!(quiet.plan.topics.is_empty() && quiet.plan.commands[0].notification.is_none());
    assert!(quiet.assumptions.iter().all(|assumption| assumption.point != "O-58"));
}

/// Settled 10: the guide of 2018 spelt the fields with a capital letter; the reading can be chosen alone.
#[test]
fn the_case_of_fields_is_a_reading() {
    let case = |lines: &str| {
        let text = scenario("", "").replace("version = 1", &format!("version = 1\n{lines}"));
        load(&text).unwrap().plan.readings.notification_case
    };
    assert_eq!(case(""), NotificationCase::LowerCamel);
    assert_eq!(case("profile = \"literal-docs\""), NotificationCase::LowerCamel);
    assert_eq!(case("profile = \"legacy-2018\""), NotificationCase::Pascal);
    assert_eq!(case("readings = { notification_case = \"pascal\" }"), NotificationCase::Pascal);
}

/// S9.5: the service demands a role; a topic that nobody uses is seldom meant.
#[test]
fn warnings() {
    let no_role = format!("NotificationConfig = {{ NotificationArn = \"{ARN}\" }}");
    let resolved = load(&scenario(&no_role, "")).unwrap();
    let [warning] = &resolved.warnings[..] else { panic!("{:?}", resolved.warnings) };
    assert_eq!(warning.severity, Severity::Warning);
    assert!(warning.message.contains("without `ServiceRoleArn`") && warning.help.contains("InvalidRole"));
    assert!(warning.place.pointer.ends_with("/request/NotificationConfig"));

    let resolved = load(&scenario("", &format!("[[topic]]\narn = \"{ARN}\""))).unwrap();
    let [warning] = &resolved.warnings[..] else { panic!("{:?}", resolved.warnings) };
    assert!(warning.message.contains("no command notifies") && warning.message.contains(ARN));
    assert_eq!(warning.place.pointer, "/topic/0");
}

#[test]
fn bad_topics() {
    let topic = |arn: &str, more: &str| format!("[[topic]]\narn = \"{arn}\"\n{more}");
    let subscription = |lines: &str| topic(ARN, &format!("[[topic.subscription]]\n{lines}"));
    let wrong_arn = "is not the ARN of a standard SNS topic";
    for (more, parts) in [
        (topic("ops", ""), &[wrong_arn, "s.toml:14:7", "arn:aws:sns:REGION:ACCOUNT:NAME"][..]),
        (topic("arn:aws:sqs:eu-central-1:123456789012:ops", ""), &[wrong_arn]),
        (topic("arn:aws:sns::123456789012:ops", ""), &[wrong_arn]),
        (topic(&format!("{ARN}.fifo"), ""), &[wrong_arn]),
        (
            format!("{}{}", topic(ARN, ""), topic(ARN, "")),
            &["there is another topic", "s.toml:16:7", "declare it once"],
        ),
        ("[[topic]]".into(), &["the field `arn` is missing"]),
        (
            topic(ARN, "publish_twice = 1"),
            &["unknown field `publish_twice`", "did you mean `published_twice`?"],
        ),
        (topic(ARN, "published_twice = 1.5"), &["1.5 is out of range", "from 0 to 1"]),
        (topic(ARN, "subscription = []"), &["a list of 0 entries", "from 1 to 100"]),
        (subscription("latency = \"1s\""), &["the field `name` is missing"]),
        (subscription("name = \"\""), &["a text of 0 characters"]),
        (
            subscription("name = \"a b\""),
            &["`a b` is no name for a subscription", "s.toml:16:8", "letters, digits"],
        ),
        (subscription("name = \"../x\""), &["`../x` is no name for a subscription"]),
        (
            subscription("name = \"a\"\n[[topic.subscription]]\nname = \"a\""),
            &["there is another subscription `a` of this topic", "s.toml:18:8"],
        ),
        (subscription("name = \"a\"\nlatency = 2"), &["found the number 2", "such as \"2s\""]),
        (
            subscription("name = \"a\"\nlatency = { uniform = { min = \"2s\", max = \"1s\" } }"),
            &["there is no such distribution", "s.toml:17"],
        ),
        (subscription("name = \"a\"\nloss = \"101%\""), &["`101%` is not a chance"]),
        (subscription("name = \"a\"\nduplicate = 0.1"), &["did you mean `duplicates`?"]),
    ] {
        let rendered = load(&scenario("", &more)).expect_err(&more).render(false);
        for part in parts {
            assert!(rendered.contains(part), "{part:?} is not in:\n{rendered}");
        }
    }
}

#[test]
fn every_fault_at_once() {
    let more = "[[topic]]\narn = \"x\"\n[[topic.subscription]]\nname = \"a b\"\nlatency = { exponential = { mean = \"0s\" } }\n[[topic]]\narn = \"y\"";
    let Err(faults) = load(&scenario("", more)) else { panic!("faults") };
    let places: Vec<_> = faults.0.iter().map(|fault| fault.place.pointer.as_str()).collect();
    assert!(places.contains(&"/topic/0/arn") && places.contains(&"/topic/1/arn"), "{places:?}");
    assert!(places.contains(&"/topic/0/subscription/0/name"), "{places:?}");
}
