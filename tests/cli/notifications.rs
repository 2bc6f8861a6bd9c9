//! What a run prints and writes of notifications, recomputed from its rows, and that the page on outputs names it.

use std::{collections::BTreeMap, fs};

use serde_json::Value;

use super::program::{MIXED, Place, number};

type Row = BTreeMap<String, String>;

/// [`MIXED`] with two consumers, neither of whom can be trusted.
pub(crate) fn notifying() -> String {
    let request = r#"TimeoutSeconds = 600
ServiceRoleArn = "arn:aws:iam::123456789012:role/sns"
NotificationConfig = { NotificationArn = "arn:aws:sns:eu-central-1:123456789012:ops", NotificationType = "Invocation" }"#;
    let topic = r#"
[[topic]]
arn = "arn:aws:sns:eu-central-1:123456789012:ops"
published_twice = "2%"
[[topic.subscription]]
name = "pager"
latency = { exponential = { mean = "20s" } }
duplicates = "10%"
loss = "5%"
[[topic.subscription]]
name = "audit"
"#;
    MIXED.replace("TimeoutSeconds = 600", request) + topic
}

fn written(arguments: &[&str]) -> Place {
    let place = Place::with(&notifying());
    place.run(&[&["run", "s.toml", "-o", "out"], arguments].concat()).exits(0);
    place
}

fn of<'a>(rows: &'a [Row], subscription: &str) -> Vec<&'a Row> {
    rows.iter().filter(|row| row["subscription"] == subscription).collect()
}

#[test]
fn the_summary_agrees_with_the_rows() {
    let place = written(&[]);
    let rows = place.csv("out/notifications.csv");
    let summary = place.json("out/summary.json");
    let command = &summary["commands"][0];
    for (at, name) in ["pager", "audit"].into_iter().enumerate() {
        let said = &command["notifications"][at];
        assert_eq!(said["subscription"], name);
        let rows = of(&rows, name);
        let is = |row: &Row, column: &str| row[column] == "true";
        let count = |which: &dyn Fn(&Row) -> bool| Value::from(rows.iter().filter(|row| which(row)).count());
        let arrived = |row: &Row| number(row, "arrived_us").is_some();
        let first = |row: &Row| arrived(row) && !is(row, "duplicate");
        assert_eq!(said["arrived"], count(&first));
        assert_eq!(said["lost"], count(&|row| !arrived(row)));
        assert_eq!(said["duplicates"], count(&|row| is(row, "duplicate")));
        assert_eq!(said["out_of_order"], count(&|row| is(row, "out_of_order")));
        assert_eq!(said["published"], count(&|row| !is(row, "duplicate")));
        let latencies: Vec<u64> =
            rows.iter().filter(|row| first(row)).filter_map(|row| number(row, "latency_us")).collect();
        let spread = &said["latency"];
        assert_eq!(spread["count"], latencies.len());
        assert_eq!(
            (&spread["min"], &spread["max"]),
            (&(*latencies.iter().min().unwrap()).into(), &(*latencies.iter().max().unwrap()).into())
        );
        for row in rows.iter().filter(|row| arrived(row)) {
            let number = |column| number(row, column).unwrap();
            assert_eq!(number("latency_us"), number("arrived_us") - number("published_us"));
        }
        // What each hears last of an instance, when all has arrived, beside its end.
        let mut books = BTreeMap::new();
        for row in rows.iter().filter(|row| arrived(row)) {
            books.insert(&row["instance_id"], &row["status"]);
        }
        let ends = place.csv("out/invocations.csv");
        let wrong = ends
            .iter()
            .filter(|end| books.get(&end["instance_id"]).is_some_and(|last| **last != end["status"]));
        assert_eq!(said["wrong_for_good"], wrong.count());
    }
    let pooled = &command["pooled"]["notification_latency"]["count"];
    let sum = |field: &str| {
        command["notifications"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one[field].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!(pooled.as_u64(), Some(sum("arrived")));
    for (metric, expected) in
        [("arrived", sum("arrived")), ("lost", sum("lost")), ("out_of_order", sum("out_of_order"))]
    {
        assert_eq!(command["per_replication"][metric]["max"], expected, "{metric}");
        assert!(expected > 0);
    }
    assert_eq!(
        place.csv("out/replications.csv")[0]["wrong_for_us"],
        command["per_replication"]["wrong_for"]["max"].to_string()
    );
}

/// S9.17: every arrival has a line, in the order of the table, and the message it carries says what the row says.
#[test]
fn lines_are_the_rows_that_arrived() {
    let place = written(&[]);
    let rows = place.csv("out/notifications.csv");
    let arrived: Vec<_> = rows.iter().filter(|row| !row["arrived_us"].is_empty()).collect();
    let text = place.read("out/notifications.jsonl");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), arrived.len());
    let mut before = 0;
    for (line, row) in lines.iter().zip(arrived) {
        let message: Value = serde_json::from_str(line["Message"].as_str().unwrap()).unwrap();
        assert_eq!(line["subscription"], row["subscription"]);
        assert_eq!(line["MessageId"], row["message_id"]);
        assert_eq!(line["arrived"].to_string(), row["arrived_us"]);
        for (field, column) in
            [("instanceId", "instance_id"), ("status", "status"), ("eventTime", "event_time")]
        {
            assert_eq!(message[field], row[column]);
        }
        assert!(before <= line["arrived"].as_u64().unwrap());
        before = line["arrived"].as_u64().unwrap();
    }
}

