//! From a request to the call of an operation: which service, which operation, which parameters.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{
    check::{Check, Violations},
    dialect::{Dialect, Protocol, Service},
    fault::{Fault, refusal},
    form,
    http::Request,
    read::{self, Mismatch, Scalars, What},
};

/// A call of an operation, its parameters not yet looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Who is called, and how.
    pub dialect: Dialect,
    /// The operation's name.
    pub operation: String,
    /// Its parameters, an object.
    pub parameters: Value,
}

/// A request that calls nothing, and how to say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoCall {
    /// The dialect that comes nearest to what the caller seems to speak.
    pub dialect: Dialect,
    /// What is wrong.
    pub fault: Fault,
}

impl Call {
    /// The call in a request: by `X-Amz-Target` in the JSON protocols, by the parameter `Action` of the form or the query
    /// in the Query protocol.
    ///
    /// # Errors
    ///
    /// When the request names no service, or its body is none of the protocol's.
    pub fn read(request: &Request) -> Result<Self, NoCall> {
        match request.header("x-amz-target") {
            Some(target) => Self::read_json(request, target),
            None => Self::read_query(request),
        }
    }

    fn read_json(request: &Request, target: &str) -> Result<Self, NoCall> {
        let protocol = match request.header("content-type") {
            Some(kind) if kind.starts_with("application/x-amz-json-1.0") => Protocol::Json10,
            _ => Protocol::Json11,
        };
        let (prefix, operation) = target.split_once('.').unwrap_or((target, ""));
        let service = Service::ALL.into_iter().find(|service| service.target_prefix() == Some(prefix));
        let Some(service) = service else {
            let dialect = Dialect { service: Service::Ssm, protocol };
            let known: Vec<_> = Service::ALL.into_iter().filter_map(Service::target_prefix).collect();
            let message = format!(
                "no service answers to `{target}`; X-Amz-Target begins with one of {}",
                known.join(", ")
            );
            return Err(NoCall { dialect, fault: Fault::new("UnknownOperationException", message) });
        };
        let dialect = Dialect { service, protocol };
        match parse_object(request.body) {
            Ok(parameters) => Ok(Self { dialect, operation: operation.into(), parameters }),
            Err(message) => Err(NoCall { dialect, fault: Fault::new("SerializationException", message) }),
        }
    }

    fn read_query(request: &Request) -> Result<Self, NoCall> {
        let form = if request.body.is_empty() { request.query().as_bytes() } else { request.body };
        let mut dialect = Dialect { service: Service::Sns, protocol: Protocol::Query };
        let no_call = |dialect, code, message: &str| NoCall { dialect, fault: Fault::new(code, message) };
        let Some(mut parameters) = form::parse(form) else {
            return Err(no_call(dialect, "SerializationException", "a parameter's name has too many parts"));
        };
        let text = |name: &str| parameters.get(name).and_then(Value::as_str).map(str::to_string);
        let Some(operation) = text("Action") else {
            let message = "the request has neither the header X-Amz-Target nor the parameter Action";
            return Err(no_call(dialect, "MissingAction", message));
        };
        let version = text("Version");
        let is_sqs = || super::sqs::Request::OPERATIONS.contains(&operation.as_str());
        let asked = match version {
            Some(version) => {
                Service::ALL.into_iter().find(|service| service.version() == Some(version.as_str()))
            }
            None => is_sqs().then_some(Service::Sqs),
        };
        dialect.service = asked.unwrap_or(Service::Sns);
        if dialect.service == Service::Sqs {
            add_queue_url(&mut parameters, request);
        }
        Ok(Self { dialect, operation, parameters })
    }

    /// The operation's input, as its service's model demands it.
    ///
    /// # Errors
    ///
    /// When it is of another shape, or violates a constraint.
    pub fn input<T: DeserializeOwned + Check>(&self) -> Result<T, Fault> {
        let input: T = self.shape()?;
        let mut violations = Violations::default();
        input.check(&mut violations);
        refusal(violations.errors()).map_or(Ok(()), Err)?;
        input.checked()?;
        Ok(input)
    }

