//! Statistics over replications, recomputed from `replications.csv`.

#[cfg(unix)]
use std::{
    process::{Command, Stdio},
    thread,
    time::Duration,
};

#[cfg(unix)]
use super::program::Ran;
use super::program::{MIXED, Place, failing, number};

/// Nearest rank: the smallest value with at least this share of the values at or below it.
fn quantile(sorted: &[u64], per_mille: u64) -> u64 {
    let enough = |value: &&u64| {
        let at_most = sorted.iter().filter(|other| other <= value).count() as u64;
        at_most * 1000 >= sorted.len() as u64 * per_mille
    };
    *sorted.iter().find(enough).expect("the largest is enough")
}

fn assert_spreads(scenario: &str, count: usize) {
    let place = Place::with(scenario);
    let ran = place.run(&["run", "s.toml", "--replications", &count.to_string(), "-o", "out"]);
    assert!(ran.code <= 1, "{}", ran.err);
    let rows = place.csv("out/replications.csv");
    assert_eq!(rows.len(), count);
    let summary = place.json("out/summary.json");
    let spreads = summary["commands"][0]["per_replication"].as_object().unwrap();
    assert!(spreads.len() >= 14, "{spreads:?}");
    for (metric, spread) in spreads {
        let column = match metric.as_str() {
            "makespan" | "time_to_stop" => format!("{metric}_us"),
            _ => metric.clone(),
        };
        let mut values: Vec<u64> = rows.iter().filter_map(|row| number(row, &column)).collect();
        values.sort_unstable();
        assert_eq!(spread["count"], values.len(), "{metric}");
        assert_eq!(spread["min"], values[0], "{metric}");
        assert_eq!(spread["max"], values[values.len() - 1], "{metric}");
        for (name, per_mille) in [("p50", 500), ("p90", 900), ("p95", 950), ("p99", 990), ("p999", 999)] {
            assert_eq!(spread[name], quantile(&values, per_mille), "{metric} {name}");
        }
        let mean = values.iter().map(|&value| value as f64).sum::<f64>() / values.len() as f64;
        let said = spread["mean"].as_f64().unwrap();
        assert!((said - mean).abs() <= 1e-9 * mean, "{metric}: {said} is not {mean}");
    }
    let statuses = summary["commands"][0]["statuses"].as_object().unwrap();
    for (status, times) in statuses {
        let of_row = |row: &&_| {
            let cell = |name: &str| std::collections::BTreeMap::get(*row, name).cloned().unwrap_or_default();
            *status == format!("{}/{}", cell("status"), cell("status_details"))
        };
        assert_eq!(*times, rows.iter().filter(of_row).count(), "{status}");
    }
}

#[test]
fn every_metric_of_a_mixed_fleet() {
    assert_spreads(MIXED, 130);
}

#[test]
fn times_to_a_stop_count_only_where_there_was_one() {
    let scenario = failing("0.2", "");
    assert_spreads(&scenario, 101);
    let place = Place::with(&scenario);
    place.run(&["run", "s.toml", "--replications", "101", "-o", "out"]).exits(0);
    let stopped =
        place.json("out/summary.json")["commands"][0]["per_replication"]["time_to_stop"]["count"].clone();
    assert!((1..101).contains(&stopped.as_u64().unwrap()), "{stopped}");
}

/// By the formulas of a textbook, with Student's t of 129 degrees of freedom (1.978524), the binomial ranks of 130 values and
/// the normal quantile 1.959964.
#[test]
fn intervals_are_recomputed_from_the_table() {
    let place = Place::with(&failing("0.2", ""));
    place.run(&["run", "s.toml", "--replications", "130", "-o", "out"]).exits(0);
    let (rows, summary) = (place.csv("out/replications.csv"), place.json("out/summary.json"));
    let command = &summary["commands"][0];
    let mut values: Vec<u64> = rows.iter().map(|row| number(row, "makespan_us").unwrap()).collect();
    values.sort_unstable();
    let mean = values.iter().sum::<u64>() as f64 / 130.0;
    let variance = values.iter().map(|&value| (value as f64 - mean).powi(2)).sum::<f64>() / 129.0;
    let reach = 1.978_524 * (variance / 130.0).sqrt();
    let intervals = &command["intervals"]["makespan"];
    assert!((intervals["mean"]["low"].as_f64().unwrap() - (mean - reach)).abs() < reach * 1e-5);
    assert!((intervals["mean"]["high"].as_f64().unwrap() - (mean + reach)).abs() < reach * 1e-5);
    for (name, low, high) in [("p50", 54, 77), ("p90", 110, 124), ("p95", 118, 129)] {
        assert_eq!(intervals[name]["low"], values[low - 1] as f64, "{name}");
        assert_eq!(intervals[name]["high"], values[high - 1] as f64, "{name}");
    }
    assert!(intervals.get("p99").is_none(), "368 replications are the fewest");

    let stopped = rows.iter().filter(|row| number(row, "time_to_stop_us").is_some()).count() as f64;
    let probability = &command["probabilities"]["stopped"];
    assert_eq!(probability["count"], stopped as u64);
    let (share, z) = (stopped / 130.0, 1.959_964_f64);
    let root = z * (share * (1.0 - share) / 130.0 + z * z / (4.0 * 130.0 * 130.0)).sqrt();
    let low = (share + z * z / 260.0 - root) / (1.0 + z * z / 130.0);
    assert!((probability["interval"]["low"].as_f64().unwrap() - low).abs() < 1e-6);
}

