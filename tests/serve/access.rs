//! Who is let in: pages of others are not, and with `--auth` only who signs.

use std::{path::Path, time::Duration};

use fleetsim::{
    iam::Account,
    scenario::{Credentials, Source},
    serve::{auth::Auth, endpoint::Settings, throttle::Throttle},
};

use crate::server::{Server, Wish};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

#[test]
fn pages_of_others_are_kept_out() {
    let server = Server::start(Wish::default());
    let mut client = server.client();
    let evil = ("Origin", "http://evil.test");
    let rebound = ("Host", "evil.test:8008");
    for (method, target, headers, is_refused) in [
        ("POST", "/", &[FORM][..], false),
        ("POST", "/", &[FORM, evil], true),
        ("POST", "/", &[FORM, rebound], false),
        ("GET", "/?Action=ListTopics", &[], false),
        ("GET", "/?Action=ListTopics", &[rebound], true),
        ("GET", "/?Action=ListTopics", &[("Sec-Fetch-Site", "cross-site")], true),
        ("GET", "/_fleetsim/state", &[rebound], true),
        ("POST", "/_fleetsim/reset", &[evil], true),
        ("POST", "/_fleetsim/reset", &[rebound], true),
        ("POST", "/moto-api/reset", &[evil], true),
        ("POST", "/moto-api/reset", &[], false),
    ] {
        let body = if headers.contains(&FORM) { "Action=ListTopics&Version=2010-03-31" } else { "" };
        let answer = client.ask(method, target, headers, body);
        assert_eq!(answer.status == 403, is_refused, "{method} {target} {headers:?}: {}", answer.text());
    }
    // The link in a message is followed from a page of mail.
    let headers = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")];
    let answer = client.ask("GET", "/?Action=ConfirmSubscription&TopicArn=t&Token=x", &headers, "");
    assert_ne!(answer.status, 403, "{}", answer.text());
}

#[test]
fn with_keys_only_who_signs_is_served() {
    let text = r#"
[[principal]]
arn = "arn:aws:iam::123456789012:user/reader"
policies = [{ Version = "2012-10-17", Statement = { Effect = "Allow", Action = "*", Resource = "*" } }]
[[principal.key]]
id = "AKIDEXAMPLE"
secret = "secret"
"#;
    let nothing = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
    let source = Source { path: "auth.toml".into(), text: text.into() };
    let credentials = Credentials::load(source, &nothing).unwrap_or_else(|faults| panic!("{faults}"));
    let account = Account { region: "us-east-1".into(), id: "123456789012".into() };
    let mut wish = Wish::default();
    wish.settings.auth = Some(Auth::new(credentials, account));
    let server = Server::start(wish);
    let mut client = server.client();
    let answer = client.call("AmazonSSM.ListCommands", "{}");
    assert_eq!(answer.header("x-amzn-errortype"), Some("MissingAuthenticationTokenException"));
    let answer = client.ask("POST", "/", &[FORM], "Action=ListTopics&Version=2010-03-31");
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("<Code>MissingAuthenticationToken</Code>"), "{}", answer.text());
    // Control is open to this machine.
    assert_eq!(client.get("/_fleetsim/state").status, 200);
}

#[test]
fn assumed_throttling_and_latency_are_what_was_asked_for() {
    let throttle = Some(Throttle::new("0.01:3".parse().unwrap()));
    let settings =
        Settings { throttle, latency: Duration::from_millis(100), max_body: 4096, ..Settings::default() };
    let server = Server::start(Wish { settings, ..Wish::default() });
    let mut client = server.client();
    let began = std::time::Instant::now();
    let status: Vec<_> = (0..4).map(|_| client.call("AmazonSSM.ListCommands", "{}").status).collect();
    assert_eq!(status, [200, 200, 200, 400]);
    assert!(began.elapsed() >= Duration::from_millis(400));
    let answer = client.call("AmazonSSM.ListCommands", "{}");
    assert_eq!(answer.header("x-amzn-errortype"), Some("ThrottlingException"));
    assert_eq!(client.call("AmazonSSM.DescribeInstanceInformation", "{}").status, 200);
}
