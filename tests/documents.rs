//! Command documents, sentence by sentence (section 8.7 of `docs/semantics.md`): what is refused, what has no effect, on
//! which platforms a step runs, and how long it may take.

use fleetsim::ssm::{
    SendCommandRequest,
    document::{Document, DocumentContent, OnFailure, Remarks, Values, built_in, find},
    status::Platform::{self, Linux, MacOS, Windows},
};
use serde_json::{Value, json};

fn read(content: &Value) -> (Option<Document>, Remarks) {
    let text = content.to_string();
    let content: DocumentContent = serde_json::from_value(content.clone()).unwrap();
    let mut remarks = Remarks::default();
    (Document::read("Deploy", &content, text.len(), &mut remarks), remarks)
}

/// A document without remarks.
#[track_caller]
fn good(content: &Value) -> Document {
    let (document, remarks) = read(content);
    assert_eq!(remarks, Remarks::default());
    document.expect("a document without errors")
}

/// A document of schema 2.2 with these steps.
fn steps(steps: &Value) -> Value {
    json!({
        "schemaVersion": "2.2",
        "parameters": {
            "commands": { "type": "StringList", "default": ["true"] },
            "action": { "type": "String", "default": "Install" },
            "seconds": { "type": "String", "default": "60" },
        },
        "mainSteps": steps,
    })
}

/// One step that runs a shell script, with some more fields.
fn step(more: &Value) -> Value {
    let mut step = json!({ "name": "run", "action": "aws:runShellScript" });
    step.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    steps(&json!([step]))
}

fn request(parameters: &Value) -> SendCommandRequest {
    serde_json::from_value(json!({ "DocumentName": "Deploy", "Parameters": parameters })).unwrap()
}

fn values(document: &Document, parameters: &Value) -> Values {
    Values::of(document, &request(parameters))
}

#[test]
fn what_cannot_be_run_is_refused() {
    let two = json!([{ "name": "a", "action": "aws:runShellScript" }, { "name": "a", "action": "aws:runShellScript" }]);
    let precondition = |of: Value| step(&json!({ "precondition": of }));
    let equals = |one: &str, other: &str| precondition(json!({ "StringEquals": [one, other] }));
    let plugin = json!({ "aws:runShellScript": { "properties": {} } });
    for (content, pointer, part) in [
        // The schemas of Command documents; 0.3 is Automation's.
        (json!({ "schemaVersion": "0.3", "mainSteps": [] }), "/schemaVersion", "Automation"),
        (json!({ "schemaVersion": "3.0" }), "/schemaVersion", "1.2, 2.0 and 2.2"),
        (json!({ "schemaVersion": "2.2", "runtimeConfig": plugin }), "/runtimeConfig", "in `mainSteps`"),
        (json!({ "schemaVersion": "1.2", "mainSteps": two }), "/mainSteps", "in `runtimeConfig`"),
        (json!({ "schemaVersion": "2.2", "mainSteps": [] }), "", "has its steps in `mainSteps`"),
        (json!({ "schemaVersion": "1.2", "runtimeConfig": {} }), "", "has its steps in `runtimeConfig`"),
        // Steps.
        (steps(&two), "/mainSteps/1/name", "another step `a`"),
        (steps(&json!([{ "name": "", "action": "aws:runShellScript" }])), "/mainSteps/0/name", "has a name"),
        (
            step(&json!({ "action": "aws:runShelScript" })),
            "/mainSteps/0/action",
            "did you mean `aws:runShellScript`?",
        ),
        (step(&json!({ "action": "aws:executeScript" })), "/mainSteps/0/action", "does not know one fails"),
        (
            json!({ "schemaVersion": "1.2", "runtimeConfig": { "aws:psModul": {} } }),
            "/runtimeConfig/aws:psModul",
            "did you mean `aws:psModule`?",
        ),
        // Preconditions.
        (
            precondition(json!({ "StringLike": ["a", "b"] })),
            "/mainSteps/0/precondition/StringLike",
            "`StringEquals` only",
        ),
        (
            precondition(json!({ "StringEquals": ["a"] })),
            "/mainSteps/0/precondition/StringEquals",
            "exactly two",
        ),
        (equals("platformType", "platformType"), "/mainSteps/0/precondition/StringEquals", "the same"),
        (equals("a", "b"), "/mainSteps/0/precondition/StringEquals", "names a parameter"),
        (equals("{{ missing }}", "b"), "/mainSteps/0/precondition/StringEquals", "names a parameter"),
        (
            equals("platformType", "{{ action }}"),
            "/mainSteps/0/precondition/StringEquals",
            "does not compare",
        ),
        (
            equals("{{ ssm:region }}", "{{ action }}"),
            "/mainSteps/0/precondition/StringEquals",
            "Parameter Store",
        ),
        (
            json!({ "schemaVersion": "2.0", "mainSteps": [{ "name": "a", "action": "aws:runShellScript",
                "precondition": { "StringEquals": ["platformType", "Linux"] } }] }),
            "/mainSteps/0/precondition",
            "needs schema 2.2",
        ),
    ] {
        let (document, remarks) = read(&content);
        let [error] = &remarks.errors[..] else { panic!("{content}: {remarks:?}") };
        assert_eq!(
            (document.is_none(), error.code, error.pointer.as_str()),
            (true, "InvalidDocumentContent", pointer)
        );
        assert!(error.message.contains(part), "{content}: {error}");
    }
}

