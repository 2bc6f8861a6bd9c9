//! Bad scenarios and what is said about them: place, excerpt and help. All faults come at once.

mod written;

use fleetsim::scenario::{Faults, Resolved};
use written::assert_says;

const GROUP: &str = "[[group]]\nname = \"web\"\ncount = 5\nexecution = \"20s\"\ntags = { Role = \"web\" }\n";
const COMMAND: &str = r#"[[command]]
[command.request]
DocumentName = "AWS-RunShellScript"
Targets = [{ Key = "tag:Role", Values = ["web"] }]
Parameters = { commands = ["true"] }
"#;

fn load(text: &str) -> Result<Resolved, Faults> {
    written::load("bad.toml", text, &[])
}

/// The rendered faults of a scenario made of version, group, command and some lines of its own.
fn faults(text: &str) -> String {
    load(text).expect_err("a bad scenario").render(false)
}

/// The scenario whose group has one more line; that line is the seventh.
fn group_with(line: &str) -> String {
    format!("version = 1\n{GROUP}{line}\n{COMMAND}")
}

/// The scenario whose request has one more line; that line is the twelfth.
fn request_with(line: &str) -> String {
    format!("version = 1\n{GROUP}{COMMAND}{line}\n")
}

/// The limit of 64 bits is no bound that anyone chose: it is not named.
#[test]
fn a_seed_is_bounded_below_only() {
    let rendered = faults(&format!("version = 1\nseed = -1\n{GROUP}{COMMAND}"));
    assert_says(&rendered, &["bad.toml:2:8", "expected a number from 0"]);
    assert!(!rendered.contains("from 0 to"), "{rendered}");
}

#[test]
fn structure() {
    for (line, parts) in [
        ("cuont = 5", &["unknown field `cuont`", "bad.toml:7:1", "cuont = 5", "did you mean `count`?"][..]),
        ("zebra = 5", &["unknown field `zebra`", "the fields here are `name`, `count`"]),
        ("platform = \"linux\"", &["the word `linux`", "bad.toml:7:12", "did you mean `Linux`?"]),
        ("access_denied = 1", &["found the number 1", "bad.toml:7:17", "expected true or false"]),
        ("delivery = 20", &["found the number 20", "a duration needs a unit, such as \"20s\""]),
        ("delivery = \"20\"", &["`20` is not a duration", "write a number and a unit"]),
        ("delivery = \"500days\"", &["longer than the 400 days"]),
        ("slowness = \"1s\"", &["found the text \"1s\"", "a plain number without a unit"]),
        ("slowness = { uniform = { min = \"1s\", max = 2 } }", &["bad.toml:7:32", "found the text \"1s\""]),
        ("delivery = { lognorm = {} }", &["unknown field `lognorm`", "did you mean `lognormal`?"]),
        ("delivery = {}", &["an empty table", "exactly one of `constant`"]),
        ("delivery = { uniform = { min = \"1s\" } }", &["the field `max` is missing", "The upper bound"]),
        (
            "delivery = { constant = \"1s\", exponential = { mean = \"1s\" } }",
            &["`constant`, `exponential` are given together"],
        ),
        ("delivery = { quantiles = [[0.0]] }", &["a list of 1 entries", "expected exactly 2"]),
        ("outcomes = [{ chance = 2, hang = true }]", &["2 is out of range", "bad.toml:7:24", "from 0 to 1"]),
        ("outcomes = [{ chance = \"2\", hang = true }]", &["`2` is not a chance", "write \"1%\""]),
        (
            "outcomes = [{ chance = 0.1, exit_code = 3000000000 }]",
            &["3000000000 is out of range", "-2147483648 to 2147483647"],
        ),
        ("id_prefix = 99999999999999999999", &["does not fit into 64 bits"]),
        ("slowness = nan", &["`nan` is not a finite number"]),
    ] {
        assert_says(&faults(&group_with(line)), parts);
    }
}

