//! One of the two runs, as it wrote itself down.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::scenario::threshold::Statistic;

/// The version of `summary.json` that is understood.
const SCHEMA: u64 = 1;

/// A run.
#[derive(Clone, Debug, Deserialize)]
pub struct Side {
    /// Where it was read from, for people.
    #[serde(skip)]
    pub label: String,
    /// The scenario's name.
    pub scenario: String,
    /// The hash of its plan.
    pub plan: String,
    /// The root of its luck.
    pub seed: u64,
    /// How many replications it has.
    pub replications: u64,
    /// The index of the first.
    pub first_replication: u64,
    /// The digest of all of them.
    pub digest: String,
    /// Its commands.
    pub commands: Vec<CommandSide>,
    #[serde(default)]
    events: EventsSide,
    /// The digest of each replication, where they are known.
    #[serde(skip)]
    pub digests: BTreeMap<u64, String>,
    /// The groups with their members, where they are known.
    #[serde(skip)]
    pub fleet: Option<Value>,
}

/// One command of a run.
#[derive(Clone, Debug, Deserialize)]
pub struct CommandSide {
    /// Its name.
    pub name: String,
    /// `TargetCount`.
    pub targets: u64,
    per_replication: BTreeMap<String, BTreeMap<String, Value>>,
    pooled: BTreeMap<String, BTreeMap<String, Value>>,
    /// Values of each metric by replication, where they are known.
    #[serde(skip)]
    pub values: BTreeMap<String, BTreeMap<u64, u64>>,
}

/// What is read of a run's events: whose commands may have rows.
#[derive(Clone, Debug, Default, Deserialize)]
struct EventsSide {
    targets: Vec<TargetSide>,
}

/// A target of a rule.
#[derive(Clone, Debug, Deserialize)]
struct TargetSide {
    rule: String,
    target: String,
}

impl TargetSide {
    /// Whether it sends a command of this name: RULE.TARGET.NUMBER.
    fn sends(&self, command: &str) -> bool {
        let rest = command.strip_prefix(&self.rule).and_then(|rest| rest.strip_prefix('.'));
        let rest =
            rest.and_then(|rest| rest.strip_prefix(&self.target)).and_then(|rest| rest.strip_prefix('.'));
        rest.is_some_and(|number| number.parse::<u32>().is_ok())
    }
}

impl Side {
    /// Reads `summary.json`, and where there are `replications.csv` and `plan.json`. Fails with what is wrong.
    pub fn read(label: &str, summary: &str, table: Option<&str>, plan: Option<&str>) -> Result<Self, String> {
        let value: Value = serde_json::from_str(summary).map_err(|error| format!("{label}: {error}"))?;
        if value["schema"] != SCHEMA {
            let found = &value["schema"];
            return Err(format!("{label}: schema {found}; this program compares schema {SCHEMA}"));
        }
        let mut side: Self = serde_json::from_value(value).map_err(|error| format!("{label}: {error}"))?;
        side.label = label.into();
        if let Some(table) = table {
            side.read_table(table).map_err(|error| format!("{label}: replications.csv: {error}"))?;
        }
        if let Some(plan) = plan {
            let plan: Value =
                serde_json::from_str(plan).map_err(|error| format!("{label}: plan.json: {error}"))?;
            let groups = plan["groups"].as_array().into_iter().flatten();
            side.fleet = Some(
                groups
                    .map(|group| (&group["name"], &group["members"]))
                    .map(|(name, of)| serde_json::json!([name, of]))
                    .collect(),
            );
        }
        Ok(side)
    }

    /// Whether a text is a summary of any version, and no scenario.
    pub fn is_summary(text: &str) -> bool {
        let value = serde_json::from_str::<Value>(text);
        value.is_ok_and(|value| value.get("schema").is_some() && value.get("digest").is_some())
    }

    fn read_table(&mut self, table: &str) -> Result<(), String> {
        let mut reader = csv::Reader::from_reader(table.as_bytes());
        let header = reader.headers().map_err(|error| error.to_string())?.clone();
        let column = |name: &str| {
            header.iter().position(|one| one == name).ok_or_else(|| format!("the column `{name}` is missing"))
        };
        let (index, command, digest) = (column("replication")?, column("command")?, column("digest")?);
        for row in reader.records() {
            let row = row.map_err(|error| error.to_string())?;
            let index: u64 =
                row[index].parse().map_err(|_| format!("`{}` is no replication", &row[index]))?;
            self.digests.insert(index, row[digest].to_string());
            let name = &row[command];
            let Some(command) = self.commands.iter_mut().find(|one| one.name == *name) else {
                // Which event sent the first and which the second is luck: those of rules are not compared one by one.
                if self.events.targets.iter().any(|target| target.sends(name)) {
                    continue;
                }
                return Err(format!("`{name}` is no command of summary.json"));
            };
            for (name, cell) in header.iter().zip(&row) {
                let name = name.strip_suffix("_us").unwrap_or(name);
                if let Ok(value) = cell.parse() {
                    command.values.entry(name.into()).or_default().insert(index, value);
                }
            }
        }
        let (rows, all) = (self.digests.len() as u64, self.replications);
        // Where rules send all commands, a replication in which they sent none has no row.
        let is_whole = if self.commands.is_empty() { rows <= all } else { rows == all };
        if !is_whole {
            return Err(format!("{rows} replications where summary.json has {all}"));
        }
        Ok(())
    }
}

impl CommandSide {
    /// A statistic of a metric as the summary has it: over replications, or pooled over invocations.
    pub fn summarized(&self, metric: &str, statistic: Statistic) -> Option<f64> {
        let spread = self.per_replication.get(metric).or_else(|| self.pooled.get(metric))?;
        let name = match statistic {
            Statistic::Min => "min",
            Statistic::Mean => "mean",
            Statistic::Max => "max",
            Statistic::P50 => "p50",
            Statistic::P90 => "p90",
            Statistic::P95 => "p95",
            Statistic::P99 => "p99",
            Statistic::P999 => "p999",
        };
        spread.get(name)?.as_f64()
    }
}
