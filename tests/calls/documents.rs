//! Documents and tags behind calls.

use fleetsim::{
    base::{SimDuration, SimTime},
    scenario::DocumentText,
    service::{
        Ids, Moment,
        documents::Documents,
        run_command::RunCommand,
        tags::{Resources, Tags},
    },
    wire::{
        call::Call,
        dialect::{Dialect, Protocol, Service},
        fault::Fault,
        ssm::Request,
    },
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::common;

const ACCOUNT: &str = "123456789012";
/// The sample of the guide (documents-schemas-features), schema 2.2.
const CONTENT: &str = r#"{
   "schemaVersion": "2.2",
   "description": "Command Document Example JSON Template",
   "parameters": {
      "Message": { "type": "String", "description": "Example parameter", "default": "Hello World" },
      "Words": { "type": "StringList", "default": ["a", "b"] }
   },
   "mainSteps": [
      { "action": "aws:runPowerShellScript", "name": "example", "inputs": { "runCommand": [ "Write-Output {{Message}}" ] } }
   ]
}"#;

struct Bench {
    documents: Documents,
    fleet: RunCommand,
    tags: Tags,
    ids: Ids,
    now: SimTime,
}

fn value(result: Result<impl Serialize, Fault>) -> Result<Value, String> {
    result
        .map(|output| serde_json::to_value(output).unwrap())
        .map_err(|fault| format!("{}: {}", fault.code, fault.message))
}

impl Bench {
    fn new() -> Self {
        let own = DocumentText { name: "Deploy".into(), content: CONTENT.replace("Example JSON", "Deploy") };
        let plan =
            common::plan(vec![common::group("0123456789abcde", 3)], common::command(&["x"], "50", "0"));
        Self {
            documents: Documents::new(ACCOUNT, &[own]).unwrap(),
            fleet: RunCommand::new(plan),
            tags: Tags::default(),
            ids: Ids::new(1),
            now: SimTime::ZERO,
        }
    }

    fn call(&mut self, operation: &str, parameters: Value) -> Result<Value, String> {
        let dialect = Dialect { service: Service::Ssm, protocol: Protocol::Json11 };
        let request = Request::read(&Call { dialect, operation: operation.into(), parameters });
        let request = request.map_err(|fault| format!("{}: {}", fault.code, fault.message))?;
        self.now = self.now + SimDuration::from_secs(1);
        let start = "2026-01-01T00:00:00Z".parse().unwrap();
        let moment = Moment { now: self.now, start, ids: &mut self.ids };
        let documents = &mut self.documents;
        let resources = |documents| Resources { fleet: &self.fleet, documents };
        match request {
            Request::ListDocuments(request) => value(documents.list(&request, &moment)),
            Request::DescribeDocument(request) => value(documents.describe(&request, &moment)),
            Request::GetDocument(request) => value(documents.content(&request, &moment)),
            Request::CreateDocument(request) => value(documents.create(&request, &moment)),
            Request::DeleteDocument(request) => value(documents.delete(&request)),
            Request::AddTagsToResource(request) => value(self.tags.add(&request, &mut resources(documents))),
            Request::RemoveTagsFromResource(request) => {
                value(self.tags.remove(&request, &mut resources(documents)))
            }
            Request::ListTagsForResource(request) => value(self.tags.list(&request, &resources(documents))),
            other => panic!("{other:?}"),
        }
    }

    fn names(&mut self, request: Value) -> Vec<String> {
        let listed = self.call("ListDocuments", request).unwrap();
        let names = listed["DocumentIdentifiers"].as_array().unwrap().iter();
        names.map(|one| one["Name"].as_str().unwrap().into()).collect()
    }

    #[track_caller]
    fn refused(&mut self, operation: &str, parameters: Value, code: &str) {
        let error = self.call(operation, parameters).unwrap_err();
        assert_eq!(error.split(':').next(), Some(code), "{error}");
    }
}

fn create(name: &str) -> Value {
    json!({ "Name": name, "Content": CONTENT, "DocumentType": "Command" })
}

