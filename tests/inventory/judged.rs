//! The checker works out of the plan alone what a listed fleet asks for: it agrees with the engine, and sees what was
//! spoiled.

use fleetsim::{
    check::{Checker, Judgement, Verdict},
    history::{Ending, Fact, Observer, Record},
    scenario::plan::Plan,
    ssm::{CommandState, CommandStatus, InvocationState, InvocationStatus, StatusDetails},
};

use crate::{common::history, scenario::*};

/// The rules that object to a history, and their first words.
fn objections(plan: &Plan, records: &[Record]) -> Vec<(&'static str, String)> {
    let mut checker = Checker::new(plan);
    records.iter().for_each(|record| checker.observe(record));
    let objects =
        checker.finish().into_iter().filter(|report| report.verdict.judgement() != Judgement::Valid);
    let words = |verdict: &Verdict| match verdict {
        Verdict::Invalid { offences, .. } => offences[0].message.clone(),
        other => format!("{other:?}"),
    };
    objects.map(|report| (report.rule, words(&report.verdict))).collect()
}

#[track_caller]
pub fn assert_valid(plan: &Plan, records: &[Record]) {
    let objections = objections(plan, records);
    assert!(objections.is_empty(), "{objections:?}");
}

/// Web instances by tag: 1 on Linux, 2 on Windows, 4 lost, 5 without access.
fn plan() -> Plan {
    let machines = MACHINES.replace("\"db\"", "\"web\"");
    let tags = r#"{"ResourceTagMappingList": [{"ResourceARN": "arn:aws:ssm:r:1:managed-instance/mi-00000000000000005",
        "Tags": [{"Key": "Role", "Value": "web"}]}]}"#;
    let files = [("ssm.json", INFORMATION), ("ec2.json", machines.as_str()), ("tags.json", tags)];
    let ids = (1..=4).map(|number| format!("\"i-0000000000000000{number}\"")).collect::<Vec<_>>().join(", ");
    let access = format!("access = {{ instance_ids = [{ids}] }}\n");
    load(&text(&files, &format!("{access}{REST}{COMMAND}")), &files)
        .unwrap_or_else(|faults| panic!("{faults}"))
        .plan
}

/// The instance whose id ends with this digit.
fn index(plan: &Plan, digit: char) -> u32 {
    let roster = fleetsim::scenario::Roster::new(plan);
    (0..plan.fleet_size()).find(|&index| roster.id(index).ends_with(digit)).unwrap()
}

fn ending_of(records: &mut [Record], instance: u32) -> &mut Ending {
    let found = records.iter_mut().find_map(|record| match &mut record.fact {
        Fact::InvocationEnded { instance: other, ending } if *other == instance => Some(ending),
        _ => None,
    });
    found.expect("it ends")
}

/// S1.23, S1.24: never-sent is decided for each instance.
#[test]
fn the_engine_and_the_checker_agree() {
    let plan = plan();
    let mut records = history(&plan, 0);
    assert_valid(&plan, &records);
    let details = |records: &mut Vec<Record>, digit| ending_of(records, index(&plan, digit)).state.details;
    assert_eq!(details(&mut records, '1'), StatusDetails::Success);
    assert_eq!(details(&mut records, '2'), StatusDetails::InvalidPlatform);
    assert_eq!(details(&mut records, '4'), StatusDetails::DeliveryTimedOut);
    assert_eq!(details(&mut records, '5'), StatusDetails::AccessDenied);
    assert!(records.iter().any(|record| record.fact == Fact::Targeted { count: 4 }));
}

#[test]
fn a_target_too_few() {
    let plan = plan();
    let mut records = history(&plan, 0);
    for record in &mut records {
        if let Fact::Targeted { count } = &mut record.fact {
            *count -= 1;
        }
    }
    let said = objections(&plan, &records);
    assert_eq!(said, [("targets", "3 targets, but the selector matches 4".into())]);
    // The lost one drops out altogether.
    let lost = index(&plan, '4');
    let mut records = history(&plan, 0);
    records
        .retain(|record| !matches!(record.fact, Fact::InvocationEnded { instance, .. } if instance == lost));
    let said = objections(&plan, &records);
    assert!(
        said.iter().any(|(rule, words)| *rule == "targets" && words.contains("i-00000000000000004")),
        "{said:?}"
    );
}

