//! `fleetsim fit`: what it takes, what it writes, and what it says to what it cannot use.

use serde_json::{Value, json};

use super::program::{MIXED, Place};

/// A table of durations in seconds.
fn table(durations: impl Iterator<Item = f64>) -> String {
    durations.fold("id,seconds\n".into(), |text, seconds| format!("{text}a,{seconds}\n"))
}

/// Quantiles of an exponential distribution with a mean of 30 s.
fn exponential(count: u32) -> impl Iterator<Item = f64> {
    (0..count).map(move |at| -30.0 * libm::log1p(-(f64::from(at) + 0.5) / f64::from(count)))
}

#[test]
fn a_table_of_durations_becomes_a_scenario_that_runs() {
    let place = Place::new();
    place.write("d.csv", table(exponential(400)));
    let fit = ["fit", "--durations", "d.csv", "--column", "seconds", "-o", "m.toml", "--html", "fit.html"];
    let ran = place.run(&fit).exits(0).complains(&["written to m.toml", "written to fit.html"]);
    assert!(ran.out.contains("execution  exponential"), "{}", ran.out);
    let scenario = place.read("m.toml");
    assert!(scenario.contains("execution = { exponential = { mean = \"29s"), "{scenario}");
    assert!(scenario.contains("# Assumed: delivery"), "{scenario}");
    let page = place.read("fit.html");
    assert!(page.contains("<svg") && page.contains("Quantiles"), "no picture");
    place.run(&["run", "m.toml"]).exits(0);
    // Nothing is overwritten unless asked.
    place.run(&fit).exits(2).complains(&["m.toml is there already", "--force"]);
    place.run(&[&fit[..], &["--force"]].concat()).exits(0);
    // To standard output goes the scenario alone.
    let piped = place.run(&["fit", "--durations", "d.csv", "--column", "seconds", "-o", "-"]).exits(0);
    assert_eq!(piped.out.lines().find(|line| !line.starts_with('#')), Some("version = 1"));
}

#[test]
fn units_tables_and_what_is_held_out() {
    let place = Place::new();
    place.write("d.csv", table(exponential(400)));
    let fit = |more: &[&str]| -> Value {
        let fit = ["fit", "--durations", "d.csv", "--column", "seconds", "--format", "json"];
        place.run(&[&fit[..], more].concat()).exits(0).json()
    };
    let mean =
        |fitted: &Value| fitted["groups"][0]["execution"]["distribution"]["exponential"]["mean"].as_f64();
    let (seconds, minutes) = (mean(&fit(&[])).unwrap(), mean(&fit(&["--unit", "min"])).unwrap());
    assert!((minutes / seconds - 60.0).abs() < 1e-6, "{seconds} {minutes}");
    let tabled = fit(&["--empirical"]);
    assert_eq!(tabled["groups"][0]["execution"]["name"], "quantile table");
    let held = fit(&["--holdout", "25%", "--holdout-by", "in-turn"]);
    let execution = &held["groups"][0]["execution"];
    assert_eq!(
        (&execution["observations"], &execution["held_out"]["observations"]),
        (&json!(300), &json!(100))
    );
    assert!(execution["held_out"]["goodness"]["distance"].as_f64().unwrap() < 0.05);
    // In a table in order of length the end is unlike the rest.
    let late = fit(&["--holdout", "0.25"]);
    assert!(late["groups"][0]["execution"]["held_out"]["goodness"]["distance"].as_f64().unwrap() > 0.5);
}

