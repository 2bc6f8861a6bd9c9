//! Quotas that a served fleet assumes.

use fleetsim::service::Options;
use serde_json::json;

use crate::{after, judge, pages, refused, service_with, shell, well};

/// O-46: thirty of forty may be pending; beside them there is room for the five, and in the same instant not for five more. When
/// all have ended there is room again, and a request that was refused has left nothing behind.
#[test]
fn pending_invocations_may_be_assumed_to_be_limited() {
    let mut service = service_with(Options { pending_limit: Some(39), ..Options::default() });
    let web = || shell(&json!({"Targets": [{"Key": "tag:Role", "Values": ["web"]}]}));
    let office = || {
        json!({
            "DocumentName": "AWS-RunPowerShellScript",
            "Parameters": {"commands": ["dir"]},
            "Targets": [{"Key": "tag:Role", "Values": ["office"]}],
        })
    };
    well(&mut service, "SendCommand", web());
    well(&mut service, "SendCommand", office());
    assert_eq!(refused(&mut service, "SendCommand", office()), "ThrottlingException");
    service.advance(after(0.1));
    assert_eq!(refused(&mut service, "SendCommand", web()), "ThrottlingException");
    let listed = well(&mut service, "ListCommands", json!({}));
    assert_eq!(listed["Commands"].as_array().unwrap().len(), 2);
    service.advance(after(3600.0));
    well(&mut service, "SendCommand", web());
    service.advance(after(7200.0));
    assert_eq!(pages(&mut service, "ListCommands", "Commands", json!({})).len(), 3);
    judge(&service);
}
