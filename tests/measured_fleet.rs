//! The quantile tables of `scenarios/measured-fleet.toml` are those of the measurements they are attributed to.
//! `FLEETSIM_BLESS=1` computes them anew and writes them into the scenario.

use std::{env, fmt::Write, fs, path::Path};

use serde::Deserialize;

const SCENARIO: &str = "scenarios/measured-fleet.toml";
const MEASUREMENTS: &str = "../shared/data/calibration/azure_vm_noise";

/// Thousandths at which the quantiles are taken: finer towards the ends.
const PER_MILLE: [usize; 21] =
    [0, 1, 5, 10, 25, 50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 950, 975, 990, 995, 999, 1000];

#[derive(Deserialize)]
struct Measurement {
    value: f64,
}

#[test]
fn tables_are_those_of_the_measurements() {
    if !Path::new(MEASUREMENTS).is_dir() {
        eprintln!("skipped: {MEASUREMENTS} is not there");
        return;
    }
    let written = fs::read_to_string(SCENARIO).unwrap();
    let mut fleet = String::new();
    let mut tables = 0;
    let computed = written.lines().fold(String::new(), |mut text, line| {
        if let Some(name) = line.strip_prefix("name = ") {
            fleet = name.trim_matches('"').to_string();
        }
        if line.starts_with("slowness = ") {
            tables += 1;
            let _ = writeln!(text, "slowness = {{ quantiles = {} }}", quantile_table(&fleet));
        } else {
            let _ = writeln!(text, "{line}");
        }
        text
    });
    assert_eq!(tables, 4);
    if env::var_os("FLEETSIM_BLESS").is_some() {
        fs::write(SCENARIO, &computed).unwrap();
    } else {
        assert!(written == computed, "{SCENARIO} is stale; FLEETSIM_BLESS=1 rewrites it");
    }
}

/// The quantiles, by nearest rank, of each machine's value over the median of its fleet, to four decimals.
fn quantile_table(fleet: &str) -> String {
    let path = format!("{MEASUREMENTS}/launch_programs.{fleet}.short.csv");
    let mut values: Vec<f64> = csv::Reader::from_path(&path)
        .unwrap_or_else(|error| panic!("{path}: {error}"))
        .deserialize()
        .map(|row: Result<Measurement, _>| row.unwrap().value)
        .collect();
    values.sort_by(f64::total_cmp);
    let at = |per_mille: usize| values[(values.len() * per_mille).div_ceil(1000).max(1) - 1];
    let median = at(500);
    let points = PER_MILLE.map(|per_mille| {
        let share = per_mille as f64 / 1000.0;
        format!("[{share:?}, {:.4}]", at(per_mille) / median)
    });
    format!("[{}]", points.join(", "))
}

#[test]
fn counts_are_those_of_the_fleets() {
    if !Path::new(MEASUREMENTS).is_dir() {
        eprintln!("skipped: {MEASUREMENTS} is not there");
        return;
    }
    let scenario: toml::Table = fs::read_to_string(SCENARIO).unwrap().parse().unwrap();
    for group in scenario["group"].as_array().unwrap() {
        let path = format!("{MEASUREMENTS}/launch_programs.{}.short.csv", group["name"].as_str().unwrap());
        let rows = csv::Reader::from_path(path).unwrap().records().count();
        assert_eq!(group["count"].as_integer(), Some(rows as i64));
    }
}