/// Section 14.1: 64 KB, the values of the parameters included when the command is sent.
#[test]
fn a_document_has_64_kb_at_most() {
    let of_size = |size: usize| {
        let empty = step(&json!({ "inputs": { "runCommand": [""] } })).to_string().len();
        step(&json!({ "inputs": { "runCommand": ["x".repeat(size - empty)] } }))
    };
    let largest = good(&of_size(65_536));
    let (document, remarks) = read(&of_size(65_537));
    assert!(document.is_none());
    assert_eq!(remarks.errors[0].code, "MaxDocumentSizeExceeded");
    assert_eq!(largest.refuse(&request(&json!({}))), []);
    let refused = largest.refuse(&request(&json!({ "commands": ["x"] })));
    assert_eq!((refused[0].code, refused[0].pointer.as_str()), ("MaxDocumentSizeExceeded", "/Parameters"));
}

#[test]
fn what_has_no_effect_is_told() {
    let second = json!([
        { "name": "a", "action": "aws:runShellScript", "inputs": { "finallyStep": true } },
        { "name": "b", "action": "aws:runShellScript" },
    ]);
    for (content, pointer, part, help) in [
        // S8.32: the agent reads these within `inputs`. S8.33: and these nowhere.
        (
            step(&json!({ "onFailure": "exit" })),
            "/mainSteps/0/onFailure",
            "beside `inputs`",
            "within `inputs`",
        ),
        (
            step(&json!({ "onSuccess": "exit" })),
            "/mainSteps/0/onSuccess",
            "beside `inputs`",
            "within `inputs`",
        ),
        (
            step(&json!({ "finallyStep": true })),
            "/mainSteps/0/finallyStep",
            "beside `inputs`",
            "within `inputs`",
        ),
        (
            step(&json!({ "timeoutSeconds": 60 })),
            "/mainSteps/0/timeoutSeconds",
            "beside `inputs`",
            "within `inputs`",
        ),
        (step(&json!({ "maxAttempts": 3 })), "/mainSteps/0/maxAttempts", "beside `inputs`", "once"),
        (step(&json!({ "isEnd": true })), "/mainSteps/0/isEnd", "`isEnd` has no effect", "read here"),
        (step(&json!({ "precondtion": {} })), "/mainSteps/0/precondtion", "no effect", "`precondition`?"),
        (
            step(&json!({ "inputs": { "onFailure": "abort" } })),
            "/mainSteps/0/inputs/onFailure",
            "as `abort`",
            "exit or",
        ),
        (
            step(&json!({ "inputs": { "onSuccess": "successAndExit" } })),
            "/mainSteps/0/inputs/onSuccess",
            "no effect",
            "exit",
        ),
        (steps(&second), "/mainSteps/0/inputs/finallyStep", "not the last", "last one"),
        (
            step(&json!({ "precondition": { "StringEquals": ["platformType", "Ubuntu"] } })),
            "/mainSteps/0/precondition/StringEquals",
            "never runs",
            "Linux, Windows and MacOS",
        ),
        (
            json!({ "schemaVersion": "1.2", "runtimeConfig": { "aws:runShellScript": {}, "aws:psModule": {} } }),
            "/runtimeConfig",
            "in the order in which they are written",
            "no order",
        ),
        (
            json!({ "schemaVersion": "1.2", "runtimeConfig": { "aws:runShellScript": { "properties": [{}, {}] } } }),
            "/runtimeConfig/aws:runShellScript/properties",
            "2 entries",
            "sum",
        ),
        (
            json!({ "schemaVersion": "2.2", "outputs": [], "mainSteps": [{ "name": "a", "action": "aws:runShellScript" }] }),
            "/outputs",
            "no effect",
            "read here",
        ),
        (
            json!({ "schemaVersion": "2.2", "parameters": { "p": { "type": "String", "allowedPattern": "(?!x)" } },
                "mainSteps": [{ "name": "a", "action": "aws:runShellScript" }] }),
            "/parameters/p/allowedPattern",
            "not checked",
            "look-around",
        ),
    ] {
        let (document, remarks) = read(&content);
        let [warning] = &remarks.warnings[..] else { panic!("{content}: {remarks:?}") };
        assert!(document.is_some() && remarks.errors.is_empty(), "{content}: {remarks:?}");
        assert_eq!(warning.pointer, pointer, "{warning:?}");
        assert!(warning.message.contains(part) && warning.help.contains(help), "{warning:?}");
    }
}

