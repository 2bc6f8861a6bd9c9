//! Everything that can be wrong with an inventory: place, what was found, what would be right.

use std::fmt::Write;

use crate::scenario::*;

/// An answer of describe-instance-information with one entry, on a line of its own.
fn information(entry: &str) -> String {
    format!("{{\"InstanceInformationList\": [\n{entry}\n]}}")
}

/// An answer of describe-instances with one entry, on a line of its own.
fn machines(entry: &str) -> String {
    format!("{{\"Reservations\": [{{\"Instances\": [\n{entry}\n]}}]}}")
}

#[test]
fn answers_that_are_none() {
    for (text, parts) in [
        ("", &["x.json:1:1", "the file is empty", "`--output json`"][..]),
        ("  \n ", &["the file is empty"]),
        ("[\"i-12345678\"]", &["x.json:1:1", "found a list, not an object", "without `--query`"]),
        ("\"i-12345678\"", &["found a text, not an object", "without `--query`"]),
        ("i-12345678\tOnline\n", &["not valid JSON", "`--output json`"]),
        ("InstanceInformationList:\n- InstanceId: i-1\n", &["not valid JSON", "`--output json`"]),
        ("{\"InstanceInformationList\": [", &["x.json:1:29", "not valid JSON: EOF while parsing"]),
        (
            "{\"Instances\": []}",
            &["x.json:1:1", "no list that is read here", "`Reservations` of describe-instances"],
        ),
        ("{\"InstanceInformationList\": []}\n{}", &["x.json:2:1", "no list that is read here"]),
        ("{\"InstanceInformationList\": []}\n[]", &["x.json:2:1", "found a list"]),
        ("{\"InstanceInformationList\": {}}", &["x.json:1:28", "invalid type: map, expected a sequence"]),
        ("{\"Reservations\": [[]]}", &["invalid type: sequence, expected an object"]),
        ("{\"Reservations\": [{\"Instances\": 1}]}", &["invalid type: integer"]),
        ("{\"Reservations\": [], \"Reservations\": []}", &["duplicate field `Reservations`"]),
        ("{\"InstanceInformationList\": []}", &["fleet.toml:3:9", "the files name no managed instance"]),
    ] {
        assert_says(&faults(&[("x.json", text)]), parts);
    }
}

