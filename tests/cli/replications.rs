//! Statistics over replications, recomputed from `replications.csv`.

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