/// The guide: "each plugin is either run or skipped based on the plugin's compatibility with the operating system", and
/// the precondition is looked at after that.
#[test]
fn platforms_of_steps_and_documents() {
    let equals = |one: &str, other: &str| json!({ "precondition": { "StringEquals": [one, other] } });
    let none: &[Platform] = &[];
    let script = |more: Value| step(&more);
    let power = |mut more: Value| {
        more["action"] = json!("aws:runPowerShellScript");
        step(&more)
    };
    let install = json!({ "action": ["Install"] });
    let remove = json!({ "action": ["Remove"] });
    for (content, parameters, of_step, of_document) in [
        (script(json!({})), json!({}), &[Linux, MacOS][..], &[Linux, MacOS][..]),
        (power(json!({})), json!({}), &[Linux, Windows, MacOS], &[Linux, Windows, MacOS]),
        (step(&json!({ "action": "aws:psModule" })), json!({}), &[Windows], &[Windows]),
        (step(&json!({ "action": "aws:runDocument" })), json!({}), &[Linux, Windows], &[Linux, Windows]),
        // In either order and any case.
        (power(equals("platformType", "Windows")), json!({}), &[Windows], &[Windows]),
        (power(equals("linux", "platformType")), json!({}), &[Linux], &[Linux]),
        // The action comes first.
        (script(equals("platformType", "Windows")), json!({}), none, none),
        // Parameters: the request's, else the defaults; the document's platforms do not depend on them.
        (script(equals("{{ action }}", "Install")), json!({}), &[Linux, MacOS], &[Linux, MacOS]),
        (script(equals("{{action}}", "Install")), install, &[Linux, MacOS], &[Linux, MacOS]),
        (script(equals("Install", "{{ action }}")), remove.clone(), none, &[Linux, MacOS]),
        (script(equals("{{ action }} {{ seconds }}", "Remove 60")), remove, &[Linux, MacOS], &[Linux, MacOS]),
    ] {
        let document = good(&content);
        let values = values(&document, &parameters);
        assert_eq!(document.steps[0].platforms(&values), of_step, "{content} {parameters}");
        assert_eq!(document.platforms(), of_document, "{content}");
        assert!(document.skips);
    }
    // The union over the steps.
    let both = good(&steps(&json!([
        { "name": "a", "action": "aws:runShellScript" },
        { "name": "b", "action": "aws:psModule" },
    ])));
    assert_eq!(both.platforms(), [Linux, Windows, MacOS]);
    // S8.34: before schema 2.2 nothing is skipped.
    let mut old = step(&json!({}));
    old["schemaVersion"] = json!("2.0");
    assert!(!good(&old).skips);
}