#[test]
fn groups_and_their_chances() {
    for (line, parts) in [
        ("id_prefix = \"x-web\"", &["`x-web` cannot begin an instance id", "bad.toml:7:13", "S3.14"][..]),
        ("id_prefix = \"i-web-\"", &["`i-web-` cannot begin an instance id"]),
        ("id_prefix = \"i-0123456789abcdefg\"", &["leaves 0 digits for 5 instances"]),
        ("availability = [{ chance = 0.1 }]", &["does not say what happens", "exactly one of `unreachable`"]),
        ("availability = [{ chance = 0.1, unreachable = false }]", &["`unreachable` is false"]),
        (
            "availability = [{ chance = 0.6, unreachable = true }, { chance = \"50%\", stopped_at = \"1s\" }]",
            &["the chances add up to 1.1", "bad.toml:7:16"],
        ),
        (
            "outcomes = [{ chance = 0.1, hang = true, exit_code = 1 }]",
            &["`exit_code`, `hang` are given together"],
        ),
        ("delivery = { lognormal = { median = \"1s\" } }", &["neither `sigma` nor `p99` is given"]),
        ("delivery = { gamma = { shape = 1, scale = \"1s\", mean = \"1s\" } }", &["both `scale` and `mean`"]),
        (
            "delivery = { lognormal = { median = \"2s\", p99 = \"1s\" } }",
            &["`p99` must be at least the median", "bad.toml:7:49"],
        ),
        (
            "[[outcome]]\nwhere = { group = \"wbe\" }\nchance = 0.1\nhang = true",
            &["there is no group `wbe`", "did you mean `web`?"],
        ),
        (
            "outcomes = [{ chance = 0.6, hang = true }]\n[[outcome]]\nchance = 0.6\nhang = true",
            &["the chances add up to 1.2", "every `[[outcome]]` that matches"],
        ),
        (
            "[[group]]\nname = \"web\"\ncount = 1\nexecution = \"1s\"",
            &["there is another group `web`", "bad.toml:8:8"],
        ),
        (
            "[[group]]\nname = \"WEB!\"\ncount = 1\nexecution = \"1s\"",
            &[
                "`i-web00000000000000` would belong to `web` and to `WEB!`",
                "give one of them another `id_prefix`",
            ],
        ),
        (
            "[[group]]\nname = \"x\"\nid_prefix = \"i-web0\"\ncount = 1\nexecution = \"1s\"",
            &["would belong to"],
        ),
        (
            "[[group]]\nname = \"x\"\ncount = 16777215\nexecution = \"1s\"",
            &["16777220 instances", "at most 16777215"],
        ),
    ] {
        assert_says(&faults(&group_with(line)), parts);
    }
    // A longer prefix whose ids lie beyond the shorter one's numbers is no collision.
    let apart = "[[group]]\nname = \"x\"\nid_prefix = \"i-web5\"\ncount = 1\nexecution = \"1s\"";
    assert!(load(&group_with(apart)).is_ok());
}

