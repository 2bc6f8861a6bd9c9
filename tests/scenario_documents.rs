//! Own documents in scenarios: where their content may stand, what they come to in a plan, and their faults, each in its
//! place.

mod written;

use fleetsim::{
    scenario::{Basis, Faults, Resolved, plan::Step},
    ssm::document::OnFailure,
    ssm::status::Platform::{Linux, MacOS, Windows},
};
use written::{assert_says, warnings};

/// The content in TOML: a script on Linux and one on Windows, then a report in any case.
const INLINE: &str = r#"
[[document]]
name = "Deploy"
[document.content]
schemaVersion = "2.2"
[document.content.parameters]
release = { type = "String", allowedPattern = "^v[0-9]+$" }
seconds = { type = "String", default = "600" }
[[document.content.mainSteps]]
name = "linux"
action = "aws:runShellScript"
precondition = { StringEquals = ["platformType", "Linux"] }
inputs = { runCommand = ["deploy {{ release }}"], timeoutSeconds = "{{ seconds }}", onFailure = "exit" }
[[document.content.mainSteps]]
name = "windows"
action = "aws:runPowerShellScript"
precondition = { StringEquals = ["platformType", "Windows"] }
inputs = { runCommand = ["deploy {{ release }}"], timeoutSeconds = "{{ seconds }}", onSuccess = "exit" }
[[document.content.mainSteps]]
name = "report"
action = "aws:runPowerShellScript"
inputs = { runCommand = ["report"], timeoutSeconds = 30, finallyStep = true }
"#;

const FLEET: &str = r#"version = 1
[[group]]
name = "web"
count = 5
execution = "20s"
tags = { Role = "web" }
[[command]]
[command.request]
DocumentName = "Deploy"
Targets = [{ Key = "tag:Role", Values = ["web"] }]
Parameters = { release = ["v7"] }
"#;

fn load_with(text: &str, files: &[(&str, &str)]) -> Result<Resolved, Faults> {
    written::load("dir/night.toml", text, files)
}

#[track_caller]
fn load(text: &str) -> Resolved {
    load_with(text, &[]).unwrap_or_else(|faults| panic!("{faults}"))
}

/// The inline content as JSON.
fn json() -> String {
    let value: serde_json::Value = toml::from_str(INLINE).unwrap();
    value["document"][0]["content"].to_string()
}

/// The scenario whose document's content is in the file `deploy.json`.
fn with_file(content: &str) -> Result<Resolved, Faults> {
    let text = format!("{FLEET}[[document]]\nname = \"Deploy\"\ncontent = \"deploy.json\"\n");
    load_with(&text, &[("dir/deploy.json", content)])
}

#[test]
fn a_document_comes_to_steps() {
    let resolved = load(&format!("{FLEET}{INLINE}"));
    assert_eq!(warnings(&resolved), "");
    let command = &resolved.plan.commands[0];
    let step = |name: &str, platforms: &[_], seconds| Step::plain(name, platforms, seconds);
    let expected = [
        Step { on_failure: OnFailure::Exit, ..step("linux", &[Linux], 600) },
        Step { exit_on_success: true, ..step("windows", &[Windows], 600) },
        Step { finally: true, ..step("report", &[Linux, Windows, MacOS], 30) },
    ];
    assert_eq!(command.steps, expected);
    assert_eq!(command.platforms, [Linux, Windows, MacOS]);
    // O-18b: the longest of the steps'.
    assert_eq!((command.timeout_seconds, command.execution_timeout_seconds), (3600, 600));
    let o_18b = resolved.assumptions.iter().find(|found| found.point == "O-18b").unwrap();
    assert_eq!(o_18b.text, "Of the steps' execution timeouts the longest enters the total: 600 s.");
    let rows = resolved.explain();
    let from = |path: &str| rows.iter().find(|row| row.path == path).map(|row| &row.from).unwrap();
    for path in ["steps/0/name", "steps/2/timeout_seconds", "platforms/0", "execution_timeout_seconds"] {
        assert_eq!(*from(&format!("/commands/0/{path}")), Basis::Scenario, "{path}");
    }
}

/// AWS's own have one step here.
#[test]
fn a_built_in_document_has_one_step() {
    let resolved = load(
        &FLEET.replace("Deploy", "AWS-RunShellScript").replace("release = [\"v7\"]", "commands = [\"x\"]"),
    );
    assert_eq!(resolved.plan.commands[0].steps, [Step::plain("aws:runShellScript", &[Linux, MacOS], 3600)]);
    let rows = resolved.explain();
    let row = rows.iter().find(|row| row.path == "/commands/0/steps/0/timeout_seconds").unwrap();
    assert_eq!(row.from, Basis::Default("the document's default".into()));
}