#[test]
fn a_target_too_many() {
    let plan = plan();
    let mut records = history(&plan, 0);
    let (stranger, at) = (index(&plan, '3'), records.len() - 1);
    let record = Record { fact: Fact::Sent { instance: stranger }, ..records[at] };
    records.insert(at, record);
    let said = objections(&plan, &records);
    assert!(said.iter().any(|(rule, _)| *rule == "order"), "{said:?}");
}

#[test]
fn endings_of_the_wrong_instance() {
    let plan = plan();
    let never = |details| Ending {
        state: InvocationState { status: InvocationStatus::Failed, details },
        response_code: -1,
        sent: None,
        started: None,
        elapsed: None,
    };
    for (digit, details) in [
        ('2', StatusDetails::AccessDenied),
        ('5', StatusDetails::InvalidPlatform),
        ('2', StatusDetails::Undeliverable),
    ] {
        let mut records = history(&plan, 0);
        *ending_of(&mut records, index(&plan, digit)) = never(details);
        let said = objections(&plan, &records);
        assert!(said.iter().any(|(rule, _)| *rule == "endings"), "{digit} {details:?}: {said:?}");
    }
}

/// Section 8.6: the code of a killed step is Windows' on Windows and 137 elsewhere, instance by instance.
#[test]
fn the_kill_code_is_the_instances_own() {
    let files = [("ssm.json", INFORMATION), ("ec2.json", MACHINES)];
    let power_shell = COMMAND.replace("RunShellScript", "RunPowerShellScript");
    let hang = "outcomes = [{ chance = 1, hang = true }]\n";
    let plan = load(&text(&files, &format!("{REST}{hang}{power_shell}")), &files).unwrap().plan;
    let mut records = history(&plan, 0);
    let (linux, windows) = (index(&plan, '1'), index(&plan, '2'));
    // AWS-RunPowerShellScript runs on both.
    assert_eq!(ending_of(&mut records, linux).response_code, 137);
    assert_eq!(ending_of(&mut records, windows).response_code, -1);
    assert_valid(&plan, &records);
    ending_of(&mut records, windows).response_code = 137;
    let said = objections(&plan, &records);
    assert_eq!(said.iter().map(|(rule, _)| *rule).collect::<Vec<_>>(), ["endings"]);
}

/// S1.30, C6: a refused resource group is AccessDenied and nothing else.
#[test]
fn a_refused_group_that_is_told_otherwise() {
    let files = [("ssm.json", INFORMATION), ("ec2.json", MACHINES)];
    let command = COMMAND.replace("tag:Role", "resource-groups:Name");
    let group = "[[resource_group]]\nname = \"web\"\naccess_denied = true\n";
    let plan = load(&text(&files, &format!("{REST}{group}{command}")), &files).unwrap().plan;
    let good = history(&plan, 0);
    assert_valid(&plan, &good);
    for (status, details) in [
        (CommandStatus::Success, StatusDetails::NoInstancesInTag),
        (CommandStatus::Cancelled, StatusDetails::AccessDenied),
    ] {
        let mut records = good.clone();
        for record in &mut records {
            if let Fact::CommandEnded { state, .. } = &mut record.fact {
                *state = CommandState { status, details };
            }
        }
        let said = objections(&plan, &records);
        assert_eq!(said.iter().map(|(rule, _)| *rule).collect::<Vec<_>>(), ["roll-up"], "{said:?}");
    }
    let mut records = good;
    records[1].fact = Fact::Targeted { count: 1 };
    assert_eq!(objections(&plan, &records)[0].0, "targets");
    // A group that the plan does not have cannot be judged.
    let mut plan = plan;
    plan.resource_groups.clear();
    assert!(objections(&plan, &[]).iter().all(|(_, words)| words.contains("no resource group")));
}