#[test]
fn the_request_and_the_fleet() {
    for (line, parts) in [
        ("MaxErrors = \"1.5\"", &["ValidationException", "'maxErrors'", "bad.toml:12:13", "S4.16"][..]),
        ("MaxErrors = 5", &["found the number 5", "expected text"]),
        ("InstanceIds = [\"i-web00000000000000\"]", &["InvalidParameters", "exclude each other"]),
        ("TimeoutSecond = 5", &["did you mean `TimeoutSeconds`?"]),
        (
            "[[command.cancel]]\nat = \"0s\"",
            &["cancelled at 0s, sent at 0s", "a cancel comes after its command"],
        ),
        (
            "[[command.cancel]]\nat = \"1s\"\ninstance_ids = [\"i-web00000000000005\"]",
            &[
                "InvalidInstanceId: `i-web00000000000005` is not in the fleet",
                "i-web00000000000000 to i-web00000000000004",
            ],
        ),
        ("[thresholds]\n\"makespan.p96\" = \"<= 2h\"", &["`p96` is no statistic", "bad.toml:13:18"]),
        ("[thresholds]\n\"failed.max\" = \"20\"", &["has no relation", "begin with `<=`"]),
    ] {
        assert_says(&faults(&request_with(line)), parts);
    }
    let targets =
        |targets: &str| request_with("").replace(r#"[{ Key = "tag:Role", Values = ["web"] }]"#, targets);
    let group = r#"[{ Key = "resource-groups:Name", Values = ["x"] }]"#;
    assert_says(&faults(&targets(group)), &["no resource group `x`", "bad.toml:10:54"]);
    // O-41, by the field and by the target that means the same (S3.8).
    let unknown = r#"[{ Key = "InstanceIds", Values = ["i-web00000000000009"] }]"#;
    assert_says(&faults(&targets(unknown)), &["InvalidInstanceId", "bad.toml:10:45", "O-41"]);
    // O-42: ids all of the wrong platform; by tag it is a matter of each invocation.
    let windows = |text: String| text.replace("count = 5", "count = 5\nplatform = \"Windows\"");
    let by_id = r#"[{ Key = "InstanceIds", Values = ["i-web00000000000000"] }]"#;
    assert_says(&faults(&windows(targets(by_id))), &["UnsupportedPlatformType", "O-42"]);
    assert!(load(&windows(request_with(""))).is_ok());
    // O-17: ids without access.
    let denied = targets(by_id).replace("count = 5", "count = 5\naccess_denied = true");
    assert_says(&faults(&denied), &["AccessDeniedException", "O-17"]);
}

#[test]
fn all_faults_at_once_in_the_order_of_the_text() {
    let text =
        "version = 1\nstart = \"yesterday\"\n[readings]\ntarget_values = 0\nincomplete_status = \"Pending\"\n"
            .to_string()
            + GROUP
            + "outcomes = [{ chance = 0.1 }]\n"
            + COMMAND + "MaxConcurrency = \"0\"\nTimeoutSeconds = 1\n[thresholds]\nx = \"y\"\n";
    let rendered = faults(&text);
    let lines = ["2:9", "4:17", "5:21", "11:13", "17:18", "18:18", "20:5"];
    let places: Vec<_> =
        lines.iter().map(|at| rendered.find(&format!("bad.toml:{at}\n")).expect(at)).collect();
    assert!(places.is_sorted(), "{rendered}");
    assert_eq!(rendered.matches("error: ").count(), lines.len());
}

#[test]
fn missing_parts_are_named_where_they_belong() {
    assert_says(
        &faults("name = \"x\"\n"),
        &["the field `version` is missing", "the field `group` is missing"],
    );
    assert_says(
        &faults("version = 2\n[[group]]\n"),
        &["2 is out of range", "expected 1", "bad.toml:2:1", "[[group]]"],
    );
}

#[test]
fn syntax_errors_have_a_place() {
    let toml = faults("version = 1\nname = \n[[group]\nx = 1\n");
    assert_says(&toml, &["not valid TOML", "bad.toml:2:8", "bad.toml:3:9"]);
    let json =
        written::load("bad.json", "{\"version\": 1,\n \"group\": [}\n", &[]).unwrap_err().render(false);
    assert_says(&json, &["not valid JSON", "bad.json:2:12"]);
}

#[test]
fn json_faults_have_a_pointer() {
    let text = r#"{"version": 1, "group": [{"name": "x", "count": 0, "execution": 3}], "command": []}"#;
    let rendered = written::load("bad.json", text, &[]).unwrap_err().render(false);
    assert_says(
        &rendered,
        &["bad.json at /group/0/count", "bad.json at /group/0/execution", "such as \"3s\""],
    );
}

#[test]
fn a_request_in_its_own_file_has_its_faults_there() {
    let main = format!("version = 1\n{GROUP}[[command]]\nrequest = \"send.json\"\n");
    let with = |content: &str| written::load("dir/night.toml", &main, &[("dir/send.json", content)]);
    let good = r#"{"DocumentName": "AWS-RunShellScript", "Parameters": {"commands": ["true"]},
        "Targets": [{"Key": "tag:Role", "Values": ["web"]}]"#;
    assert_eq!(with(&format!("{good}}}")).unwrap().plan.name, "night");
    for (more, parts) in [
        (", \"MaxErrors\": \"-1\"}", &["dir/send.json at /MaxErrors", "ValidationException"][..]),
        (", \"MaxError\": \"1\"}", &["dir/send.json at /MaxError", "did you mean `MaxErrors`?"]),
        (",}", &["not valid JSON", "dir/send.json:2:"]),
    ] {
        assert_says(&with(&format!("{good}{more}")).unwrap_err().render(false), parts);
    }
    let missing = written::load("dir/night.toml", &main, &[]).unwrap_err().render(false);
    assert_says(&missing, &["cannot read send.json: no such file", "dir/night.toml:8:11"]);
}

#[test]
fn measured_values_come_from_a_csv_file() {
    let text = |csv: &str| group_with(&format!("delivery = {{ csv = {{ file = \"x.csv\", {csv} }} }}"));
    let with = |csv: &str, content: &str| written::load("bad.toml", &text(csv), &[("x.csv", content)]);
    let plan = with("column = \"b\", unit = \"ms\"", "a,b\n1,30\n2,10.5\n").unwrap().plan;
    let values = fleetsim::base::distribution::Distribution::Values { values: vec![10_500.0, 30_000.0] };
    assert_eq!(plan.groups[0].delivery, values);
    for (csv, content, parts) in [
        ("column = \"seconds\"", "second,b\n1,2\n", &["no column `seconds`", "did you mean `second`?"][..]),
        ("column = \"b\"", "a,b\n1,2\n1,x\n", &["x.csv: line 3: `x` in column `b`"]),
        ("column = \"b\"", "a,b\n1,-2\n", &["`-2` in column `b`", "a number from 0"]),
        ("column = \"b\"", "a,b\n", &["no rows below the header"]),
        ("column = \"b\", unit = \"days\"", "a,b\n", &["the word `days`", "expected one of `us`, `ms`"]),
    ] {
        assert_says(&with(csv, content).unwrap_err().render(false), parts);
    }
}

#[test]
fn what_is_allowed_but_seldom_meant_is_a_warning() {
    let warnings = |text: &str| {
        let resolved = load(text).unwrap_or_else(|faults| panic!("{faults}"));
        resolved.warnings.iter().map(|fault| fault.render(false)).collect::<Vec<_>>().join("\n")
    };
    // O-56, S1.12.
    let nobody = request_with("").replace("Values = [\"web\"]", "Values = [\"wbe\"]");
    assert_says(
        &warnings(&nobody),
        &["warning: no instance of the fleet matches", "Success/NoInstancesInTag"],
    );
    // O-29.
    let many = request_with("").replace("[\"web\"] }]", "[\"web\", \"a\", \"b\", \"c\", \"d\", \"e\"] }]");
    assert_says(&warnings(&many), &["6 values in one target", "O-29"]);
    // S5.12, O-21.
    let short = request_with("").replace("[\"true\"] }", "[\"true\"], executionTimeout = [\"4\"] }");
    assert_says(&warnings(&short), &["the agent makes 3600 s of the execution timeout `4`", "S5.12"]);
    let other = group_with("[[outcome]]\nwhere = { platform = \"MacOS\" }\nchance = 0.1\nhang = true");
    assert_says(&warnings(&other), &["this outcome matches no group"]);
    assert_eq!(warnings(&request_with("")), "");
}

#[test]
fn only_so_many_faults_are_shown() {
    let lines: String = (0..150).map(|at| format!("x{at} = 1\n")).collect();
    let faults = load(&format!("version = 1\n{lines}")).unwrap_err();
    // 150 unknown fields, and `group`.
    assert_eq!(faults.0.len(), 151);
    assert!(faults.render(false).ends_with("and 51 more faults"));
}

#[test]
fn colours_come_only_when_asked_for() {
    let faults = load("version = 2").unwrap_err();
    assert!(!faults.render(false).contains('\u{1b}'));
    assert!(faults.render(true).contains('\u{1b}'));
}

/// A typo does not hide what is wrong in meaning: both are told at once, and nothing that the typo alone has caused.
#[test]
fn faults_of_structure_do_not_hide_those_of_meaning() {
    let group = GROUP.replace("count = 5", "count = 5\ncolour = \"red\"\nslowness = \"2s\"");
    let command = format!("{COMMAND}MaxConcurrency = \"0%\"\n");
    let rendered =
        faults(&format!("version = 1\n{group}{command}[thresholds]\n\"makespan.p42\" = \"<= 2h\"\n"));
    assert_says(
        &rendered,
        &["unknown field `colour`", "bad.toml:6:12", "'0%'", "MaxConcurrency", "`p42` is no statistic"],
    );
    let caused = faults(&format!("version = 1\n{GROUP}{}", COMMAND.replace("Targets", "Target")));
    assert_eq!(caused.matches("error").count(), 1, "{caused}");
}

/// A distribution may be cut on one side only, but on one at least.
#[test]
fn truncated_needs_a_bound() {
    for bounds in ["min = \"1s\", ", "max = \"1h\", ", "min = \"1s\", max = \"1h\", "] {
        let line =
            format!("reply = {{ truncated = {{ {bounds}of = {{ exponential = {{ mean = \"20s\" }} }} }} }}");
        load(&group_with(&line)).unwrap_or_else(|faults| panic!("{faults}"));
    }
    let rendered =
        faults(&group_with("reply = { truncated = { of = { exponential = { mean = \"20s\" } } } }"));
    assert_says(&rendered, &["truncated without a bound", "give `min`, `max` or both"]);
}