/// The content may stand in the scenario, in a file, or in what `aws ssm get-document` prints; and a request may name
/// the document by its ARN (S12.2).
#[test]
fn all_forms_come_to_the_same_plan() {
    let plan = load(&format!("{FLEET}{INLINE}")).plan;
    assert_eq!(with_file(&json()).unwrap().plan, plan);
    let printed = serde_json::json!({
        "Name": "Deploy", "DocumentVersion": "3", "Status": "Active", "Content": json(), "DocumentType": "Command",
        "DocumentFormat": "JSON", "AttachmentsContent": [],
    });
    assert_eq!(with_file(&printed.to_string()).unwrap().plan, plan);
    let arn = "arn:aws:ssm:eu-west-1:123456789012:document/Deploy";
    let by_arn = load(
        &format!("{FLEET}{INLINE}")
            .replace("DocumentName = \"Deploy\"", &format!("DocumentName = \"{arn}\"")),
    );
    assert_eq!(by_arn.plan.commands[0].steps, plan.commands[0].steps);
}

#[test]
fn files_that_are_no_document() {
    let yaml = &[
        "deploy.json is YAML",
        "dir/night.toml:14:11",
        "get-document --name NAME --document-format JSON",
    ][..];
    for (content, parts) in [
        ("---\nschemaVersion: '2.2'\n", yaml),
        ("description: x\nschemaVersion: '2.2'\n", yaml),
        (r#"{"Content": "---\nschemaVersion: '2.2'", "DocumentFormat": "YAML"}"#, yaml),
        (
            r#"{"Content": "{}", "DocumentType": "Automation"}"#,
            &["a document of the type Automation", "Command"],
        ),
        (r#"{"Content": {}}"#, &["`Content` in deploy.json is no text"]),
        (r#"{"Content": "{\"schemaVersion\": }"}"#, &["not valid JSON", "dir/deploy.json (Content):1:"]),
        (r#"{"schemaVersion": "2.2",}"#, &["not valid JSON", "dir/deploy.json:1:"]),
        ("[]", &["dir/deploy.json", "found a list", "expected a table"]),
        (r#"{"schemaVersion": 2.2}"#, &["dir/deploy.json at /schemaVersion", "expected text"]),
        (
            r#"{"schemaVersion": "2.2"}"#,
            &["dir/deploy.json", "InvalidDocumentContent", "steps in `mainSteps`"],
        ),
        (
            r#"{"schemaVersion": "2.2", "mainSteps": [{"name": "a"}]}"#,
            &["at /mainSteps/0", "`action` is missing"],
        ),
    ] {
        let rendered = with_file(content).expect_err(content).render(false);
        assert_says(&rendered, parts);
        // What the document's faults cause is not told: the request names a document that would be there.
        assert_eq!(rendered.matches("error: ").count(), 1, "{rendered}");
    }
    let missing =
        load_with(&format!("{FLEET}[[document]]\nname = \"Deploy\"\ncontent = \"deploy.json\"\n"), &[]);
    assert_says(&missing.unwrap_err().render(false), &["cannot read deploy.json", "dir/night.toml:14:11"]);
    let large = json().replace("\"report\"]", &format!("\"{}\"]", "x".repeat(70_000)));
    assert_says(
        &with_file(&large).unwrap_err().render(false),
        &["MaxDocumentSizeExceeded", "more than 65536"],
    );
}

#[test]
fn faults_of_inline_content_have_their_lines() {
    // The document begins in line 12 of the scenario.
    for (from, to, parts) in [
        (
            "name = \"Deploy\"\n[doc",
            "name = \"My Deploy\"\n[doc",
            &["`My Deploy` is no name", "dir/night.toml:14:8"][..],
        ),
        ("aws:runShellScript", "aws:runShelScript", &["InvalidDocumentContent", "dir/night.toml:22:10"]),
        ("\"windows\"", "\"linux\"", &["another step `linux`", "dir/night.toml:26:8"]),
        (
            "StringEquals = [\"platformType\", \"Win",
            "StringLike = [\"platformType\", \"Win",
            &["dir/night.toml:28:31"],
        ),
        (
            "type = \"String\", allowed",
            "type = \"Text\", allowed",
            &["`Text` is no type", "dir/night.toml:18:20"],
        ),
    ] {
        let text = format!("{FLEET}{INLINE}");
        assert!(text.contains(from), "{from}");
        let rendered = load_with(&text.replace(from, to), &[]).expect_err(to).render(false);
        assert_says(&rendered, parts);
    }
    let twice = load_with(&format!("{FLEET}{INLINE}{INLINE}"), &[]).unwrap_err().render(false);
    assert_says(&twice, &["there is another document `Deploy`", "dir/night.toml:36:8"]);
}

#[test]
fn requests_are_held_against_the_document() {
    for (from, to, parts) in [
        ("[\"v7\"]", "[\"7\"]", &["InvalidParameters", "^v[0-9]+$", "dir/night.toml:11:26"][..]),
        ("release = [\"v7\"]", "relase = [\"v7\"]", &["has no parameter `relase`; did you mean `release`?"]),
        ("{ release = [\"v7\"] }", "{}", &["Deploy needs the parameter `release`"]),
        (
            "DocumentName = \"Deploy\"",
            "DocumentName = \"Depoy\"",
            &["InvalidDocument", "did you mean `Deploy`?"],
        ),
    ] {
        let text = format!("{FLEET}{INLINE}").replace(from, to);
        assert_says(&load_with(&text, &[]).unwrap_err().render(false), parts);
    }
    // O-42: of named instances none has a platform that a step runs on.
    let ids = FLEET.replace(
        r#"[{ Key = "tag:Role", Values = ["web"] }]"#,
        r#"[{ Key = "InstanceIds", Values = ["i-web00000000000000"] }]"#,
    );
    let windows = INLINE
        .replace("\"Linux\"", "\"Windows\"")
        .replace(
            "timeoutSeconds = 30",
            "timeoutSeconds = 30 }\nprecondition = { StringEquals = [\"platformType\", \"Windows\"]",
        )
        .replace(", finallyStep = true", "");
    assert_says(
        &load_with(&format!("{ids}{windows}"), &[]).unwrap_err().render(false),
        &["UnsupportedPlatformType: Deploy", "[Windows]"],
    );
}

/// S5.12, O-21: told where the number was written.
#[test]
fn timeouts_that_the_agent_replaces_are_told() {
    let of_document = load(&format!("{FLEET}{INLINE}").replace("timeoutSeconds = 30", "timeoutSeconds = 3"));
    assert_says(
        &warnings(&of_document),
        &["the agent makes 3600 s of the execution timeout `3`", "dir/night.toml:33:54"],
    );
    let by_default = load(&format!("{FLEET}{INLINE}").replace("\"600\"", "\"ten\""));
    assert_says(&warnings(&by_default), &["execution timeout `ten`", "dir/night.toml:24:"]);
    let of_request = load(&format!("{FLEET}{INLINE}").replace("[\"v7\"]", "[\"v7\"], seconds = [\"0\"]"));
    assert_says(&warnings(&of_request), &["execution timeout `0`", "dir/night.toml:11:"]);
    assert_eq!(of_request.plan.commands[0].steps[0].timeout_seconds, 3600);
}

/// S8.34: before schema 2.2 a step is not skipped on a platform that its action does not run on, but has failed there.
#[test]
fn old_documents_fail_where_an_action_does_not_run() {
    let old = r#"{"schemaVersion": "2.0", "mainSteps": [
        {"name": "shell", "action": "aws:runShellScript"}, {"name": "power", "action": "aws:runPowerShellScript"}]}"#;
    let fleet = FLEET.replace("release = [\"v7\"]", "").replace("[[command]]", "[[group]]\nname = \"db\"\ncount = 1\nplatform = \"Windows\"\nexecution = \"9s\"\ntags = { Role = \"web\" }\n[[command]]");
    let text = format!("{fleet}[[document]]\nname = \"Deploy\"\ncontent = \"deploy.json\"\n");
    let resolved = load_with(&text, &[("dir/deploy.json", old)]).unwrap();
    let steps = &resolved.plan.commands[0].steps;
    assert!(steps.iter().all(|step| step.platforms == [Linux, Windows, MacOS]));
    assert_eq!(resolved.plan.groups[0].steps, []);
    let [failing] = &resolved.plan.groups[1].steps[..] else { panic!("one step fails") };
    assert_eq!((failing.command, failing.step), (0, 0));
    assert_eq!(failing.outcomes[0].result, fleetsim::scenario::plan::ExecutionResult::Exit(1));
    assert_eq!(failing.outcomes[0].chance, fleetsim::base::Chance::ONE);
    // Schema 2.2 skips.
    let new = load_with(&text, &[("dir/deploy.json", &old.replace("2.0", "2.2"))]).unwrap();
    assert_eq!(new.plan.commands[0].steps[0].platforms, [Linux, MacOS]);
    assert_eq!(new.plan.groups[1].steps, []);
}

/// What has no effect does not keep a document from being used.
#[test]
fn remarks_on_a_document_are_warnings() {
    let text = format!("{FLEET}{INLINE}")
        .replace("name = \"report\"", "name = \"report\"\nisEnd = true\nmaxAttempts = 3");
    let said = warnings(&load(&text));
    assert_says(
        &said,
        &[
            "`isEnd` has no effect",
            "dir/night.toml:32:9",
            "`maxAttempts` has no effect beside `inputs`",
            "S8.33",
        ],
    );
}
