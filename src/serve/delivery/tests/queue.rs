//! SQS outside.

use super::{
    listener::{Answer, Listener},
    outgoing, test,
};
use crate::sns::Protocol;

#[test]
fn a_message_to_a_queue_is_a_call() {
    let listener = Listener::start(&[Answer::Status(500), Answer::Status(200), Answer::Status(400)]);
    test(
        |settings| settings.sqs = Some(listener.url("").parse().unwrap()),
        async |mut test| {
            let queue = "arn:aws:sqs:eu-west-1:123456789012:orders";
            for (id, outcomes) in [(1, &["again", "200"][..]), (2, &["never"])] {
                test.hand(outgoing(id, Protocol::Sqs, queue));
                for outcome in outcomes {
                    assert_eq!(test.outcome().await, *outcome);
                }
            }
            let request = listener.requests().pop().unwrap();
            assert_eq!(request.header("x-amz-target"), Some("AmazonSQS.SendMessage"));
            assert_eq!(
                request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("host")).count(),
                1
            );
            let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
            assert_eq!(body["QueueUrl"], listener.url("/123456789012/orders"));
            assert!(body["MessageBody"].as_str().unwrap().contains("\"Signature\":\""));
        },
    );
}
