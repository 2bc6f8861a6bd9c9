//! From JSON to a policy. All faults are told, each with its place.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Effect, Kind, Listed, Policy, Statement};
use crate::{
    base::nearest,
    iam::{
        condition::{self, Condition, Operator},
        remark::Remarks,
        template::Template,
    },
};

const VERSION: &str = "2012-10-17";
const OLD_VERSION: &str = "2008-10-17";

struct Reader<'a> {
    kind: Kind,
    has_variables: bool,
    remarks: &'a mut Remarks,
}

pub(super) fn read(name: &str, kind: Kind, value: &Value, remarks: &mut Remarks) -> Option<Policy> {
    let before = remarks.errors.len();
    let mut reader = Reader { kind, has_variables: false, remarks };
    let statements = reader.document(value);
    (reader.remarks.errors.len() == before).then(|| Policy { name: name.into(), statements })
}

impl Reader<'_> {
    fn document(&mut self, value: &Value) -> Vec<Statement> {
        let Some(document) = value.as_object() else {
            self.remarks.refuse(
                "",
                "a policy is an object",
                "{ \"Version\": \"2012-10-17\", \"Statement\": [ ... ] }",
            );
            return Vec::new();
        };
        self.check_keys("", document, &["Version", "Id", "Statement"]);
        match document.get("Version").map(|version| version.as_str()) {
            Some(Some(VERSION)) => self.has_variables = true,
            Some(Some(OLD_VERSION)) => {}
            None => {
                let message = "no Version, so the rules of 2008-10-17 hold: policy variables are plain text";
                self.remarks.warn("", message, format!("add \"Version\": \"{VERSION}\""));
            }
            Some(_) => {
                self.remarks.refuse("/Version", "no version of the policy language", format!("\"{VERSION}\""))
            }
        }
        let written: Vec<(String, &Value)> = match document.get("Statement") {
            Some(Value::Array(list)) => {
                (0..).zip(list).map(|(at, one): (usize, _)| (format!("/Statement/{at}"), one)).collect()
            }
            Some(one) => vec![("/Statement".into(), one)],
            None => {
                self.remarks.refuse("", "no Statement", "a policy has one statement or a list of them");
                Vec::new()
            }
        };
        let statements: Vec<_> =
            written.iter().filter_map(|(pointer, value)| self.statement(pointer, value)).collect();
        let mut sids = BTreeSet::new();
        for ((pointer, _), sid) in written.iter().zip(statements.iter().map(|one| &one.sid)) {
            if sid.as_ref().is_some_and(|sid| !sids.insert(sid)) {
                self.remarks.warn(
                    format!("{pointer}/Sid"),
                    "there is another statement of this Sid",
                    "IAM wants each Sid once in a policy",
                );
            }
        }
        statements
    }

    fn statement(&mut self, pointer: &str, value: &Value) -> Option<Statement> {
        let Some(fields) = value.as_object() else {
            self.remarks.refuse(pointer, "a statement is an object", "");
            return None;
        };
        let known =
            ["Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
        self.check_keys(pointer, fields, &known);
        let sid = fields.get("Sid").map(|sid| self.sid(pointer, sid));
        let effect = match fields.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => {
                self.remarks.refuse(format!("{pointer}/Effect"), "no effect", "\"Allow\" or \"Deny\"");
                Effect::Deny
            }
        };
        let actions = self.actions(pointer, fields);
        let (services, anybody) = self.principal(pointer, fields);
        let resources = self.resources(pointer, fields);
        let conditions = self.conditions(&format!("{pointer}/Condition"), fields.get("Condition"));
        Some(Statement { sid, effect, actions, resources, services, anybody, conditions })
    }

    fn sid(&mut self, pointer: &str, value: &Value) -> String {
        let sid = value.as_str().unwrap_or_default();
        if !value.is_string() || !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            self.remarks.refuse(format!("{pointer}/Sid"), format!("{value} is no Sid"), "letters and digits");
        }
        sid.into()
    }

    fn actions(&mut self, pointer: &str, fields: &Map<String, Value>) -> Listed {
        let (key, texts) = self.one_of(pointer, fields, ["Action", "NotAction"]);
        for (at, text) in &texts {
            let is_action = match text.split_once(':') {
                Some((service, name)) => !service.is_empty() && !name.is_empty() && !name.contains(':'),
                None => text == "*",
            };
            if !is_action {
                let help = "`SERVICE:ACTION`, such as \"ssm:SendCommand\", or \"*\"";
                self.remarks.refuse(at, format!("`{text}` is no action"), help);
            }
        }
        // Names of actions are alike in whatever case they are written.
        let patterns = texts.iter().map(|(_, text)| Template::plain(&text.to_lowercase())).collect();
        Listed { is_negated: key == "NotAction", patterns }
    }

    fn resources(&mut self, pointer: &str, fields: &Map<String, Value>) -> Listed {
        if self.kind == Kind::Trust {
            for key in ["Resource", "NotResource"].iter().filter(|key| fields.contains_key(**key)) {
                let message = "a trust policy names no resource";
                self.remarks.refuse(
                    format!("{pointer}/{key}"),
                    message,
                    "it is about the role that it belongs to",
                );
            }
            return Listed { is_negated: false, patterns: vec![Template::plain("*")] };
        }
        let (key, texts) = self.one_of(pointer, fields, ["Resource", "NotResource"]);
        for (at, text) in &texts {
            let is_arn = text.starts_with("arn:") && (text.matches(':').count() >= 5 || text.ends_with('*'));
            if text != "*" && !is_arn {
                let help = "`arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`, or \"*\"";
                self.remarks.refuse(at, format!("`{text}` is no ARN"), help);
            }
        }
        let patterns = texts.iter().map(|(_, text)| self.template(text)).collect();
        Listed { is_negated: key == "NotResource", patterns }
    }

    fn principal(&mut self, pointer: &str, fields: &Map<String, Value>) -> (Vec<String>, bool) {
        let at = format!("{pointer}/Principal");
        let help = "{ \"Service\": \"ssm.amazonaws.com\" }";
        match (self.kind, fields.get("Principal")) {
            (Kind::Identity, None) => {}
            (Kind::Identity, Some(_)) => {
                let message = "a policy of an identity names no principal";
                self.remarks.refuse(&at, message, "it is about those that it is attached to");
            }
            (Kind::Trust, None) => self.remarks.refuse(pointer, "no Principal", help),
            (Kind::Trust, Some(Value::String(all))) if all == "*" => return (Vec::new(), true),
            (Kind::Trust, Some(Value::Object(principal))) => {
                self.check_keys(&at, principal, &["Service", "AWS", "Federated", "CanonicalUser"]);
                let anybody =
                    principal.get("AWS").is_some_and(|who| texts(who).iter().any(|(_, who)| who == "*"));
                let services = principal.get("Service").map(texts).unwrap_or_default();
                return (services.into_iter().map(|(_, service)| service).collect(), anybody);
            }
            (Kind::Trust, Some(_)) => self.remarks.refuse(&at, "no principal", help),
        }
        (Vec::new(), false)
    }

    fn conditions(&mut self, pointer: &str, value: Option<&Value>) -> Vec<Condition> {
        let Some(value) = value else {
            return Vec::new();
        };
        let mut conditions = Vec::new();
        for (name, lines) in self.object(pointer, value) {
            let pointer = join(pointer, name);
            let Some(test) = Operator::parse(name) else {
                self.refuse_operator(&pointer, name);
                continue;
            };
            for (key, wanted) in self.object(&pointer, lines) {
                let pointer = join(&pointer, key);
                let values = texts(wanted);
                if values.is_empty() {
                    self.remarks.refuse(&pointer, "no value to compare with", "a text, or a list of texts");
                }
                for (at, value) in &values {
                    if let Some(help) = test.fault_of(value) {
                        let message = format!("`{value}` is nothing that {name} compares with");
                        self.remarks.refuse(format!("{pointer}{at}"), message, help);
                    }
                }
                let template = |(_, text): &(String, String)| match test.takes_variables() {
                    true => self.template(text),
                    false => Template::plain(text),
                };
                let values = values.iter().map(template).collect();
                conditions.push(Condition { operator: name.clone(), key: key.clone(), values, test });
            }
        }
        conditions
    }

    fn refuse_operator(&mut self, pointer: &str, name: &str) {
        let bare = name.rsplit(':').next().unwrap_or_default();
        let bare = bare.strip_suffix("IfExists").unwrap_or(bare);
        let help = match nearest(bare, condition::names()) {
            Some(near) if near != bare => format!("did you mean `{}`?", name.replace(bare, near)),
            _ => "operators such as StringEquals and StringLike, with `IfExists` behind or `ForAnyValue:` before".into(),
        };
        self.remarks.refuse(pointer, format!("`{name}` is no condition operator"), help);
    }

    fn object<'v>(
        &mut self,
        pointer: &str,
        value: &'v Value,
    ) -> impl Iterator<Item = (&'v String, &'v Value)> + use<'v> {
        if !value.is_object() {
            let help = "{ \"StringLike\": { \"ssm:resourceTag/Role\": [\"web\"] } }";
            self.remarks.refuse(pointer, "not an object", help);
        }
        value.as_object().into_iter().flatten()
    }

    /// The texts under one of two keys, each with its place. Exactly one of the keys has to be there.
    fn one_of(
        &mut self,
        pointer: &str,
        fields: &Map<String, Value>,
        keys: [&'static str; 2],
    ) -> (&'static str, Vec<(String, String)>) {
        let [one, other] = keys;
        let key = match (fields.contains_key(one), fields.contains_key(other)) {
            (true, false) => one,
            (false, true) => other,
            (both, _) => {
                let message = if both { format!("both {one} and {other}") } else { format!("no {one}") };
                self.remarks.refuse(pointer, message, format!("a statement has {one} or {other}"));
                return (one, Vec::new());
            }
        };
        let texts = texts(&fields[key]);
        if texts.is_empty() {
            self.remarks.refuse(
                format!("{pointer}/{key}"),
                format!("{key} names nothing"),
                "a text, or a list of texts",
            );
        }
        (key, texts.into_iter().map(|(at, text)| (format!("{pointer}/{key}{at}"), text)).collect())
    }

    fn check_keys(&mut self, pointer: &str, fields: &Map<String, Value>, known: &[&str]) {
        for key in fields.keys().filter(|key| !known.contains(&key.as_str())) {
            let help = match nearest(key, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known are {}", known.join(", ")),
            };
            self.remarks.refuse(join(pointer, key), format!("unknown element `{key}`"), help);
        }
    }

    fn template(&self, text: &str) -> Template {
        if self.has_variables { Template::parse(text) } else { Template::plain(text) }
    }
}

/// The texts of a value that may be one or a list of them, each with the rest of its pointer. Numbers and truth values
/// stand for their text; what is neither stands for none.
fn texts(value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    match value {
        Value::Array(list) => {
            (0..).zip(list).filter_map(|(at, one): (usize, _)| Some((format!("/{at}"), text(one)?))).collect()
        }
        one => text(one).map(|text| (String::new(), text)).into_iter().collect(),
    }
}

fn join(pointer: &str, segment: &str) -> String {
    format!("{pointer}/{}", segment.replace('~', "~0").replace('/', "~1"))
}
