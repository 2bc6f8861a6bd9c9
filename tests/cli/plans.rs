//! `plan` and `what-if`: what they print and write, and how they exit.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use super::program::{Place, Ran};

/// A place with the shipped scenario that has a `[plan]`.
fn place() -> Place {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/plan-rollout.toml");
    Place::with(&fs::read_to_string(path).unwrap())
}

const QUICK: [&str; 6] = ["plan", "s.toml", "--max-concurrency", "20", "--max-errors", "5"];

fn quick(place: &Place, more: &[&str]) -> Ran {
    place.run(&[&QUICK[..], more].concat())
}

#[test]
fn a_plan_is_printed_in_three_forms_and_written_as_a_table() {
    let place = place();
    let text = quick(&place, &["-o", "out"]).exits(0).complains(&["written to out"]).out;
    for part in [
        "Recommended: MaxConcurrency 20, MaxErrors 5",
        "demanded: completes 95%, within 30m@95%, blast_radius 16@95%; minimize makespan",
        "\n  --max-concurrency 20 \\\n  --max-errors 5\n",
        "worlds: healthy, every-fourth",
    ] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let markdown = quick(&place, &["--format", "markdown"]).exits(0).out;
    assert!(markdown.contains("# plan-rollout: plan of install") && markdown.contains("| MaxConcurrency "));
    let json = quick(&place, &["--format", "json"]).exits(0).json();
    assert_eq!(json, place.json("out/outcome.json"));
    assert_eq!(json["answer"]["kind"], "recommended");
    assert_eq!(place.list("out"), ["outcome.json", "run.json", "settings.csv"]);
    let rows = place.csv("out/settings.csv");
    // The setting that is tried, and the scenario as written.
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0]["max_concurrency"].as_str(), rows[0]["recommended"].as_str()), ("20", "true"));
    assert_eq!((rows[1]["max_concurrency"].as_str(), rows[1]["is_written"].as_str()), ("5", "true"));
    let mean = json["settings"][0]["makespan"]["mean"].as_f64().unwrap();
    assert_eq!(rows[0]["makespan_us"].parse(), Ok(mean));
    quick(&place, &["-o", "out"]).exits(2).complains(&["out is there already"]);
    quick(&place, &["-o", "out", "--force"]).exits(0);
}

#[test]
fn exit_codes_say_what_the_answer_is() {
    let place = place();
    quick(&place, &["--within", "10m@95%"]).exits(1);
    let ran = quick(&place, &["--replications", "2"]).exits(4);
    assert!(ran.out.contains("2 replications do not tell"), "{}", ran.out);
    for (more, said) in [
        (&["--within", "2"][..], "--within: `2` is no limit for `within`"),
        (&["--blast-radius", "20@100%"], "99%"),
        (&["--max-errors", "x"], "`x` is no rate that the service takes"),
        (&["--max-concurrency", "1..5"], "`1..5` is not a range"),
        (&["--vary", "group.web.count"], "names no values"),
        (&["--vary", "group.wep.count=5"], "has no entry `wep` in `group`"),
        (&["--vary", "group.web.count=0"], "with group.web.count = 0: 0 is out of range"),
        (&["--bad-release", "chanse=1"], "did you mean `chance`?"),
        (&["--bad-release", "group=wep"], "there is no group `wep`"),
        (&["--command", "instal"], "did you mean `install`?"),
        (&["--max-errors", "0..9999+1", "--max-concurrency", "1,2,3"], "at most 10000 are planned"),
        (&["--replications", "1"], "2..=1000000"),
    ] {
        let ran = place.run(&[&["plan", "s.toml"][..], more].concat()).exits(2).complains(&[said]);
        assert_eq!(ran.out, "", "{more:?}");
    }
}

#[test]
fn options_say_what_the_scenario_could() {
    let place = place();
    let more = [
        "--vary",
        "group.web.execution.mean=30s,1m",
        "--bad-release",
        "chance=50%,name=half",
        "--bad-release",
        "hang,chance=0.1,group=web",
        "--blast-radius",
        "50%@90%",
        "--stop-within",
        "30days",
        "--completes",
        "80%",
        "--minimize",
        "broken",
        "--seed",
        "7",
        "--replications",
        "200",
        "--threads",
        "1",
        "--format",
        "json",
    ];
    let json = quick(&place, &more).exits(0).json();
    assert_eq!(json["worlds"], serde_json::json!(["healthy", "half", "bad-release-2"]));
    assert_eq!(json["fields"], serde_json::json!(["group.web.execution.mean"]));
    let demands = ["completes 80%", "within 30m@95%", "blast_radius 50%@90%", "stop_within 1month@95%"];
    assert_eq!(json["demands"].as_array().unwrap()[..3], demands[..3]);
    assert_eq!((json["seed"].as_u64(), json["minimize"].as_str()), (Some(7), Some("broken")));
    assert_eq!(json["most_replications"], 200);
}

