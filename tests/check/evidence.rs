//! What the checker takes as given: the plan, the evidence, and how verdicts are told.

use fleetsim::{
    base::{Chance, SimDuration, distribution::Distribution},
    check::{Checker, Judgement, RuleReport, Verdict, overall},
    history::{Fact, Observer, Record, codec},
    scenario::{
        Roster,
        plan::{
            Alarm, AlarmCause, AssumedQuotas, EventBus, Events, FaultKind, InjectedFault, Output, Plan,
            Written,
        },
    },
    ssm::{
        CommandStatus, StatusDetails as D,
        request::{self, AlarmConfiguration, Target},
    },
};

use crate::{
    story::{Story, group},
    tales::{plain_success, threshold_trip},
};

fn visible_only(records: &[Record]) -> Vec<Record> {
    records.iter().filter(|record| record.fact.is_visible()).copied().collect()
}

fn judge_visible(story: &Story) -> Vec<RuleReport> {
    let mut checker = Checker::visible_only(&story.plan);
    for record in visible_only(&story.records) {
        checker.observe(&record);
    }
    checker.finish()
}

fn unknown(reports: &[RuleReport]) -> Vec<&'static str> {
    let is_unknown = |report: &&RuleReport| matches!(report.verdict, Verdict::Unknown { .. });
    reports.iter().filter(is_unknown).map(|report| report.rule).collect()
}

#[test]
fn without_acknowledgements_two_rules_are_unknown() {
    // Settled 12; told by the caller or seen from the history.
    let story = plain_success();
    let mut seen = story.clone();
    seen.records = visible_only(&story.records);
    for reports in [judge_visible(&story), seen.judge()] {
        assert_eq!(unknown(&reports), ["slow-start", "work-conservation"]);
        assert_eq!(overall(&reports), Judgement::Unknown);
    }
}

#[test]
fn the_stop_is_judged_by_what_an_outsider_sees() {
    let story = threshold_trip();
    let objects = |story: &Story| {
        let is_invalid = |report: &&RuleReport| report.verdict.judgement() == Judgement::Invalid;
        judge_visible(story).iter().filter(is_invalid).map(|report| report.rule).collect::<Vec<_>>()
    };
    assert!(objects(&story).is_empty());
    let mut late = story;
    late.records = crate::spoils::late_stop(&late.records);
    assert_eq!(objects(&late), ["stop"]);
}

#[test]
fn a_plan_that_cannot_be_judged_makes_every_verdict_unknown() {
    let faults: [fn(Story) -> Story; 4] = [
        |story| story.request(|request| request.max_concurrency = Some("many".into())),
        |story| story.request(|request| request.max_errors = Some("101%".into())),
        |story| story.request(|request| request.targets = None),
        |story| {
            let key = "resource-groups:Name".to_owned();
            story.request(|request| request.targets = Some(vec![Target { key, values: Vec::new() }]))
        },
    ];
    for fault in faults {
        let reports = fault(plain_success()).judge();
        assert_eq!(unknown(&reports).len(), reports.len());
    }
}

#[test]
fn an_empty_history_is_valid_and_visibly_so() {
    let mut story = plain_success();
    story.records.clear();
    let reports = story.judge();
    assert_eq!(overall(&reports), Judgement::Valid);
    assert_eq!(reports.len(), 20);
    assert!(reports.iter().all(|report| report.judged == 0));
    assert_eq!(overall(&[]), Judgement::Valid);
}

#[test]
fn every_rule_reports_in_the_same_order() {
    let rules = |story: Story| story.judge().iter().map(|report| report.rule).collect::<Vec<_>>();
    assert_eq!(rules(plain_success()), rules(threshold_trip()));
}

/// What has rules of its own beside events.
fn with_faults_alarms_and_outputs(plan: &mut Plan) {
    let until = Some(SimDuration::from_secs(1));
    plan.faults =
        vec![InjectedFault { from: SimDuration::ZERO, until, kind: FaultKind::RegionOutage, after: None }];
    plan.alarms = vec![Alarm { name: "a".into(), cause: AlarmCause::Changes(vec![]) }];
    plan.assumed = Some(AssumedQuotas {
        send_command: None,
        list_command_invocations: None,
        pending_invocations: None,
        attempts: 1,
    });
    let nothing = || Distribution::Constant { value: 0.0 };
    plan.groups[0].output = Some(Box::new(Output {
        written: Written { stdout: nothing(), stderr: nothing() },
        s3_latency: nothing(),
        s3_bytes_per_second: 1,
        s3_failure: Chance(0),
        logs_latency: nothing(),
        denied: vec![],
    }));
    let request = &mut plan.commands[0].request;
    request.output_s3_bucket_name = Some("b".into());
    let alarms = vec![request::Alarm { name: "a".into() }];
    request.alarm_configuration = Some(AlarmConfiguration { ignore_poll_alarm_failure: None, alarms });
}

