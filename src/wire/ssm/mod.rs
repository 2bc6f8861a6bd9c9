//! Systems Manager: the operations of Run Command and those around it, as data (section 15).

pub mod command;
pub mod document;
pub mod filter;
pub mod instance;
pub mod invocation;
pub mod send_command;
pub mod tag;

use super::{call::operations, check::Check, fault::Fault, page};
use crate::ssm::SendCommandRequest;

operations! {
    /// A request to Systems Manager.
    Request {
        SendCommand(SendCommandRequest),
        CancelCommand(command::CancelCommandRequest),
        ListCommands(command::ListCommandsRequest),
        ListCommandInvocations(invocation::ListCommandInvocationsRequest),
        GetCommandInvocation(invocation::GetCommandInvocationRequest),
        DescribeInstanceInformation(instance::DescribeInstanceInformationRequest),
        ListDocuments(document::ListDocumentsRequest),
        DescribeDocument(document::DescribeDocumentRequest),
        GetDocument(document::GetDocumentRequest),
        CreateDocument(document::CreateDocumentRequest),
        DeleteDocument(document::DeleteDocumentRequest),
        AddTagsToResource(tag::AddTagsToResourceRequest),
        ListTagsForResource(tag::ListTagsForResourceRequest),
        RemoveTagsFromResource(tag::RemoveTagsFromResourceRequest),
    }
}

/// What is wrong with it depends on the documents that there are: see [`send_command::check`].
impl Check for SendCommandRequest {}

/// An output without fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Empty {}

/// A request that is answered page by page.
pub trait Paged {
    /// The token of the page before.
    fn next_token(&self) -> Option<&str>;

    /// What is asked, without token and size of the page.
    fn question(&self) -> String;

    /// The key of the entry after which the page begins; `None` for the first page.
    ///
    /// # Errors
    ///
    /// `InvalidNextToken` when the token is none of this question's.
    fn after(&self) -> Result<Option<String>, Fault> {
        let Some(token) = self.next_token().filter(|token| !token.is_empty()) else { return Ok(None) };
        let invalid = || Fault::new("InvalidNextToken", "The specified token is not valid.");
        page::key(&self.question(), token).map(Some).ok_or_else(invalid)
    }

    /// The token for what follows the entry with this key.
    fn token(&self, key: &str) -> String {
        page::token(&self.question(), key)
    }
}

/// Implements [`Paged`] for a request with `next_token` and `max_results`.
macro_rules! paged {
    ($request:ty) => {
        impl $crate::wire::ssm::Paged for $request {
            fn next_token(&self) -> Option<&str> {
                self.next_token.as_deref()
            }

            fn question(&self) -> String {
                let asked = Self { next_token: None, max_results: None, ..self.clone() };
                format!("{asked:?}")
            }
        }
    };
}
pub(crate) use paged;
