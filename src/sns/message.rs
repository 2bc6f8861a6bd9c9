//! The message that Run Command publishes to a topic: the string `Message` of the notification, itself JSON (section 9.2).

use jiff::{Timestamp, tz::Offset};
use serde_json::{Map, Value};

use crate::ssm::{NotifiedStatus, reading::NotificationCase};

/// What a message says.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// `commandId`, a UUID.
    pub command_id: &'a str,
    /// `documentName`.
    pub document_name: &'a str,
    /// `requestedDateTime`: when the command was requested, or sent to the instance (S9.14).
    pub requested: Timestamp,
    /// `status` (S9.10).
    pub status: NotifiedStatus,
    /// `eventTime`: when the status changed (S9.12).
    pub event_time: Timestamp,
    /// What it is about.
    pub subject: Subject<'a>,
}

/// What a message is about (S9.7).
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A command as a whole: a summary message.
    Command {
        /// `instanceIds`: those that the request names; empty when it selects by tags.
        instance_ids: &'a [String],
        /// `expiresAfter`.
        expires_after: Timestamp,
        /// `outputS3BucketName`, empty when there is none.
        output_s3_bucket_name: &'a str,
        /// `outputS3KeyPrefix`, empty when there is none.
        output_s3_key_prefix: &'a str,
    },
    /// The invocation for one instance.
    Invocation {
        /// `instanceId`.
        instance_id: &'a str,
    },
}

impl Message<'_> {
    /// The message as JSON: the fields and their order are those of the guide's samples; there are none for details
    /// (S9.11). The guide breaks lines for its readers; here there are none.
    pub fn body(&self, case: NotificationCase) -> String {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| fields.insert(spell(name, case), value);
        put("commandId", self.command_id.into());
        put("documentName", self.document_name.into());
        match self.subject {
            Subject::Command { instance_ids, .. } => put("instanceIds", instance_ids.into()),
            Subject::Invocation { instance_id } => put("instanceId", instance_id.into()),
        };
        put("requestedDateTime", time(self.requested).into());
        if let Subject::Command { expires_after, output_s3_bucket_name, output_s3_key_prefix, .. } =
            self.subject
        {
            put("expiresAfter", time(expires_after).into());
            put("outputS3BucketName", output_s3_bucket_name.into());
            put("outputS3KeyPrefix", output_s3_key_prefix.into());
        }
        put("status", format!("{:?}", self.status).into());
        put("eventTime", time(self.event_time).into());
        Value::Object(fields).to_string()
    }
}

/// A time as messages have it: ISO 8601 in UTC, the second's fraction cut to three digits and without zeros at its end
/// (S9.9).
pub fn time(instant: Timestamp) -> String {
    let parts = Offset::UTC.to_datetime(instant);
    let whole = parts.strftime("%Y-%m-%dT%H:%M:%S");
    let millis = format!("{:03}", parts.subsec_nanosecond() / 1_000_000);
    match millis.trim_end_matches('0') {
        "" => format!("{whole}Z"),
        fraction => format!("{whole}.{fraction}Z"),
    }
}

/// A field's name in the case asked for (S9.8).
fn spell(name: &str, case: NotificationCase) -> String {
    match case {
        NotificationCase::LowerCamel => name.into(),
        NotificationCase::Pascal => name[..1].to_uppercase() + &name[1..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S9.9: the guide's samples have `.17` beside `.236`, its table of fields a time without any fraction.
    #[test]
    fn times_have_no_zeros_at_their_end() {
        for (instant, text) in [
            ("2019-04-25T17:57:09.170Z", "2019-04-25T17:57:09.17Z"),
            ("2019-04-25T17:57:09.236Z", "2019-04-25T17:57:09.236Z"),
            ("2016-04-26T13:15:30.000Z", "2016-04-26T13:15:30Z"),
            ("2026-01-01T00:00:00.100999Z", "2026-01-01T00:00:00.1Z"),
            ("2026-01-01T00:00:00.000999Z", "2026-01-01T00:00:00Z"),
            ("1969-12-31T23:59:59.9996Z", "1969-12-31T23:59:59.999Z"),
            ("2026-01-01T01:00:00.5+01:00", "2026-01-01T00:00:00.5Z"),
        ] {
            assert_eq!(time(instant.parse().unwrap()), text);
        }
    }
}