    /// The operation's input, whatever constraints it violates.
    ///
    /// # Errors
    ///
    /// When it is of another shape.
    pub fn shape<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        let scalars = match self.dialect.protocol {
            Protocol::Query => Scalars::Text,
            Protocol::Json10 | Protocol::Json11 => Scalars::Typed,
        };
        read::read(&self.parameters, scalars).map_err(|mismatch| self.mismatch(&mismatch))
    }

    fn mismatch(&self, mismatch: &Mismatch) -> Fault {
        let place = &mismatch.place;
        match &mismatch.what {
            What::Missing if self.dialect.service == Service::Sqs => {
                let name = place.rsplit('.').next().unwrap_or_default();
                let name: String =
                    name.chars().take(1).flat_map(char::to_uppercase).chain(name.chars().skip(1)).collect();
                let message = format!("The request must contain the parameter {name}.");
                Fault::new("MissingRequiredParameterException", message)
            }
            What::Missing => {
                let violation = "failed to satisfy constraint: Member must not be null";
                let message = format!("1 validation error detected: Value null at '{place}' {violation}");
                Fault::new("ValidationException", message)
            }
            What::Type(_) => Fault::new("SerializationException", mismatch.to_string()),
        }
    }

    /// The error for an operation that is not among those supported.
    pub fn unknown(&self, supported: &[&str]) -> Fault {
        let service = self.dialect.service.signing_name();
        let message =
            format!("{service} has no operation `{}` here; it has {}", self.operation, supported.join(", "));
        Fault::new("UnknownOperationException", message)
    }
}

/// A body of the JSON protocols; none at all is the empty object.
fn parse_object(body: &[u8]) -> Result<Value, String> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(Map::new()));
    }
    match serde_json::from_slice(body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err("the body is no JSON object".into()),
        Err(error) => Err(format!("the body is no JSON: {error}")),
    }
}

/// Callers of the Query protocol may send a request to the queue's own URL, which then is no parameter.
fn add_queue_url(parameters: &mut Value, request: &Request) {
    let path = request.path();
    if let (Some(fields), false) = (parameters.as_object_mut(), path == "/") {
        fields.entry("QueueUrl").or_insert_with(|| Value::String(path.into()));
    }
}

/// Makes an enumeration of a service's operations, each with its input.
macro_rules! operations {
    ($(#[$doc:meta])* $name:ident { $($operation:ident($input:ty)),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        #[allow(clippy::large_enum_variant, reason = "one at a time, and soon taken apart")]
        pub enum $name {
            $(#[doc = concat!("`", stringify!($operation), "`.")] $operation($input),)*
        }

        impl $name {
            /// The names of the operations.
            pub const OPERATIONS: &[&str] = &[$(stringify!($operation)),*];

            /// The request in a call.
            ///
            /// # Errors
            ///
            /// When there is no such operation, or its input is not as the service's model demands it.
            pub fn read(call: &$crate::wire::call::Call) -> Result<Self, $crate::wire::fault::Fault> {
                match call.operation.as_str() {
                    $(stringify!($operation) => call.input().map(Self::$operation),)*
                    _ => Err(call.unknown(Self::OPERATIONS)),
                }
            }

            /// The same, whatever constraints of the model it violates.
            ///
            /// # Errors
            ///
            /// When there is no such operation, or its input is of another shape.
            pub fn read_loosely(call: &$crate::wire::call::Call) -> Result<Self, $crate::wire::fault::Fault> {
                match call.operation.as_str() {
                    $(stringify!($operation) => call.shape().map(Self::$operation),)*
                    _ => Err(call.unknown(Self::OPERATIONS)),
                }
            }
        }
    };
}
pub(crate) use operations;