/// S5.12, S5.18: the agent's rule for each step. O-18b: the parameter `executionTimeout`, else the longest step, else an
/// hour.
#[test]
fn timeouts_of_steps_and_commands() {
    let inputs = |timeout: Value| json!({ "inputs": { "timeoutSeconds": timeout } });
    for (more, parameters, seconds) in [
        (json!({}), json!({}), 3600),
        (inputs(json!(90)), json!({}), 90),
        (inputs(json!("90")), json!({}), 90),
        (inputs(json!(90.9)), json!({}), 90),
        (inputs(json!("4")), json!({}), 3600),
        (inputs(json!(172_801)), json!({}), 3600),
        (inputs(json!(true)), json!({}), 3600),
        (inputs(json!("{{ seconds }}")), json!({}), 60),
        (inputs(json!("{{seconds}}")), json!({ "seconds": ["75"] }), 75),
        (inputs(json!("1{{ seconds }}")), json!({}), 160),
        (inputs(json!("{{ missing }}")), json!({}), 3600),
        (inputs(json!("{{ commands }}")), json!({ "commands": ["60"] }), 3600),
    ] {
        let document = good(&step(&more));
        let values = values(&document, &parameters);
        assert_eq!(document.steps[0].timeout(&values), seconds, "{more} {parameters}");
        assert_eq!(document.execution_timeout(&values), seconds, "{more} {parameters}");
    }
    let mut several = steps(&json!([
        { "name": "a", "action": "aws:runShellScript", "inputs": { "timeoutSeconds": 90 } },
        { "name": "b", "action": "aws:runShellScript", "inputs": { "timeoutSeconds": 30 } },
    ]));
    let document = good(&several);
    assert_eq!(document.execution_timeout(&values(&document, &json!({}))), 90);
    several["parameters"]["executionTimeout"] = json!({ "type": "String", "default": "20" });
    let document = good(&several);
    assert_eq!(document.execution_timeout(&values(&document, &json!({}))), 20);
    assert_eq!(document.execution_timeout(&values(&document, &json!({ "executionTimeout": ["500"] }))), 500);
    // S5.14: each entry of a list of schema 1.2 has a clock of its own; one step of ours has their sum.
    let list = json!({ "aws:runShellScript": { "properties": [{ "timeoutSeconds": "30" }, {}] } });
    let (document, _) = read(&json!({ "schemaVersion": "1.2", "runtimeConfig": list }));
    let document = document.unwrap();
    assert_eq!(document.steps[0].name, "aws:runShellScript");
    assert_eq!(document.steps[0].timeout(&values(&document, &json!({}))), 3630);
}

/// S8.32.
#[test]
fn what_follows_a_step() {
    for (inputs, expected) in [
        (json!({}), (OnFailure::Continue, false, false)),
        (json!({ "onFailure": "exit" }), (OnFailure::Exit, false, false)),
        (
            json!({ "onFailure": "successAndExit", "onSuccess": "exit" }),
            (OnFailure::SuccessAndExit, true, false),
        ),
        (json!({ "finallyStep": true }), (OnFailure::Continue, false, true)),
        (json!({ "finallyStep": "true" }), (OnFailure::Continue, false, true)),
        (json!({ "finallyStep": false }), (OnFailure::Continue, false, false)),
    ] {
        let document = good(&step(&json!({ "inputs": inputs })));
        let step = &document.steps[0];
        assert_eq!((step.on_failure, step.exit_on_success, step.finally), expected, "{inputs}");
    }
}