/// A run's history, the directory that it is in, and the answers about it come to the same.
#[test]
fn histories_and_directories_are_taken() {
    let place = Place::with(MIXED);
    place.run(&["run", "s.toml", "--history", "-o", "out"]).exits(0);
    let fit = |input: &str, by: &str| -> Value {
        place
            .run(&["fit", input, "--group-by", by, "--format", "json", "-o", "m.toml", "--force"])
            .exits(0)
            .json()
    };
    let (file, directory) = (fit("out/history.jsonl", "platform"), fit("out", "platform"));
    assert_eq!(file, directory);
    assert_eq!(file["groups"][0]["name"], "Linux");
    assert_eq!(file["groups"][0]["endings"]["not sent, or refused"], 5);
    // Windows has no execution: its instances do not take a shell script.
    assert_eq!(file["left_out"][0]["name"], "Windows");
    let model = place.read("m.toml");
    for part in [
        "terminated_at",
        "unreachable",
        "exit_code = 1",
        "hang",
        "reply_lost",
        "executionTimeout = [\"300\"]",
        "MaxConcurrency = \"20\"",
        "TimeoutSeconds = 600",
    ] {
        assert!(model.contains(part), "{part} is not in\n{model}");
    }
    place.run(&["run", "m.toml"]).exits(0);
}

fn invocation(index: u32, seconds: f64, status: &str, details: &str) -> Value {
    let start = 1_767_225_600.0 + f64::from(index) * 1.001;
    json!({"CommandId": "ef7fdfd8-9b57-4151-a15c-db9a12345678", "InstanceId": format!("i-{index:017x}"),
        "DocumentName": "AWS-RunShellScript", "RequestedDateTime": start, "Status": status, "StatusDetails": details,
        "CommandPlugins": [{"Name": "aws:runShellScript", "Status": status, "StatusDetails": details, "ResponseCode": 0,
            "ResponseStartDateTime": start + 0.25, "ResponseFinishDateTime": start + 0.25 + seconds}]})
}

fn list(count: u32, status: &str, details: &str) -> String {
    let seconds = (count > 0).then(|| exponential(count)).into_iter().flatten();
    let all: Vec<Value> =
        seconds.zip(0..).map(|(seconds, index)| invocation(index, seconds + 0.1, status, details)).collect();
    json!({"CommandInvocations": all}).to_string()
}

#[test]
fn answers_of_the_cli_are_taken_in_one_step() {
    let place = Place::new();
    place.write("i.json", list(100, "Success", "Success"));
    let direct = place.run(&["fit", "i.json", "--format", "json"]).exits(0).json();
    place.run(&["import", "i.json", "-o", "r.jsonl"]).exits(0);
    let recorded = place.run(&["fit", "r.jsonl", "--format", "json"]).exits(0).json();
    assert_eq!(direct, recorded);
    assert_eq!(direct["groups"][0]["name"], "AWS-RunShellScript");
    assert_eq!(
        direct["groups"][0]["delivery"]["fitted"]["distribution"],
        json!({"constant": {"value": 250_000.0}})
    );
    // An inventory tells platforms and tags.
    let about = |index: u32| json!({"InstanceId": format!("i-{index:017x}"), "PlatformType": if index.is_multiple_of(2) { "Linux" } else { "Windows" }, "PingStatus": "Online"});
    place.write(
        "n.json",
        json!({"InstanceInformationList": (0..100).map(about).collect::<Vec<_>>()}).to_string(),
    );
    let by = [
        "fit",
        "i.json",
        "--inventory",
        "n.json",
        "--group-by",
        "platform",
        "--format",
        "json",
        "-o",
        "m.toml",
    ];
    let fitted = place.run(&by).exits(0).json();
    assert_eq!(
        (&fitted["groups"][0]["name"], &fitted["groups"][1]["invocations"]),
        (&json!("Linux"), &json!(50))
    );
    place.run(&["run", "m.toml"]).exits(0);
}

/// Answers of `get-command-invocation`, one document after the other, as in the examples of the AWS CLI.
#[test]
fn single_invocations_are_taken_too() {
    let place = Place::new();
    let single = |index: u32| {
        json!({"CommandId": "ef7fdfd8-9b57-4151-a15c-db9a12345678", "InstanceId": format!("i-{index:017x}"), "Comment": "",
            "DocumentName": "AWS-UpdateSSMAgent", "PluginName": "aws:updateSsmAgent", "ResponseCode": 0,
            "ExecutionStartDateTime": "2020-02-19T18:18:03.419Z", "ExecutionElapsedTime": "PT0.091S",
            "ExecutionEndDateTime": format!("2020-02-19T18:18:{:02}.510Z", index + 10), "Status": "Success", "StatusDetails": "Success"})
    };
    let text: String =
        (0..40).map(|index| serde_json::to_string_pretty(&single(index)).unwrap() + "\n").collect();
    place.write("g.json", text);
    let fitted = place.run(&["fit", "g.json", "--format", "json"]).exits(0).json();
    let group = &fitted["groups"][0];
    assert_eq!((&group["name"], &group["execution"]["ended"]), (&json!("AWS-UpdateSSMAgent"), &json!(40)));
    assert_eq!(group["delivery"]["unknown"], "it is not in the record");
}