const LINE: [&str; 8] = [
    "--document-name",
    "AWS-RunShellScript",
    "--targets",
    "Key=tag:Role,Values=web",
    "--parameters",
    "commands=./install.sh,executionTimeout=172800",
    "--max-concurrency",
    "20",
];

fn what_if(place: &Place, options: &[&str], line: &[&str]) -> Ran {
    let start = ["what-if", "--replications", "400"];
    place.run(&[&start, options, &["--", "aws", "ssm", "send-command"], line].concat())
}

#[test]
fn a_pasted_command_line_is_predicted() {
    let place = place();
    let fleet = ["--fleet", "s.toml"];
    let line = [&LINE[..], &["--max-errors", "5", "--timeout-seconds", "172800", "--region", "eu-central-1"]]
        .concat();
    let ran = what_if(&place, &fleet, &line).exits(0);
    for part in [
        "to 400 targets of plan-rollout, MaxConcurrency 20, MaxErrors 5",
        "within 30m@95%: met",
        "Without effect on the prediction: --region.",
    ] {
        assert!(ran.out.contains(part), "{part:?} is not in:\n{}", ran.out);
    }
    // The same as the plan has of the same setting on the same luck.
    let json = what_if(&place, &[&fleet[..], &["--format", "json"]].concat(), &line).exits(0).json();
    let planned = quick(&place, &["--replications", "400", "--format", "json"]).json();
    assert_eq!(json["settings"][0]["bad"], planned["settings"][0]["bad"]);
    assert_eq!(json["settings"][0]["makespan"], planned["settings"][0]["makespan"]);
    assert_eq!(json["without_effect"], serde_json::json!(["--region"]));
    // The scenario's own demand of 30 minutes; without tolerated errors only those that complete are counted.
    let slow = [&LINE[..6], &["--max-concurrency", "5", "--max-errors", "5"]].concat();
    what_if(&place, &fleet, &slow).exits(1);
}

#[test]
fn what_the_service_would_refuse_is_told_in_its_words_by_option() {
    let place = place();
    let fleet = ["--fleet", "s.toml"];
    for (more, said) in [
        (
            &["--max-errors", "101%"][..],
            "--max-errors: An error occurred (ValidationException) when calling the SendCommand operation: 1 validation error detected: Value '101%' at 'maxErrors'",
        ),
        (&["--timeout-seconds", "5"], "--timeout-seconds: An error occurred (ValidationException)"),
        (&["--document-name", "AWS-RunShelScript"], "--document-name: An error occurred (InvalidDocument)"),
        (&["--targets", "Kay=tag:Role,Values=web"], "--targets: unknown field `Kay`"),
        (&["--max-concurency", "5"], "unknown option: --max-concurency; did you mean --max-concurrency?"),
        (&["--parameters", "commands"], "--parameters: not valid shorthand"),
        (&["--cli-input-json", "file://none.json"], "--cli-input-json: cannot read none.json"),
    ] {
        let ran = what_if(&place, &fleet, &[&LINE[..], more].concat()).exits(2).complains(&[said]);
        assert_eq!(ran.out, "", "{more:?}");
    }
    place
        .run(&["what-if", "--fleet", "s.toml", "--", "aws", "s3", "ls"])
        .exits(2)
        .complains(&["does not begin with"]);
    what_if(&place, &["--fleet", "none.toml"], &LINE).exits(2).complains(&["cannot read none.toml"]);
    what_if(&place, &["--fleet", "s.toml", "--execution", "5m"], &LINE)
        .exits(2)
        .complains(&["is for an inventory"]);
}

