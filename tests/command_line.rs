//! `aws ssm send-command ...` read as the AWS CLI reads it, and written so that it is read back the same. The forms are
//! those of "Using shorthand syntax in the AWS CLI" and of the examples of `aws ssm send-command help`.

use fleetsim::ssm::{
    SendCommandRequest,
    command_line::{CommandLine, parse, quoted, write},
};
use serde_json::{Value, json};

fn read(path: &str) -> Result<String, String> {
    match path {
        "targets.json" => Ok(r#"[{"Key": "tag:Role", "Values": ["web"]}]"#.into()),
        "request.json" => {
            Ok(r#"{"DocumentName": "AWS-RunShellScript", "MaxErrors": "5", "Comment": "a"}"#.into())
        }
        _ => Err(format!("cannot read {path}")),
    }
}

fn parsed(words: &[&str]) -> Result<CommandLine, Vec<String>> {
    let words = ["aws", "ssm", "send-command"].iter().chain(words);
    parse(&words.map(ToString::to_string).collect::<Vec<_>>(), &read)
}

fn field(words: &[&str], name: &str) -> Value {
    parsed(words).unwrap().request[name].clone()
}

#[test]
fn targets_in_shorthand_and_as_json() {
    let one = json!([{"Key": "tag:Role", "Values": ["web"]}]);
    for words in [
        vec!["--targets", "Key=tag:Role,Values=web"],
        vec!["--targets=Key=tag:Role,Values=web"],
        vec!["--targets", r#"Key="tag:Role",Values=["web"]"#],
        vec!["--targets", r#"[{"Key":"tag:Role","Values":["web"]}]"#],
        vec!["--targets", "file://targets.json"],
    ] {
        assert_eq!(field(&words, "Targets"), one, "{words:?}");
    }
    let two = ["--targets", "Key=tag:Role,Values=web,db", "Key=tag:Env,Values=prod"];
    let expected =
        json!([{"Key": "tag:Role", "Values": ["web", "db"]}, {"Key": "tag:Env", "Values": ["prod"]}]);
    assert_eq!(field(&two, "Targets"), expected);
    assert_eq!(field(&["--targets", "Values=a,Key=tag-key"], "Targets")[0]["Key"], "tag-key");
}

#[test]
fn parameters_in_shorthand_and_as_json() {
    for (text, expected) in [
        ("commands=ifconfig", json!({"commands": ["ifconfig"]})),
        ("commands=yum -y update", json!({"commands": ["yum -y update"]})),
        (
            r#"commands=["echo a, b","ls"],executionTimeout=60"#,
            json!({"commands": ["echo a, b", "ls"], "executionTimeout": ["60"]}),
        ),
        (r#"commands="echo \"hi\"""#, json!({"commands": ["echo \"hi\""]})),
        ("commands=a=b", json!({"commands": ["a=b"]})),
        (r"commands=a\,b,c", json!({"commands": ["a,b", "c"]})),
        (
            "commands='x, y', workingDirectory=/tmp",
            json!({"commands": ["x, y"], "workingDirectory": ["/tmp"]}),
        ),
        (r#"{"commands":["a"]}"#, json!({"commands": ["a"]})),
    ] {
        assert_eq!(field(&["--parameters", text], "Parameters"), expected, "{text}");
    }
}

#[test]
fn structures_and_plain_values() {
    let config = "NotificationArn=arn:aws:sns:eu-central-1:123456789012:a,NotificationEvents=All,NotificationType=Command";
    let expected = json!({"NotificationArn": "arn:aws:sns:eu-central-1:123456789012:a",
        "NotificationEvents": ["All"], "NotificationType": "Command"});
    assert_eq!(field(&["--notification-config", config], "NotificationConfig"), expected);
    let two = "NotificationEvents=Failed,TimedOut,NotificationType=Invocation";
    assert_eq!(
        field(&["--notification-config", two], "NotificationConfig")["NotificationEvents"],
        json!(["Failed", "TimedOut"])
    );
    let logs = "CloudWatchOutputEnabled=true,CloudWatchLogGroupName=g";
    assert_eq!(
        field(&["--cloud-watch-output-config", logs], "CloudWatchOutputConfig")["CloudWatchOutputEnabled"],
        true
    );
    let alarms = "IgnorePollAlarmFailure=false,Alarms=[{Name=a}]";
    assert_eq!(
        field(&["--alarm-configuration", alarms], "AlarmConfiguration"),
        json!({"IgnorePollAlarmFailure": false, "Alarms": [{"Name": "a"}]})
    );
    assert_eq!(field(&["--timeout-seconds", "600"], "TimeoutSeconds"), 600);
    assert_eq!(field(&["--instance-ids", "i-1", "i-2"], "InstanceIds"), json!(["i-1", "i-2"]));
    let input = ["--cli-input-json", "file://request.json", "--max-errors", "7"];
    assert_eq!(
        parsed(&input).unwrap().request,
        json!({"DocumentName": "AWS-RunShellScript", "MaxErrors": "7", "Comment": "a"})
    );
}

#[test]
fn options_of_every_command_are_known_and_named() {
    let words =
        "/usr/bin/aws --profile p ssm send-command --region eu-west-1 --no-cli-pager --comment x --debug";
    let words: Vec<String> = words.split(' ').map(ToString::to_string).collect();
    let line = parse(&words, &read).unwrap();
    assert_eq!(line.request, json!({"Comment": "x"}));
    assert_eq!(line.without_effect, ["--profile", "--region", "--no-cli-pager", "--debug"]);
}

#[test]
fn every_fault_is_told() {
    let words = [
        "--max-concurency",
        "5",
        "--timeout-seconds",
        "soon",
        "--parameters",
        "commands=yum",
        "-y",
        "--targets",
        "file://none.json",
        "--comment",
        "--notification-config",
        "NotificationArn",
        "--targets",
        "{",
        "--region",
        "--document-name",
        "a",
        "--debug",
        "stray",
        "--parameters",
        "commands=[a,b",
    ];
    let faults = parsed(&words).unwrap_err();
    let expected = [
        "no option takes `stray`",
        "unknown option: --max-concurency; did you mean --max-concurrency?",
        "--timeout-seconds: `soon` is no whole number",
        "--parameters: expected one argument, and after it found `-y`; is a quote missing?",
        "--targets: cannot read none.json",
        "--comment: expected at least one argument",
        "--notification-config: not valid shorthand: expected NAME=",
        "--targets: not valid JSON",
        "--region: expected one argument",
        "--parameters: not valid shorthand: expected `,` or `]` after `commands=[a,b`",
    ];
    assert_eq!(faults.len(), expected.len(), "{faults:?}");
    for (fault, expected) in faults.iter().zip(expected) {
        assert!(fault.starts_with(expected), "{fault:?} is not {expected:?}");
    }
    let other = parse(&["aws".into(), "s3".into(), "ls".into()], &read).unwrap_err();
    assert_eq!(other, ["the command line does not begin with `aws ssm send-command`"]);
}

/// Words as a POSIX shell takes a text apart, for what [`write`] writes: single quotes, `\'` and line ends behind `\`.
fn shell(text: &str) -> Vec<String> {
    let (mut words, mut word, mut is_quoted) = (Vec::new(), None::<String>, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            '\\' if !is_quoted => match letters.next() {
                Some('\n') => {}
                next => word.get_or_insert_default().extend(next),
            },
            ' ' | '\n' if !is_quoted => words.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[test]
fn what_is_written_is_read_back_the_same() {
    for request in [
        json!({"DocumentName": "AWS-RunShellScript", "InstanceIds": ["i-0123456789abcdef0", "mi-0123456789abcdef0"],
            "Parameters": {"commands": ["echo 'a b' \"c\" \\ $HOME", "[x]", "a=b,c"]}, "TimeoutSeconds": 600}),
        json!({"DocumentName": "Deploy", "Targets": [{"Key": "tag:Role", "Values": ["web", "db"]}],
            "MaxConcurrency": "10%", "MaxErrors": "0", "Comment": "it's; `this`", "DocumentVersion": "$LATEST"}),
        json!({"DocumentName": "Deploy", "Targets": [{"Key": "tag:Some role", "Values": ["a,b", "c'd"]}],
            "NotificationConfig": {"NotificationArn": "arn:aws:sns:eu-central-1:123456789012:a",
                "NotificationEvents": ["Failed"], "NotificationType": "Invocation"},
            "CloudWatchOutputConfig": {"CloudWatchOutputEnabled": true},
            "AlarmConfiguration": {"Alarms": [{"Name": "too hot"}]}}),
    ] {
        let typed: SendCommandRequest = serde_json::from_value(request.clone()).unwrap();
        let line = write(&typed);
        assert_eq!(parse(&shell(&line), &read).unwrap().request, request, "{line}");
    }
    assert_eq!(quoted(""), "''");
    assert_eq!(quoted("10%"), "10%");
}
