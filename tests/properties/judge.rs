//! What must hold of every plan.

use fleetsim::{
    check::{Checker, RuleReport, Verdict},
    history::{Digest, Fact, Observer, Record, codec::HistoryReader, codec::HistoryWriter},
    scenario::Plan,
};

use crate::common;

/// What was seen of a plan that passed.
pub(crate) struct Evidence {
    pub(crate) plan: Plan,
    pub(crate) records: Vec<Record>,
    pub(crate) reports: Vec<RuleReport>,
}

/// Runs a plan and judges it in every way.
pub(crate) fn judge(plan: &Plan) -> Result<Evidence, String> {
    let records = common::history(plan, 0);
    let reports = rules(plan, &records);
    let objections: Vec<_> = reports.iter().filter_map(objection).collect();
    if !objections.is_empty() {
        return Err(objections.join("\n"));
    }
    in_order(&records)?;
    conserved(plan, &records)?;
    unchanged(plan, &records)?;
    Ok(Evidence { plan: plan.clone(), records, reports })
}

/// The verdicts on a history.
pub(crate) fn rules(plan: &Plan, records: &[Record]) -> Vec<RuleReport> {
    let mut checker = Checker::new(plan);
    records.iter().for_each(|record| checker.observe(record));
    checker.finish()
}

/// What a rule has against a history. The engine tells everything, so that no rule has reason to be in doubt.
fn objection(report: &RuleReport) -> Option<String> {
    match &report.verdict {
        Verdict::Valid => None,
        Verdict::Unknown { reason } => Some(format!("{}: unknown, {reason}", report.rule)),
        Verdict::Invalid { offences, count } => {
            let first = &offences[0];
            let (at, message, records) = (first.time.0, &first.message, &first.records);
            Some(format!("{}: {count} offences, first at {at} us: {message} {records:?}", report.rule))
        }
    }
}

/// Settled 1: records stand in order of time.
fn in_order(records: &[Record]) -> Result<(), String> {
    match records.is_sorted_by_key(|record| record.time) {
        true => Ok(()),
        false => Err("the records are not in order of time".into()),
    }
}

/// S1.28: each command ends once, and its `TargetCount` is the number of its targets and of their endings.
fn conserved(plan: &Plan, records: &[Record]) -> Result<(), String> {
    for command in 0..plan.commands.len() as u32 {
        let of_command: Vec<_> =
            records.iter().filter(|record| record.command == command).map(|record| record.fact).collect();
        let endings = of_command.iter().filter(|fact| matches!(fact, Fact::InvocationEnded { .. })).count();
        let targeted: Vec<_> = of_command
            .iter()
            .filter_map(|fact| match fact {
                Fact::Targeted { count } => Some(*count),
                _ => None,
            })
            .collect();
        let ended: Vec<_> = of_command
            .iter()
            .filter_map(|fact| match fact {
                Fact::CommandEnded { counts, .. } => Some(*counts),
                _ => None,
            })
            .collect();
        let gave_up = of_command.iter().any(|fact| matches!(fact, Fact::Throttled { gives_up: true, .. }));
        if gave_up && endings == 0 && !of_command.contains(&Fact::Requested) {
            continue;
        }
        let ([targets], [counts]) = (&targeted[..], &ended[..]) else {
            return Err(format!("command {command}: targeted {targeted:?}, ended {ended:?}"));
        };
        if [counts.target_count, counts.completed_count, endings as u32] != [*targets; 3] {
            return Err(format!("command {command}: {targets} targets, {endings} endings, {counts:?}"));
        }
    }
    Ok(())
}

/// Principles 1 and 6: the same digest from the plan as JSON, with other observers, and from the history as a file.
fn unchanged(plan: &Plan, records: &[Record]) -> Result<(), String> {
    let mut digest = Digest::default();
    records.iter().for_each(|record| digest.observe(record));

    let json = serde_json::to_string(plan).map_err(|error| error.to_string())?;
    let again: Plan = serde_json::from_str(&json).map_err(|error| error.to_string())?;
    if again != *plan {
        return Err("the plan does not survive JSON".into());
    }
    if common::digest(&again, 0) != digest {
        return Err("the digest depends on who looks on, or on the way of the plan through JSON".into());
    }
    let mut file = Vec::new();
    let mut writer = HistoryWriter::new(plan, plan.seed, 0, &mut file);
    records.iter().for_each(|record| writer.observe(record));
    writer.finish().map_err(|error| error.to_string())?;
    let read = read(&file).map_err(|error| error.to_string())?;
    if read != (plan.clone(), records.to_vec(), digest) {
        return Err("the history does not survive its file".into());
    }
    Ok(())
}

fn read(file: &[u8]) -> Result<(Plan, Vec<Record>, Digest), fleetsim::history::codec::HistoryError> {
    let mut reader = HistoryReader::new(file)?;
    let mut records = Vec::new();
    while let Some(record) = reader.next_record()? {
        records.push(record);
    }
    let digest = reader.digest();
    Ok((reader.plan, records, digest))
}