#[test]
fn an_inventory_is_a_fleet() {
    let place = place();
    let list: Vec<Value> = (0..12)
        .map(|at| serde_json::json!({"InstanceId": format!("i-{at:017}"), "PingStatus": "Online", "PlatformType": "Linux"}))
        .collect();
    place.write("fleet.json", serde_json::json!({ "InstanceInformationList": list }).to_string());
    let ids: Vec<String> = (0..12).map(|at| format!("i-{at:017}")).collect();
    let mut line = vec![
        "--document-name",
        "AWS-RunShellScript",
        "--parameters",
        "commands=ls",
        "--max-concurrency",
        "3",
    ];
    line.extend(["--instance-ids"].into_iter().chain(ids.iter().map(String::as_str)));
    let json = what_if(&place, &["--fleet", "fleet.json", "--execution", "10s", "--format", "json"], &line)
        .exits(0)
        .json();
    assert_eq!(json["targets"], 12);
    // Twelve, three at a time, ten seconds each: at least forty seconds, and slow start costs little more.
    let makespan = json["settings"][0]["makespan"]["mean"].as_f64().unwrap() / 1e6;
    assert!((40.0..60.0).contains(&makespan), "{makespan}");
    // S4.23: the first error stops; at most all three in flight are broken.
    let broken = json["settings"][0]["bad"][0]["broken"]["max"].as_u64().unwrap();
    assert!((1..=3).contains(&broken), "{broken}");
    let ran = what_if(&place, &["--fleet", "fleet.json"], &line).exits(0);
    assert!(ran.err.contains("every step takes 1m; --execution says otherwise"), "{}", ran.err);
}

#[test]
fn every_field_and_column_is_documented() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/planning.md")).unwrap();
    let place = place();
    let more = ["--max-errors", "5,10", "--max-concurrency", "10,20,21", "-o", "out", "--within", "1h"];
    place.run(&[&["plan", "s.toml"][..], &more].concat()).exits(0);
    place.run(&["plan", "s.toml", "--within", "1m", "-o", "none"]).exits(1);
    place.run(&["plan", "s.toml", "--replications", "2", "-o", "open"]).exits(4);
    let mut found = BTreeSet::new();
    for name in ["out", "none", "open"] {
        paths(&place.json(&format!("{name}/outcome.json")), "", &mut found);
    }
    let missing: Vec<_> = found.iter().filter(|path| !page.contains(&format!("`{path}`"))).collect();
    assert_eq!(missing, [""; 0]);
    for column in place.read("out/settings.csv").lines().next().unwrap().split(',') {
        let column = column.replace("every-fourth", "WORLD");
        assert!(page.contains(&format!("`{column}`")), "{column}");
    }
    for name in place.list("out") {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}

/// The paths of a value's fields, but for those of requests, of intervals and of one estimate like another.
fn paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) if !path.ends_with("request") && !path.ends_with("interval") => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                let is_estimate = path.contains(".broken.")
                    || path.contains("time_to_stop.")
                    || path.contains("bad[].makespan.");
                if !is_estimate && !path.contains("stopped.") && !path.contains("kept.") {
                    found.insert(path.clone());
                }
                paths(value, &path, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| paths(value, &format!("{path}[]"), found)),
        _ => {}
    }
}

#[test]
fn the_page_of_a_plan_has_its_pictures_and_what_to_paste() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/plan-rollout.toml");
    let text = fs::read_to_string(path).unwrap();
    let hostile = text.replace("400 instances: fast enough", "<script>alert(1)</script>");
    assert_ne!(text, hostile);
    let place = Place::with(&hostile);
    quick(&place, &["--html", "plan.html"]).exits(0);
    let page = place.read("plan.html");
    assert_eq!(page.matches("<svg ").count(), 2);
    for part in [
        "Makespan against blast radius",
        "Makespan against time to stop",
        "<title id=",
        "<details>",
        "a setting meets everything demanded",
        "  --max-concurrency 20 \\",
        "&lt;script&gt;",
        ">recommended<",
    ] {
        assert!(page.contains(part), "{part:?} is not in the page");
    }
    assert!(!page.contains("<script"));
    quick(&place, &["--html", "again.html", "--threads", "1"]).exits(0);
    assert_eq!(place.read("again.html"), page);
    // What is no page of ours stays.
    quick(&place, &["--html", "s.toml"]).exits(2);
    assert_eq!(place.read("s.toml"), hostile);
    // Nothing is feasible: the page says so, and what would have to change.
    quick(&place, &["--within", "10m@95%", "--html", "plan.html"]).exits(1);
    assert!(place.read("plan.html").contains("no setting meets everything demanded"));
}