#[test]
fn the_history_with_notifications_reads_back() {
    let place = written(&["--history"]);
    let digest = place.csv("out/replications.csv")[0]["digest"].clone();
    let checked = place.run(&["check", "out/history.jsonl", "--format", "json"]).exits(0).json();
    assert_eq!(checked["digest"], digest);
    let (page, history) = (page(), place.read("out/history.jsonl"));
    for fact in ["Published", "Arrived", "Lost"] {
        assert!(
            history.contains(&format!("\"fact\":\"{fact}\"")) && page.contains(&format!("| `{fact}` |")),
            "{fact}"
        );
    }
}

#[test]
fn threads_and_replications_change_no_byte() {
    let place = Place::with(&notifying());
    for many in [&["--replications", "130"][..], &["--replication", "64"]] {
        for threads in ["1", "4"] {
            let arguments =
                [&["run", "s.toml", "--force", "--threads", threads, "-o", threads], many].concat();
            place.run(&arguments).exits(0);
        }
        for name in place.list("1").into_iter().filter(|name| name != "run.json") {
            assert!(place.read(&format!("1/{name}")) == place.read(&format!("4/{name}")), "{name}");
        }
    }
    // Replication 64 alone is number 64 of many, also in what is added up.
    place.run(&["run", "s.toml", "--replications", "65", "-o", "many"]).exits(0);
    place.run(&["run", "s.toml", "--replications", "64", "-o", "less"]).exits(0);
    let lost = |name: &str| {
        place.json(&format!("{name}/summary.json"))["commands"][0]["notifications"][0]["lost"].clone()
    };
    assert_eq!(lost("many").as_u64().unwrap(), lost("less").as_u64().unwrap() + lost("1").as_u64().unwrap());
}

/// The percentile files hold the first arrivals, subscription by subscription; a run of its own replaces them.
#[test]
fn latencies_are_written_for_each_subscription() {
    let place = written(&[]);
    let rows = place.csv("out/notifications.csv");
    for name in ["pager", "audit"] {
        let first = of(&rows, name)
            .into_iter()
            .filter(|row| row["duplicate"] == "false" && !row["arrived_us"].is_empty());
        let count = first.count();
        let text = place.read(&format!("out/notification_latency-{name}.hgrm"));
        assert!(count > 100 && text.contains(&format!("Total count    = {count:12}]")), "{text}");
        assert!(place.read("out/latencies.hlog").contains(&format!("Tag=notification_latency-{name},")));
    }
    place.run(&["run", "s.toml", "-o", "out", "--force"]).exits(0);
}