/// The fields are those of the CLI's samples of `create-document` and `describe-document`; the digest is `sha256sum`'s.
#[test]
fn a_document_is_created_described_and_deleted() {
    let mut bench = Bench::new();
    let created = bench.call("CreateDocument", create("Example")).unwrap();
    let mut expected = json!({
        "Hash": "e395e376083dfdd8bb212397d202650faffc0bfbc48c5e1fb9c566f293e19ed1", "HashType": "Sha256",
        "Name": "Example", "Owner": ACCOUNT, "CreatedDate": 1_767_225_601.0, "Status": "Creating", "DocumentVersion": "1",
        "Description": "Command Document Example JSON Template",
        "Parameters": [
            { "Name": "Message", "Type": "String", "Description": "Example parameter", "DefaultValue": "Hello World" },
            { "Name": "Words", "Type": "StringList", "DefaultValue": r#"["a","b"]"# },
        ],
        "PlatformTypes": ["Linux", "Windows", "MacOS"], "DocumentType": "Command", "SchemaVersion": "2.2",
        "LatestVersion": "1", "DefaultVersion": "1", "DocumentFormat": "JSON", "Tags": [],
    });
    assert_eq!(created["DocumentDescription"], expected);
    expected["Status"] = json!("Active");
    let described =
        bench.call("DescribeDocument", json!({ "Name": "Example", "DocumentVersion": "$DEFAULT" })).unwrap();
    assert_eq!(described["Document"], expected);
    let got = bench.call("GetDocument", json!({ "Name": "Example" })).unwrap();
    assert_eq!((got["Content"].as_str(), got["DocumentFormat"].as_str()), (Some(CONTENT), Some("JSON")));
    assert_eq!(bench.documents.get("Example", Some("$LATEST")).unwrap().steps[0].name, "example");
    let arn = format!("arn:aws:ssm:us-east-1:{ACCOUNT}:document/Example");
    assert!(bench.documents.get(&arn, None).is_ok());
    bench.refused("CreateDocument", create("Example"), "DocumentAlreadyExists");
    bench.refused(
        "DescribeDocument",
        json!({ "Name": "Example", "DocumentVersion": "2" }),
        "InvalidDocumentVersion",
    );
    bench.refused(
        "DeleteDocument",
        json!({ "Name": "Example", "DocumentVersion": "1" }),
        "InvalidDocumentOperation",
    );
    assert_eq!(bench.call("DeleteDocument", json!({ "Name": "Example" })), Ok(json!({})));
    bench.refused("GetDocument", json!({ "Name": "Example" }), "InvalidDocument");
    assert_eq!(bench.documents.get("Example", None).unwrap_err().code, "InvalidDocument");
    assert!(bench.call("CreateDocument", create("Example")).is_ok());
}

/// The CLI's sample of `get-document` has the same parameters and plugins as ours.
#[test]
fn documents_of_aws_are_there_and_stay() {
    let mut bench = Bench::new();
    let got = bench.call("GetDocument", json!({ "Name": "AWS-RunShellScript" })).unwrap();
    let content: Value = serde_json::from_str(got["Content"].as_str().unwrap()).unwrap();
    assert_eq!(content["schemaVersion"], "1.2");
    let described = bench.call("DescribeDocument", json!({ "Name": "AWS-RunShellScript" })).unwrap();
    assert_eq!(described["Document"]["Owner"], "Amazon");
    assert_eq!(described["Document"]["PlatformTypes"], json!(["Linux", "MacOS"]));
    bench.refused("DeleteDocument", json!({ "Name": "AWS-RunShellScript" }), "InvalidDocumentOperation");
    bench.refused("CreateDocument", create("AWS-Mine"), "ValidationException");
    let tags = json!({ "ResourceType": "Document", "ResourceId": "AWS-RunShellScript", "Tags": [{ "Key": "a", "Value": "b" }] });
    bench.refused("AddTagsToResource", tags, "InvalidResourceId");
    // The scenario's own is the account's.
    let described = bench.call("DescribeDocument", json!({ "Name": "Deploy" })).unwrap();
    assert_eq!(described["Document"]["Owner"], ACCOUNT);
}

#[test]
fn what_no_command_could_run_is_refused() {
    let mut bench = Bench::new();
    let with = |field: &str, value: Value| {
        let mut request = create("Example");
        request[field] = value;
        request
    };
    for (request, code) in [
        (with("DocumentType", json!("Automation")), "ValidationException"),
        (with("DocumentFormat", json!("YAML")), ""),
        (with("DocumentFormat", json!("TEXT")), "InvalidDocumentContent"),
        (with("Content", json!("schemaVersion: '2.2'")), "InvalidDocumentContent"),
        (with("Content", json!(CONTENT.replace("2.2", "0.3"))), "InvalidDocumentSchemaVersion"),
        (
            with("Content", json!(CONTENT.replace("aws:runPowerShellScript", "aws:nothing"))),
            "InvalidDocumentContent",
        ),
        (with("Content", json!(format!("{CONTENT}{}", " ".repeat(65_536)))), "MaxDocumentSizeExceeded"),
        (with("Name", json!("a")), "ValidationException"),
    ] {
        match code {
            "" => {
                let made = bench.call("CreateDocument", request).unwrap();
                assert_eq!(made["DocumentDescription"]["DocumentFormat"], "YAML");
                bench.call("DeleteDocument", json!({ "Name": "Example" })).unwrap();
            }
            code => bench.refused("CreateDocument", request, code),
        }
    }
    let mut yaml = with("Content", json!("schemaVersion: '2.2'"));
    yaml["DocumentFormat"] = json!("YAML");
    let error = bench.call("CreateDocument", yaml).unwrap_err();
    assert!(error.starts_with("InvalidDocumentContent: YAML is not read here"), "{error}");
}

#[test]
fn lists_are_filtered_and_come_in_pages() {
    let mut bench = Bench::new();
    let mut tagged = create("Tagged");
    tagged["Tags"] = json!([{ "Key": "DocUse", "Value": "Testing" }]);
    bench.call("CreateDocument", tagged).unwrap();
    let all = ["AWS-RunPatchBaseline", "AWS-RunPowerShellScript", "AWS-RunShellScript", "Deploy", "Tagged"];
    assert_eq!(bench.names(json!({})), all);
    let filter = |key: &str, value: &str| json!({ "Filters": [{ "Key": key, "Values": [value] }] });
    assert_eq!(bench.names(filter("Owner", "Amazon")), all[..3]);
    assert_eq!(bench.names(filter("Owner", "Self")), all[3..]);
    assert_eq!(bench.names(filter("Name", "AWS-RunP")), all[..2]);
    assert_eq!(bench.names(filter("tag:DocUse", "Testing")), ["Tagged"]);
    assert_eq!(bench.names(filter("PlatformTypes", "Windows")).len(), 4);
    assert_eq!(bench.names(filter("DocumentType", "Automation")), [""; 0]);
    assert_eq!(
        bench.names(json!({ "DocumentFilterList": [{ "key": "Owner", "value": "Private" }] })),
        all[3..]
    );
    bench.refused("ListDocuments", filter("Nonsense", "x"), "InvalidFilterKey");
    let mut request = json!({ "MaxResults": 2 });
    let mut seen = Vec::new();
    loop {
        seen.extend(bench.names(request.clone()));
        let answer = bench.call("ListDocuments", request.clone()).unwrap();
        match answer.get("NextToken") {
            Some(token) => request["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(seen, all);
    bench.refused("ListDocuments", json!({ "NextToken": "x" }), "InvalidNextToken");
}

#[test]
fn tags_of_calls_lie_over_those_of_the_scenario() {
    let mut bench = Bench::new();
    let id = bench.fleet.instance_id(1);
    let resource = |more: Value| {
        let mut request = json!({ "ResourceType": "ManagedInstance", "ResourceId": id });
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    };
    let list = |bench: &mut Bench| {
        bench.call("ListTagsForResource", resource(json!({}))).unwrap()["TagList"].clone()
    };
    assert_eq!(list(&mut bench), json!([{ "Key": "Role", "Value": "0123456789abcde" }]));
    assert_eq!(bench.tags.changed().count(), 0);
    let add = resource(json!({ "Tags": [{ "Key": "Role", "Value": "db" }, { "Key": "A", "Value": "" }] }));
    assert_eq!(bench.call("AddTagsToResource", add), Ok(json!({})));
    assert_eq!(list(&mut bench), json!([{ "Key": "A", "Value": "" }, { "Key": "Role", "Value": "db" }]));
    bench.call("RemoveTagsFromResource", resource(json!({ "TagKeys": ["A", "none"] }))).unwrap();
    assert_eq!(list(&mut bench), json!([{ "Key": "Role", "Value": "db" }]));
    assert_eq!(bench.tags.changed().map(|(index, _)| index).collect::<Vec<_>>(), [1]);
    assert_eq!(bench.tags.of_instance(&bench.fleet, 0)["Role"], "0123456789abcde");
    let back = resource(json!({ "Tags": [{ "Key": "Role", "Value": "0123456789abcde" }] }));
    bench.call("AddTagsToResource", back).unwrap();
    assert_eq!(bench.tags.changed().count(), 0);
    bench.call("RemoveTagsFromResource", resource(json!({ "TagKeys": ["Role"] }))).unwrap();
    let many: Vec<_> = (0..50).map(|at| json!({ "Key": format!("k{at}"), "Value": "" })).collect();
    bench.call("AddTagsToResource", resource(json!({ "Tags": many }))).unwrap();
    let one_more = resource(json!({ "Tags": [{ "Key": "k50", "Value": "" }] }));
    bench.refused("AddTagsToResource", one_more, "TooManyTagsError");
    assert_eq!(list(&mut bench).as_array().unwrap().len(), 50);
    for (kind, id, code) in [
        ("ManagedInstance", "i-0123456789abcdeff", "InvalidResourceId"),
        ("ManagedInstance", "x", "InvalidResourceId"),
        ("Document", "none", "InvalidResourceId"),
        ("Parameter", "x", "InvalidResourceType"),
        ("Nonsense", "x", "ValidationException"),
    ] {
        bench.refused("ListTagsForResource", json!({ "ResourceType": kind, "ResourceId": id }), code);
    }
    let document =
        json!({ "ResourceType": "Document", "ResourceId": "Deploy", "Tags": [{ "Key": "a", "Value": "b" }] });
    bench.call("AddTagsToResource", document).unwrap();
    let described = bench.call("DescribeDocument", json!({ "Name": "Deploy" })).unwrap();
    assert_eq!(described["Document"]["Tags"], json!([{ "Key": "a", "Value": "b" }]));
}
