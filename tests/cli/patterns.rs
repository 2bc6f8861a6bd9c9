//! `fleetsim pattern test` (S10.13 to S10.49): 0 for a match, 1 for none, 2 for bad input.

use super::program::Place;

fn place() -> Place {
    let place = Place::new();
    place.write("pattern.json", r#"{"source": ["aws.ssm"], "detail": {"status": [{"prefix": "Suc"}]}}"#);
    place.write("event.json", r#"{"source": "aws.ssm", "detail": {"status": "Failed"}}"#);
    place
}

#[test]
fn a_match_is_0_and_none_is_1_with_the_reason() {
    let place = place();
    let ran = place.run(&["pattern", "test", "pattern.json", "event.json"]).exits(1);
    assert_eq!(ran.out, "no match\n  detail.status: \"Failed\" does not match [{\"prefix\": \"Suc\"}]\n");
    place.write("event.json", r#"{"source": "aws.ssm", "detail": {"status": "Success"}}"#);
    assert_eq!(place.run(&["pattern", "test", "pattern.json", "event.json"]).exits(0).out, "match\n");
}

#[test]
fn bad_patterns_and_events_are_2() {
    let place = place();
    place.write("bad.json", r#"{"source": []}"#);
    place.run(&["pattern", "test", "bad.json", "event.json"]).exits(2).complains(&[
        "bad.json: Event pattern is not valid. Reason: Empty arrays are not allowed",
        "line: 1, column: 14]",
    ]);
    place.write("list.json", "[]");
    let ran = place.run(&["pattern", "test", "pattern.json", "list.json"]).exits(2);
    ran.complains(&["list.json: Parameter Event is not valid.", "must be a JSON object"]);
    let ran = place.run(&["pattern", "test", "--envelope", "pattern.json", "event.json"]).exits(2);
    ran.complains(&["It has no account, detail-type, id, region, time"]);
    place.run(&["pattern", "test", "-", "-"]).exits(2).complains(&["standard input"]);
    place.run(&["pattern", "test", "pattern.json", "nowhere.json"]).exits(2).complains(&["nowhere.json"]);
}

#[test]
fn filter_policies_take_messages_or_attributes() {
    let place = place();
    place.write("policy.json", r#"{"status": ["Failed"]}"#);
    place.write("message.json", r#"{"status": "Failed"}"#);
    place.write("attributes.json", r#"{"status": {"DataType": "String", "StringValue": "Success"}}"#);
    place.run(&["pattern", "test", "--sns-body", "policy.json", "message.json"]).exits(0);
    place.run(&["pattern", "test", "--sns-attributes", "policy.json", "attributes.json"]).exits(1);
    place
        .run(&["pattern", "test", "--sns-attributes", "pattern.json", "attributes.json"])
        .exits(2)
        .complains(&[
            "Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy",
        ]);
}
