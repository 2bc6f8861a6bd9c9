//! Systems Manager: the operations of Run Command and those around it, as data (section 15).

pub mod command;
pub mod document;
pub mod filter;
pub mod instance;
pub mod invocation;
pub mod send_command;
pub mod tag;

use super::{call::operations, check::Check};
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