/// What is printed: two sentences a subscription, its counts and its latencies, within the width of a terminal.
#[test]
fn three_formats() {
    let place = Place::with(&notifying());
    for arguments in [&["run", "s.toml"][..], &["run", "s.toml", "--replications", "20"]] {
        let text = place.run(arguments).exits(0).out;
        for part in [
            "to `pager` ",
            "what `audit` last heard of an instance was wrong for up to",
            "messages to",
            "latency to",
        ] {
            assert!(text.contains(part), "{part:?} is not in:\n{text}");
        }
        let width = text.lines().map(|line| line.chars().count()).max();
        assert!(width <= Some(115), "{width:?}\n{text}");
        let markdown = place.run(&[arguments, &["--format", "markdown"]].concat()).exits(0).out;
        assert!(markdown.contains("| messages to |") && markdown.contains("| latency to |"), "{markdown}");
    }
    let quiet = Place::with(MIXED).run(&["run", "s.toml", "--format", "json"]).exits(0).json();
    assert_eq!(quiet["commands"][0].get("notifications"), None);
    assert_eq!(quiet["commands"][0]["per_replication"].get("published"), None);
}

/// Thresholds on notifications are held; where nothing is published there is nothing to measure.
#[test]
fn thresholds() {
    let with =
        |scenario: &str, threshold: &str| Place::with(&format!("{scenario}\n[thresholds]\n{threshold}\n"));
    for (threshold, code) in [
        ("\"notification_latency.max\" = \"<= 1h\"", 0),
        ("\"notification_latency.p50\" = \"<= 1ms\"", 1),
        ("\"out_of_order.max\" = \"<= 0\"", 1),
        ("\"wrong_for.max\" = \"<= 1h\"", 0),
        ("\"wrong_for_good.max\" = \"<= 100%\"", 0),
        ("\"published.min\" = \">= 200\"", 0),
    ] {
        with(&notifying(), threshold).run(&["run", "s.toml"]).exits(code);
    }
    with(MIXED, "\"out_of_order.max\" = \"<= 0\"").run(&["run", "s.toml"]).exits(4);
}

/// A command's messages name the command alone.
#[test]
fn a_summary_by_command() {
    let place = Place::with(&notifying().replace("\"Invocation\" }", "\"Command\" }"));
    let text = place.run(&["run", "s.toml", "-o", "out"]).exits(0).out;
    assert!(text.contains("last heard of the command was wrong for up to"), "{text}");
    let rows = place.csv("out/notifications.csv");
    assert!(!rows.is_empty() && rows.iter().all(|row| row["instance_id"].is_empty()));
}

fn page() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/outputs.md")).expect("docs/outputs.md")
}

#[test]
fn everything_written_is_documented() {
    let (page, place) = (page(), written(&[]));
    for name in place.list("out") {
        let name = name.replace("-pager", "-NAME").replace("-audit", "-NAME");
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
    let section =
        page.split("\n## ").find(|section| section.starts_with("Notifications")).expect("a section");
    for column in place.read("out/notifications.csv").lines().next().unwrap().split(',') {
        assert!(section.contains(&format!("| `{column}` |")), "{column}");
    }
    let text = place.read("out/notifications.jsonl");
    let line: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    for field in line.as_object().unwrap().keys() {
        assert!(section.contains(&format!("| `{field}` |")), "{field}");
    }
    for field in place.json("out/summary.json")["commands"][0]["notifications"][0].as_object().unwrap().keys()
    {
        assert!(page.contains(&format!("`commands[].notifications[].{field}`")), "{field}");
    }
}