#[test]
fn the_documented_rules_are_those_that_judge() {
    let page = include_str!("../../docs/outputs.md");
    let row = |report: &RuleReport| format!("| `{}` | {} | {} |", report.rule, report.title, report.source);
    let mut story = plain_success();
    let bus = EventBus {
        account: "123456789012".into(),
        region: "us-east-1".into(),
        latency: Distribution::Constant { value: 1.0 },
        loss: Chance(0),
    };
    story.plan.events = Some(Events { bus, rules: vec![], auto_scaling_groups: vec![] });
    with_faults_alarms_and_outputs(&mut story.plan);
    let rows: Vec<_> = story.judge().iter().map(row).collect();
    let section = page.split("## The rules").nth(1).expect("the section").split("\n## ").next();
    let told: Vec<_> = section.unwrap_or_default().lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(told, rows);
}

#[test]
fn offences_are_counted_and_the_first_few_told() {
    let mut story = Story::new(100, "100", "0").requested(100).first_sent(0);
    for instance in 1..10 {
        story = story.sent(instance);
    }
    let reports = story.judge();
    let slow_start = reports.iter().find(|report| report.rule == "slow-start").expect("every rule reports");
    let Verdict::Invalid { offences, count } = &slow_start.verdict else { panic!("{slow_start:?}") };
    assert_eq!((offences.len(), *count, slow_start.judged), (5, 9, 10));
    let line = codec::to_line(&story.records[4], &Roster::new(&story.plan));
    assert_eq!(offences[0].records, [line]);
    let json = serde_json::to_value(slow_start).expect("a report is JSON");
    assert_eq!(json["verdict"], "invalid");
    assert_eq!(json["count"], 9);
    assert_eq!(json["offences"][0]["fact"], "S4.8");
    assert!(json["offences"][0]["records"][0].as_str().expect("text").contains("Sent"));
}

/// The target count that the checker accepts.
fn resolved(targets: &[(&str, &[&str])], ids: Option<&[&str]>) -> Vec<u32> {
    let mut groups = [group("a", 3), group("b", 5), group("c", 7)];
    crate::story::members(&mut groups[1]).tags.insert("stage".into(), "prod".into());
    crate::story::members(&mut groups[2]).tags.insert("stage".into(), "test".into());
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    let target = |(key, values): &(&str, &[&str])| Target { key: (*key).to_owned(), values: texts(values) };
    let story = Story::new(1, "50", "0").groups(groups.to_vec()).request(|request| {
        request.targets = (!targets.is_empty()).then(|| targets.iter().map(target).collect());
        request.instance_ids = ids.map(texts);
    });
    let accepts = |count: &u32| {
        let told = story.clone().fact(Fact::Requested).fact(Fact::Targeted { count: *count }).judge();
        let targets = told.iter().find(|report| report.rule == "targets").expect("every rule reports");
        let Verdict::Invalid { offences, .. } = &targets.verdict else { return true };
        // That nothing ends is another offence.
        offences.iter().all(|offence| offence.fact != "S3.6")
    };
    (0..=15).filter(accepts).collect()
}

#[test]
fn selectors_are_resolved_afresh() {
    // Section 3.2, S3.6: entries AND, values OR.
    let (a, c) = ("i-a0000000000000002", "i-c0000000000000006");
    for (targets, ids, count) in [
        (&[("tag:fleet", &["b"][..])][..], None, 5),
        (&[("tag:fleet", &["a", "c"])], None, 10),
        (&[("tag-key", &["stage"])], None, 12),
        (&[("tag-key", &["stage", "fleet"])], None, 15),
        (&[("tag:fleet", &["a", "b"]), ("tag:stage", &["prod", "test"])], None, 5),
        (&[("tag:fleet", &["a"]), ("tag-key", &["stage"])], None, 0),
        (&[("tag:fleet", &[])], None, 0),
        (&[("InstanceIds", &[a, c, a])], None, 2),
        (&[("instanceids", &[a, c]), ("tag:fleet", &["c"])], None, 1),
        (&[("InstanceIds", &[a]), ("InstanceIds", &[c])], None, 0),
        (&[], Some(&[a, c, "i-a9999999999999999"][..]), 2),
    ] {
        assert_eq!(resolved(targets, ids), [count], "{targets:?} {ids:?}");
    }
}

#[test]
fn percentages_are_of_all_targets_the_never_sent_included() {
    // Settled 5: 50 % of 4 is 2, though only two can be sent to; both may be in flight.
    let mut groups = [group("a", 2), group("b", 2)];
    crate::story::members(&mut groups[1]).access_denied = true;
    let all = |target: &mut Target| target.values = vec!["a".into(), "b".into()];
    let story = Story::new(4, "50%", "0").groups(groups.to_vec());
    let story = story.request(|request| request.targets.iter_mut().flatten().for_each(all));
    let story = story.requested(4).ends(2, D::AccessDenied).ends(3, D::AccessDenied).first_sent(0);
    let story = story.at(1).ack(0).sent(1).at(2).ack(1).at(9).ends(0, D::Success).at(10).ends(1, D::Success);
    assert!(story.done(CommandStatus::Success, D::Success).objectors().is_empty());
}

#[test]
fn commands_are_judged_apart() {
    let mut story = plain_success();
    story.plan.commands.push(story.plan.commands[0].clone());
    let twin = |record: &Record| [*record, Record { command: 1, ..*record }];
    story.records = story.records.iter().flat_map(twin).collect();
    assert!(story.objectors().is_empty());
    let last = story.records.len() - 1;
    assert_eq!(story.records.remove(last).command, 1);
    assert_eq!(story.objectors(), ["command-states"]);
}