#[test]
fn what_cannot_be_used_is_told_with_what_to_do() {
    let place = Place::new();
    place.write("empty", "");
    place.write("broken", "{\"CommandId\": \"a\", \"InstanceId\": \"b\", \"Status\": 7}\n");
    place.write("commands.json", json!({"Commands": []}).to_string());
    for name in ["empty", "broken", "commands.json"] {
        place.run(&["fit", name, "-o", "m.toml"]).exits(2).complains(&["list-command-invocations --details"]);
    }
    place.run(&["fit", "broken"]).exits(2).complains(&["line 1"]);
    place.run(&["fit", "absent"]).exits(2).complains(&["cannot read absent"]);
    place.run(&["fit", "."]).exits(2).complains(&["run --history"]);
    // One that ended, and fifty of which none did.
    place.write("one.json", list(1, "Success", "Success"));
    place.run(&["fit", "one.json", "-o", "m.toml"]).exits(4).complains(&[
        "only 1 of 1",
        "at least 10",
        "help:",
    ]);
    place.write("cut.json", list(50, "TimedOut", "ExecutionTimedOut"));
    place.run(&["fit", "cut.json", "-o", "m.toml"]).exits(4).complains(&["0 of 50", "help:"]);
    // Nothing was left behind.
    assert_eq!(place.list("."), ["broken", "commands.json", "cut.json", "empty", "one.json"]);
}

#[test]
fn tables_that_are_broken_empty_or_all_the_same() {
    let place = Place::new();
    let fit = |text: &str, more: &[&str]| {
        place.write("d.csv", text);
        let fit = ["fit", "--durations", "d.csv", "--column", "seconds", "--format", "json"];
        place.run(&[&fit[..], more].concat())
    };
    fit("", &[]).exits(2).complains(&["no column seconds"]);
    fit("id,minutes\n", &[]).exits(2).complains(&["no column seconds", "id, minutes"]);
    fit("id,seconds\n", &[]).exits(2).complains(&["no durations"]);
    fit("id,seconds\na,1\n", &[]).exits(4).complains(&["only 1 of 1", "more durations"]);
    let broken = table(exponential(30)) + "a\nb,soon\nc,-1\nd,inf\n";
    let ran = fit(&broken, &[]).exits(0).complains(&[
        "line 32",
        "`soon` is no number",
        "too short",
        "not -1",
        "not inf",
    ]);
    assert_eq!(ran.json()["invocations"], 30);
    let same = fit(&table([7.0; 30].into_iter()), &["-o", "m.toml"]).exits(0).json();
    assert_eq!(same["groups"][0]["execution"]["distribution"], json!({"constant": {"value": 7e6}}));
    place.run(&["run", "m.toml"]).exits(0);
    for share in ["0", "1", "150%", "half"] {
        fit(&broken, &["--holdout", share]).exits(2).complains(&["30%"]);
    }
    place.run(&["fit", "d.csv", "--group-by", "colour"]).exits(2).complains(&["tag:KEY"]);
}

/// A comma within a number makes two fields of it; nothing is taken for the number before it.
#[test]
fn numbers_with_commas_are_refused() {
    let place = Place::new();
    place.write("d.csv", "ms\n6,659\n7,001\n");
    let fit = ["fit", "--durations", "d.csv", "--column", "ms", "--unit", "ms"];
    place.run(&fit).exits(2).complains(&["line 2: the row has 2 fields, the first one 1", "no durations"]);
}
