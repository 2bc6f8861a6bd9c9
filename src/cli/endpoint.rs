//! The endpoint that is called, as it is typed: one set of options for all that call one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use serde::Deserialize;

use super::console::Failure;
use crate::{client::Endpoint, wire::sign::Keys};

/// Which endpoint is called, and with which keys.
#[derive(Debug, Args)]
pub(super) struct EndpointArguments {
    /// The endpoint: http://host:port or https://host
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    /// The host of the endpoint, if it is not on this machine; its calls may cost money and touch instances
    #[arg(long, value_name = "HOST")]
    allow_remote: Vec<String>,
    /// Keys to sign with: JSON as `aws configure export-credentials` prints it [default: test/test, on this machine]
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
    /// The Region to sign for
    #[arg(long, default_value = "us-east-1")]
    region: String,
    /// Trust the certificates in this file besides those of public authorities
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

impl EndpointArguments {
    /// The endpoint, or why it must not be called.
    pub(super) fn endpoint(&self) -> Result<Endpoint, Failure> {
        let keys = self.credentials.as_deref().map(read_keys).transpose()?;
        let Some(url) = &self.endpoint_url else {
            return Err(Failure::new(
                "give --endpoint-url URL, such as http://127.0.0.1:8008 of fleetsim serve",
            ));
        };
        let endpoint = Endpoint::new(url, &self.allow_remote, keys, &self.region);
        endpoint.map_err(|message| Failure::new(&message))
    }

    /// The certificates that are trusted besides those of public authorities.
    pub(super) fn authorities(&self) -> Result<Option<Vec<u8>>, Failure> {
        let read = |path: &PathBuf| fs::read(path).map_err(|error| cannot_read(path, &error));
        self.ca.as_ref().map(read).transpose()
    }
}

/// The failure of reading a file.
pub(super) fn cannot_read(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(&format!("cannot read {}: {error}", path.display()))
}

/// Keys as `aws configure export-credentials` prints them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KeyFile {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

/// Reads keys.
pub(super) fn read_keys(path: &Path) -> Result<Keys, Failure> {
    let text = fs::read(path).map_err(|error| cannot_read(path, &error))?;
    // The parser's message could repeat a part of a secret.
    let wrong = |_| {
        let form = "JSON with AccessKeyId, SecretAccessKey and, of temporary keys, SessionToken";
        Failure::new(&format!("{} holds no keys; it has to be {form}", path.display()))
    };
    let KeyFile { access_key_id, secret_access_key, session_token } =
        serde_json::from_slice(&text).map_err(wrong)?;
    Ok(Keys { access_key_id, secret: secret_access_key, session_token })
}
