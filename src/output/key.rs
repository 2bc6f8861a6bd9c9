//! The names of objects in S3 and of groups and streams in CloudWatch Logs.

use super::Stream;

/// How keys are made (O-35).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// As the agent puts objects: prefix, command, instance, plugin, step, stream.
    Agent,
    /// As the sample of the service's model shows them: prefix, instance, plugin; no command.
    Model,
}

/// A step of a command on an instance, by the names that stand in keys.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The command's id.
    pub command_id: &'a str,
    /// The instance's id.
    pub instance_id: &'a str,
    /// The action of the step, such as `aws:runShellScript`.
    pub plugin: &'a str,
    /// The step's name; of schema 1.2 the property's id, such as `0.aws:runShellScript` (S11.2).
    pub step: &'a str,
}

/// The key of the object that a stream becomes (S11.1 to S11.3, S11.7). Without a prefix it begins with what would follow.
pub fn s3_key(layout: Layout, prefix: Option<&str>, place: Place<'_>, stream: Stream) -> String {
    let plain = |name: &str| name.replace(':', "");
    let prefix = prefix.map(|prefix| prefix.trim_matches('/')).filter(|prefix| !prefix.is_empty());
    let (plugin, step) = (plain(place.plugin), plain(place.step));
    let parts = match layout {
        Layout::Agent => vec![place.command_id, place.instance_id, &plugin, &step, stream.name()],
        Layout::Model => vec![place.instance_id, &plugin],
    };
    prefix.into_iter().chain(parts).collect::<Vec<_>>().join("/")
}

/// The step's part of a key (S11.2): of a step without a name of its own, as before schema 2.0, the property's id.
pub fn step_part(step: &str, plugin: &str) -> String {
    if step == plugin { format!("0.{step}") } else { step.into() }
}

/// The log group of a document when the request names none (S11.12, O-36): what a group's name may not hold becomes `.`.
pub fn default_log_group(document: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_-/.#".contains(letter);
    let name = document.chars().map(|letter| if allowed(letter) { letter } else { '.' });
    format!("/aws/ssm/{}", name.collect::<String>())
}

/// The log stream of a step's stream (S11.13): command, instance, plugin, stream, with `-` for `:` and `*`.
pub fn log_stream(place: Place<'_>, stream: Stream) -> String {
    let Place { command_id, instance_id, plugin, .. } = place;
    format!("{command_id}/{instance_id}/{plugin}/{}", stream.name()).replace([':', '*'], "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> = Place {
        command_id: "0ca5b8ad-4cd9-4f1b-92d7-8f1e5a0f7c52",
        instance_id: "i-02573cafcfEXAMPLE",
        plugin: "aws:runShellScript",
        step: "0.aws:runShellScript",
    };

    /// S11.1 to S11.3.
    #[test]
    fn keys_are_those_of_the_agent() {
        let key = |prefix, place, stream| s3_key(Layout::Agent, prefix, place, stream);
        let tail = "0ca5b8ad-4cd9-4f1b-92d7-8f1e5a0f7c52/i-02573cafcfEXAMPLE/awsrunShellScript/0.awsrunShellScript/stdout";
        assert_eq!(key(None, PLACE, Stream::Stdout), tail);
        assert_eq!(key(Some("logs/run/"), PLACE, Stream::Stdout), format!("logs/run/{tail}"));
        let named = Place { step: "install", ..PLACE };
        assert!(key(Some(""), named, Stream::Stderr).ends_with("/awsrunShellScript/install/stderr"));
        assert!(key(Some(""), named, Stream::Stderr).starts_with("0ca5b8ad"));
    }

    /// O-35: the model's sample, `MyBucketFolder/i-02573cafcfEXAMPLE/awsrunShellScript`.
    #[test]
    fn the_model_shows_fewer_segments() {
        let key = s3_key(Layout::Model, Some("MyBucketFolder"), PLACE, Stream::Stdout);
        assert_eq!(key, "MyBucketFolder/i-02573cafcfEXAMPLE/awsrunShellScript");
    }

    /// S11.12, S11.13, O-36.
    #[test]
    fn groups_and_streams_are_named_by_document_and_step() {
        assert_eq!(default_log_group("AWS-RunShellScript"), "/aws/ssm/AWS-RunShellScript");
        assert_eq!(
            default_log_group("arn:aws:ssm:eu-west-1:1:document/Own Document"),
            "/aws/ssm/arn.aws.ssm.eu-west-1.1.document/Own.Document"
        );
        assert_eq!(
            log_stream(PLACE, Stream::Stderr),
            "0ca5b8ad-4cd9-4f1b-92d7-8f1e5a0f7c52/i-02573cafcfEXAMPLE/aws-runShellScript/stderr"
        );
        assert_eq!(
            log_stream(Place { plugin: "a*b:c", ..PLACE }, Stream::Stdout).split('/').nth(2),
            Some("a-b-c")
        );
    }
}