#[test]
fn until_stops_at_a_look_with_the_bytes_of_so_many_replications() {
    let place = Place::with(&failing("0.2", ""));
    let goal = "makespan.mean within 3%";
    for threads in ["1", "2"] {
        let until = ["run", "s.toml", "--until", goal, "--threads", threads, "-o", threads];
        let ran = place.run(&until).exits(0);
        assert!(ran.out.contains("makespan.mean within 3%: reached with"), "{}", ran.out);
    }
    assert_eq!(place.read("1/summary.json"), place.read("2/summary.json"));
    let summary = place.json("1/summary.json");
    let count = summary["replications"].as_u64().unwrap();
    assert!([200, 300, 400, 500, 700, 900].contains(&count), "{count}");
    assert_eq!(summary["until"], serde_json::json!([{ "goal": goal, "reached": true }]));
    place.run(&["run", "s.toml", "--replications", &count.to_string(), "-o", "plain"]).exits(0);
    for name in ["replications.csv", "sojourn.hgrm", "invocations.csv"] {
        assert_eq!(place.read(&format!("1/{name}")), place.read(&format!("plain/{name}")), "{name}");
    }
    assert_eq!(place.json("plain/summary.json")["commands"], summary["commands"]);
}

#[test]
fn a_goal_that_is_not_reached_is_4_and_says_so() {
    let place = Place::with(&failing("0.2", ""));
    let until = ["run", "s.toml", "--until", "makespan.mean within 1us", "--at-most", "250"];
    let ran = place
        .run(&until)
        .exits(4)
        .complains(&["again: ", "--until 'makespan.mean within 1us' --at-most 250"]);
    assert!(ran.out.contains("NOT reached with 250 replications"), "{}", ran.out);
    for (arguments, said) in [
        (&["--until", "makespan.max within 1%"][..], "has no interval"),
        (&["--until", "other: makespan.mean within 1%"], "no command is called `other`"),
        (&["--until", "makespan.mean within 1%", "--replications", "5"], "cannot be used with"),
        (&["--at-most", "5"], "--until"),
    ] {
        place.run(&[&["run", "s.toml"], arguments].concat()).exits(2).complains(&[said]);
    }
}

/// Many more replications than a test has time for, until a signal comes.
#[cfg(unix)]
fn interrupted(place: &Place, signals: &[&str]) -> Ran {
    let child = place
        .command(&["run", "s.toml", "--replications", "100000000", "-o", "out"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    for signal in signals {
        thread::sleep(Duration::from_millis(700));
        let id = child.id().to_string();
        assert!(Command::new("kill").args([signal, &*id]).status().expect("kill").success());
    }
    let output = child.wait_with_output().expect("it ends");
    Ran::of(output)
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_the_first_replications_marked_as_partial() {
    for signal in ["-INT", "-TERM"] {
        let place = Place::with(&failing("0.2", ""));
        let ran =
            interrupted(&place, &[signal]).exits(130).complains(&["finishing the replications under way"]);
        assert!(ran.out.contains("PARTIAL: interrupted after"), "{}", ran.out);
        let summary = place.json("out/summary.json");
        assert_eq!(summary["partial"], 100_000_000);
        let count = summary["replications"].as_u64().unwrap();
        place
            .run(&["run", "s.toml", "--check", "none", "--replications", &count.to_string(), "-o", "again"])
            .exits(0);
        assert_eq!(place.read("out/replications.csv"), place.read("again/replications.csv"));
        assert_eq!(place.json("again/summary.json")["digest"], summary["digest"]);
        assert_eq!(place.json("again/summary.json").get("partial"), None);
    }
}

#[cfg(unix)]
#[test]
fn a_second_interrupt_ends_the_program_at_once_and_leaves_no_result() {
    // A replication of a million instances takes longer than the time between the signals.
    let place = Place::with(&MIXED.replace("count = 150", "count = 2000000"));
    interrupted(&place, &["-INT", "-INT"]).exits(130).complains(&["once more ends at once"]);
    assert!(!place.path("out").exists());
}