/// The guide, data elements and parameters: "If a user inputs a value that isn't allowed, the execution fails to start".
#[test]
fn parameters_are_checked_as_the_document_says() {
    let mut content = step(&json!({}));
    content["parameters"] = json!({
        "release": { "type": "String", "allowedPattern": "^v[0-9]+$" },
        "stage": { "type": "String", "default": "test", "allowedValues": ["test", "production", true] },
        "note": { "type": "String", "default": "", "minChars": 2, "maxChars": "4" },
        "hosts": { "type": "StringList", "default": [], "minItems": "1", "maxItems": 2, "maxChars": 3 },
        "map": { "type": "StringMap", "default": {} },
        "count": { "type": "Integer", "default": 5 },
    });
    let document = good(&content);
    for (parameters, expected) in [
        (json!({ "release": ["v1"] }), None),
        (json!({}), Some(("/Parameters", "needs the parameter `release`"))),
        (json!({ "release": [] }), Some(("/Parameters/release", "takes one value, not 0"))),
        (json!({ "release": ["v1", "v2"] }), Some(("/Parameters/release", "takes one value, not 2"))),
        (
            json!({ "release": ["1"] }),
            Some(("/Parameters/release", "satisfy regular expression pattern: ^v[0-9]+$")),
        ),
        (
            json!({ "release": ["v1"], "relase": ["v1"] }),
            Some(("/Parameters/relase", "did you mean `release`?")),
        ),
        (json!({ "release": ["v1"], "stage": ["production"] }), None),
        (json!({ "release": ["v1"], "stage": ["true"] }), None),
        (
            json!({ "release": ["v1"], "stage": ["prodution"] }),
            Some(("/Parameters/stage", "did you mean `production`?")),
        ),
        (json!({ "release": ["v1"], "note": ["äöüß"] }), None),
        (
            json!({ "release": ["v1"], "note": ["a"] }),
            Some(("/Parameters/note", "length greater than or equal to 2")),
        ),
        (
            json!({ "release": ["v1"], "note": ["abcde"] }),
            Some(("/Parameters/note", "length less than or equal to 4")),
        ),
        (json!({ "release": ["v1"], "hosts": ["a", "b"] }), None),
        (json!({ "release": ["v1"], "hosts": [] }), Some(("/Parameters/hosts", "at least 1"))),
        (json!({ "release": ["v1"], "hosts": ["a", "b", "c"] }), Some(("/Parameters/hosts", "at most 2"))),
        (json!({ "release": ["v1"], "hosts": ["a", "long"] }), Some(("/Parameters/hosts", "`long`"))),
        (json!({ "release": ["v1"], "map": ["{}"] }), None),
        (json!({ "release": ["v1"], "count": ["5"] }), Some(("/Parameters/count", "its default only"))),
    ] {
        let refused = document.refuse(&request(&parameters));
        let found = refused.first().map(|error| (error.code, error.pointer.as_str()));
        assert_eq!(found, expected.map(|(pointer, _)| ("InvalidParameters", pointer)), "{parameters}");
        let (said, part) =
            (refused.first().map(|error| error.message.as_str()), expected.map(|(_, part)| part));
        assert!(said.unwrap_or_default().contains(part.unwrap_or_default()), "{said:?} lacks {part:?}");
        assert!(refused.len() <= 1, "{refused:?}");
    }
    for (parameter, pointer) in [
        (json!({ "type": "Strin" }), "/parameters/p/type"),
        (json!({ "type": "String", "minChars": "few" }), "/parameters/p/minChars"),
        (json!({ "type": "String", "maxItems": "-1" }), "/parameters/p/maxItems"),
    ] {
        let mut content = step(&json!({}));
        content["parameters"]["p"] = parameter;
        let errors = read(&content).1.errors;
        assert_eq!(errors.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(), [pointer]);
    }
}

/// A document named like one of AWS's stands before it; its ARN has no account (S12.2).
#[test]
fn the_first_document_of_a_name_counts() {
    let mut documents = vec![Document { name: "AWS-RunShellScript".into(), ..good(&step(&json!({}))) }];
    documents.extend(built_in());
    let found = find(&documents, "arn:aws-cn:ssm:cn-north-1::document/AWS-RunShellScript").unwrap();
    assert_eq!(found.steps[0].name, "run");
}