#[test]
fn entries_of_describe_instance_information() {
    for (entry, parts) in [
        ("1", &["x.json:2:1", "`InstanceInformationList` has a number", "expected an object"][..]),
        ("{}", &["x.json:2:1", "an entry without `InstanceId`", "do not leave it out"]),
        (r#"{"InstanceId": null}"#, &["an entry without `InstanceId`"]),
        (r#"{"InstanceId": 5}"#, &["x.json:2:16", "`InstanceId` has a number", "expected a text"]),
        (r#"{"InstanceId": "i-1"}"#, &["x.json:2:16", "`i-1` is not an instance id", "S3.14"]),
        (
            r#"{"InstanceId": "i-12345678", "PingStatus": "Offline"}"#,
            &["x.json:2:44", "`PingStatus` is `Offline`", "Online, ConnectionLost or Inactive"],
        ),
        (
            r#"{"InstanceId": "i-12345678", "PlatformType": "linux"}"#,
            &["x.json:2:46", "`PlatformType` is `linux`", "Windows, Linux or MacOS"],
        ),
        (r#"{"InstanceId": "i-12345678", "PlatformType": ["Linux"]}"#, &["`PlatformType` has a list"]),
        (
            r#"{"InstanceId": "i-12345678"}"#,
            &["x.json:2:1", "the platform of `i-12345678` is not told", "give `PlatformType`"],
        ),
        (
            r#"{"InstanceId": "i-12345678", "InstanceId": "i-12345679"}"#,
            &["x.json:2:41", "duplicate field `InstanceId`"],
        ),
    ] {
        assert_says(&faults(&[("x.json", &information(entry))]), parts);
    }
}

#[test]
fn entries_of_describe_instances() {
    for (entry, parts) in [
        ("{}", &["x.json:2:1", "an entry without `InstanceId`"][..]),
        (
            r#"{"InstanceId": "i-12345678", "State": "running"}"#,
            &["x.json:2:39", "`State` has a text", "expected an object"],
        ),
        (
            r#"{"InstanceId": "i-12345678", "State": {"Name": "asleep"}}"#,
            &["x.json:2:48", "`Name` is `asleep`", "stopping or stopped"],
        ),
        (
            r#"{"InstanceId": "i-12345678", "Platform": "linux"}"#,
            &["x.json:2:42", "`Platform` is `linux`", "no `Platform` for everything else"],
        ),
        (r#"{"InstanceId": "i-12345678", "PlatformDetails": 1}"#, &["`PlatformDetails` has a number"]),
        (r#"{"InstanceId": "i-12345678", "InstanceType": {}}"#, &["`InstanceType` has an object"]),
        (
            r#"{"InstanceId": "i-12345678", "Tags": {"Role": "web"}}"#,
            &["x.json:2:38", "`Tags` has an object"],
        ),
        (r#"{"InstanceId": "i-12345678", "Tags": ["Role"]}"#, &["`Tags` has a text", "expected an object"]),
        (
            r#"{"InstanceId": "i-12345678", "Tags": [{"Key": "Role"}]}"#,
            &["x.json:2:39", "an entry without `Value`"],
        ),
        (
            r#"{"InstanceId": "i-12345678", "Tags": [{"Key": "Role", "Value": true}]}"#,
            &["x.json:2:64", "`Value` has true or false"],
        ),
        (
            r#"{"InstanceId": "i-12345678", "Tags": [{"Key": "A", "Value": "1"}, {"Key": "A", "Value": "2"}]}"#,
            &["x.json:2:67", "the tag `A` has two values"],
        ),
    ] {
        assert_says(&faults(&[("x.json", &machines(entry))]), parts);
    }
}

#[test]
fn entries_of_get_resources() {
    for (entry, parts) in [
        ("{}", &["x.json:2:1", "an entry without `ResourceARN`"][..]),
        (r#"{"ResourceARN": "i-12345678"}"#, &["x.json:2:17", "`i-12345678` is not an ARN", "S3.19"]),
        (
            r#"{"ResourceARN": "arn:aws:ec2:eu-west-1:1:instance/x"}"#,
            &["`x` is not an instance id", "managed-instance/ID"],
        ),
    ] {
        let answer = format!("{{\"ResourceTagMappingList\": [\n{entry}\n]}}");
        assert_says(&faults(&[("x.json", &answer), ("ssm.json", INFORMATION)]), parts);
    }
}

/// Contradictions name both places, in one file and in two, whatever differs.
#[test]
fn contradictions() {
    let online = r#"{"InstanceId": "i-12345678", "PingStatus": "Online", "PlatformType": "Linux"}"#;
    let twice = |other: &str| information(&format!("{online},\n{other}"));
    for other in [online.replace("Online", "ConnectionLost"), online.replace("Linux", "Windows")] {
        let said = faults(&[("x.json", &twice(&other))]);
        assert_says(
            &said,
            &["x.json:3:1", "`i-12345678` is told of twice, with a difference", "at x.json:2 too"],
        );
        let said = faults(&[("x.json", &information(online)), ("y.json", &information(&other))]);
        assert_says(&said, &["y.json:2:1", "at x.json:2 too"]);
    }
    assert!(
        load(&text(&[("x.json", "")], &format!("{REST}{COMMAND}")), &[("x.json", &twice(online))]).is_ok()
    );

    let tagged = |value: &str| {
        format!(r#"{{"InstanceId": "i-12345678", "Tags": [{{"Key": "Role", "Value": "{value}"}}]}}"#)
    };
    let said = faults(&[("x.json", &machines(&format!("{},\n{}", tagged("a"), tagged("b"))))]);
    assert_says(&said, &["x.json:3:1", "told of twice", "at x.json:2 too"]);

    let mapping = "{\"ResourceTagMappingList\": [\n{\"ResourceARN\": \"arn:aws:ec2:r:1:instance/i-12345678\", \
                   \"Tags\": [{\"Key\": \"Role\", \"Value\": \"b\"}]}\n]}";
    let said = faults(&[("x.json", &machines(&tagged("a"))), ("tags.json", mapping)]);
    assert_says(&said, &["tags.json:2:1", "`i-12345678` has other tags elsewhere", "at x.json:2 too"]);
    assert_eq!(listed(&whole(&[("x.json", &machines(&tagged("b"))), ("tags.json", mapping)]).plan).len(), 1);
}

/// All faults of all files come at once, in the order of the files' names and of the text; behind the twentieth of a file
/// the rest is counted.
#[test]
fn all_faults_at_once() {
    let broken = |number: usize| format!("{{\"InstanceId\": \"{number}\"}}");
    let list = |count: usize| (0..count).map(broken).collect::<Vec<_>>().join(",\n");
    let said = faults(&[("b.json", &information(&list(3))), ("a.json", &machines(&list(1234)))]);
    assert_eq!(said.matches("is not an instance id").count(), 23);
    assert_says(&said, &["a.json:2:16", "a.json:21:16", "and 1214 more faults in this file", "b.json:4:16"]);
    assert!(
        said.find("a.json:21:16") < said.find("and 1214 more")
            && said.find("and 1214") < said.find("b.json:2:16")
    );
    assert!(!said.contains("a.json:22:"));
    // Both faults of one entry, and those of the scenario beside them.
    let entry = r#"{"InstanceId": "i-1", "PingStatus": "?", "PlatformType": "?"}"#;
    let files = [("x.json", information(entry))];
    let files = [(files[0].0, files[0].1.as_str())];
    let scenario = text(&files, &format!("{REST}availability = [{{ chance = 0.5 }}]\n{COMMAND}"));
    let said = load(&scenario, &files).unwrap_err().render(false);
    assert_says(&said, &["`i-1` is not", "`PingStatus` is `?`", "`PlatformType` is `?`", "fleet.toml:8:17"]);
    assert!(!said.contains("in no group") && !said.contains("InvalidInstanceId"), "{said}");
}

/// Of a long text the line at fault is shown, of a long line only its place.
#[test]
fn long_files_and_lines() {
    let mut entries = String::new();
    for number in 0..2000 {
        writeln!(entries, r#"{{"InstanceId": "i-{number:08}", "PlatformType": "Linux"}},"#).unwrap();
    }
    let broken = r#"{"InstanceId": "i-99999999", "PlatformType": "Linus"}"#;
    let said = faults(&[("x.json", &information(&format!("{entries}{broken}")))]);
    assert_says(&said, &["x.json:2002:46", "2002 | ", "\"Linus\"", "^^^^^^^"]);
    let said = faults(&[("x.json", &information(&format!("{}{broken}", entries.replace('\n', " "))))]);
    assert_says(&said, &["`PlatformType` is `Linus`", "x.json:2:110046"]);
    assert!(said.len() < 500, "{said}");
}

#[test]
fn files_that_cannot_be_read() {
    let scenario = text(&[("a.json", ""), ("b.json", ""), ("c.json", "")], &format!("{REST}{COMMAND}"));
    let said = load(&scenario, &[("b.json", INFORMATION)]).unwrap_err().render(false);
    assert_says(&said, &["cannot read a.json", "cannot read c.json", "fleet.toml:3:10", "fleet.toml:3:30"]);
    let said =
        load(&scenario.replace("[\"a.json\", \"b.json\", \"c.json\"]", "[]"), &[]).unwrap_err().render(false);
    assert_says(&said, &["a list of 0 entries", "expected from 1 to 1000"]);
}
