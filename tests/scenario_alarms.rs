//! Bad alarms and faults of stores and clocks, and what is said about them: place and help.

mod written;

use fleetsim::{
    base::{SimDuration, distribution::Distribution},
    scenario::{
        Faults, Resolved,
        plan::{AlarmCause, FaultKind, Trouble},
    },
    ssm::{alarm::AlarmState, reading::AlarmStop},
};
use written::assert_says;

const WITH_ALARM: &str = r#"AlarmConfiguration = { Alarms = [{ Name = "errors" }] }"#;

fn load(text: &str) -> Result<Resolved, Faults> {
    written::load("s.toml", &written::command_to_five(WITH_ALARM, text), &[])
}

fn good(text: &str) -> Resolved {
    load(text).unwrap_or_else(|faults| panic!("{}", faults.render(false)))
}

fn points(resolved: &Resolved) -> Vec<&'static str> {
    resolved.assumptions.iter().map(|assumption| assumption.point).collect()
}

#[test]
fn bad_alarms() {
    for (text, parts) in [
        ("[[alarm]]\nname = \"a\"", &["s.toml:13:1", "nothing makes this alarm go off"] as &[&str]),
        ("[[alarm]]\nname = \" \"\nfailures = { at_least = 1 }", &["s.toml:14", "the name is blank"]),
        (
            "[[alarm]]\nname = \"a\"\nchange = [{ at = \"1s\", state = \"OK\" }]\nfailures = { at_least = 1 }",
            &["s.toml:16", "give one of the two"],
        ),
        (
            "[[alarm]]\nname = \"a\"\nchange = [{ at = \"2s\", state = \"OK\" }, { at = \"2s\", state = \"ALARM\" }]",
            &["s.toml:15", "not after the one before", "order of time"],
        ),
        (
            "[[alarm]]\nname = \"a\"\nchange = [{ at = \"2s\", state = \"alarm\" }]",
            &["s.toml:15", "`alarm` is not known", "ALARM"],
        ),
        (
            "[[alarm]]\nname = \"a\"\nfailures = { at_least = 1, period = \"90s\" }",
            &["s.toml:15", "no period of CloudWatch", "whole minutes"],
        ),
        ("[[alarm]]\nname = \"a\"\nfailures = { at_least = 0 }", &["s.toml:15", "1"]),
        (
            "[[alarm]]\nname = \"a\"\nfailures = { at_least = 1 }\n[[alarm]]\nname = \"a\"\nfailures = { at_least = 1 }",
            &["s.toml:17", "another alarm `a`"],
        ),
    ] {
        assert_says(&load(text).expect_err(text).render(false), parts);
    }
}

/// S4.29, O-62: what is declared is simulated, and its assumptions are told; what is not, is named as before.
#[test]
fn a_declared_alarm_has_its_effect() {
    let text = "[[alarm]]\nname = \"errors\"\nfailures = { at_least = 3 }";
    let resolved = good(text);
    let (at_least, period) = (3, SimDuration::from_secs(60));
    assert_eq!(resolved.plan.alarms[0].cause, AlarmCause::Failures { at_least, period });
    assert!(resolved.plan.commands[0].not_simulated.is_empty());
    assert_eq!(resolved.plan.alarm_of(&resolved.plan.commands[0]), Some((0, false)));
    assert!(["O-62", "S4.29", "alarm"].iter().all(|point| points(&resolved).contains(point)));

    let text = "[[alarm]]\nname = \"errors\"\nchange = [{ at = \"1m\", state = \"unreadable\" }]";
    let resolved = good(&format!("{text}\n[readings]\nalarm_stop = \"cancelled\""));
    let AlarmCause::Changes(changes) = &resolved.plan.alarms[0].cause else { panic!("as written") };
    assert_eq!((changes[0].at, changes[0].state), (SimDuration::from_secs(60), AlarmState::Unreadable));
    assert_eq!(resolved.plan.readings.alarm_stop, AlarmStop::Cancelled);
    assert!(!points(&resolved).contains(&"alarm"));

    let another = good("[[alarm]]\nname = \"another\"\nfailures = { at_least = 3 }");
    assert_eq!(another.plan.commands[0].not_simulated, ["AlarmConfiguration"]);
    assert!(!points(&another).contains(&"O-62") && !another.plan.has_alarms());
}

/// Outages of stores to which nothing is put, and clocks that are not wrong enough, are pointed out.
#[test]
fn faults_without_effect_are_warned_of() {
    for (kind, name) in [("s3-outage", "S3"), ("logs-outage", "CloudWatch Logs")] {
        let resolved = good(&format!("[[fault]]\nkind = \"{kind}\"\nfrom = \"1s\"\nuntil = \"2s\""));
        let [warning] = &resolved.warnings[..] else { panic!("{:?}", resolved.warnings) };
        assert_says(&warning.render(false), &["s.toml:14", &format!("nothing is put to {name}")]);
    }
    let skew = |by: &str| {
        good(&format!("[[fault]]\nkind = \"clock-skew\"\nfrom = \"1s\"\nuntil = \"2s\"\nby = \"{by}\""))
    };
    assert_says(&skew("5m").warnings[0].render(false), &["s.toml:17", "S8.47"]);
    let resolved = skew("6m");
    assert!(resolved.warnings.is_empty());
    let FaultKind::Instances { trouble, .. } = resolved.plan.faults[0].kind else { panic!("of instances") };
    assert_eq!(trouble, Trouble::ClockAhead(SimDuration::from_secs(360)));
}

/// S8.27: the second copy of a message may have a time of its own; of other faults nothing comes twice.
#[test]
fn second_copies_may_come_late() {
    let fault = |kind: &str, more: &str| {
        format!("[[fault]]\nkind = \"{kind}\"\nfrom = \"1s\"\nuntil = \"2s\"\n{more}")
    };
    let after = |more: &str| good(&fault("duplicate-deliveries", more)).plan.faults[0].after.clone();
    assert_eq!(after("chance = 0.5"), None);
    assert_eq!(after("chance = 0.5\nafter = \"41m\""), Some(Distribution::Constant { value: 2460e6 }));
    let bad = |kind: &str, more: &str| load(&fault(kind, more)).expect_err("bad").render(false);
    let told = bad("agents-cut-off", "after = \"41m\"");
    assert_says(&told, &["a fault of this kind has no `after`", "s.toml:17", "leave it out"]);
    assert_says(&bad("duplicate-deliveries", "chance = 1\nafter = 41"), &["s.toml:18", "unit"]);
}
