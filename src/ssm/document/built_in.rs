//! The documents of AWS that every scenario can name, in our own words: parameters and timeouts are AWS's, the rest is
//! left out.

use std::sync::LazyLock;

use super::{Document, DocumentContent, Remarks};

const CONTENTS: [(&str, &str); 3] = [
    ("AWS-RunShellScript", include_str!("built_in/AWS-RunShellScript.json")),
    ("AWS-RunPowerShellScript", include_str!("built_in/AWS-RunPowerShellScript.json")),
    ("AWS-RunPatchBaseline", include_str!("built_in/AWS-RunPatchBaseline.json")),
];

/// Name and content of the documents of AWS that every scenario can name.
pub fn built_in_contents() -> impl Iterator<Item = (&'static str, &'static str)> {
    CONTENTS.into_iter()
}

/// The documents of AWS that every scenario can name.
pub fn built_in() -> Vec<Document> {
    static DOCUMENTS: LazyLock<Vec<Document>> = LazyLock::new(|| CONTENTS.map(read).into());
    DOCUMENTS.clone()
}

fn read((name, text): (&str, &str)) -> Document {
    let content: DocumentContent = serde_json::from_str(text).expect("a built-in document is JSON");
    let mut remarks = Remarks::default();
    let document = Document::read(name, &content, text.len(), &mut remarks);
    assert_eq!(remarks, Remarks::default(), "{name}");
    document.expect("a document without errors")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssm::{
        SendCommandRequest,
        document::Values,
        status::Platform::{Linux, MacOS, Windows},
    };

    /// One step each; platforms and timeouts as AWS's own descriptions have them.
    #[test]
    fn built_in_documents() {
        let expected = [
            ("AWS-RunShellScript", vec![Linux, MacOS], 3600),
            ("AWS-RunPowerShellScript", vec![Linux, Windows, MacOS], 3600),
            ("AWS-RunPatchBaseline", vec![Linux, Windows, MacOS], 7200),
        ];
        for (document, (name, platforms, timeout)) in built_in().iter().zip(expected) {
            assert_eq!((document.name.as_str(), document.steps.len()), (name, 1));
            assert_eq!(document.platforms(), platforms, "{name}");
            let values = Values::of(document, &SendCommandRequest::default());
            assert_eq!(document.execution_timeout(&values), timeout, "{name}");
            assert_eq!(document.steps[0].timeout(&values), timeout, "{name}");
        }
    }
}
