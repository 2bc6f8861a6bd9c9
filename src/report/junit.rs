//! JUnit XML, as CI services read the results of tests.

use std::fmt::Write;

use super::text;

/// A test with what is wrong, if something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) fault: Option<Fault>,
}

/// What is wrong, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is not as it must be.
    Failure(String),
    /// It could not be found out.
    Error(String),
}

impl Case {
    /// A gate, which has passed, has failed or is undecided for this reason.
    pub(super) fn gate(name: String, passed: Option<bool>, reason: &str) -> Self {
        let fault = match passed {
            Some(true) => None,
            Some(false) => Some(Fault::Failure(reason.into())),
            None => Some(Fault::Error(reason.into())),
        };
        Self { name, fault }
    }
}

/// The results of a suite.
pub(super) fn suite(title: &str, cases: &[Case]) -> String {
    let count = |is: fn(&Fault) -> bool| {
        cases.iter().filter_map(|case| case.fault.as_ref()).filter(|f| is(f)).count()
    };
    let mut output = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    let _ = writeln!(
        output,
        "<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\">",
        escape(title),
        cases.len(),
        count(|fault| matches!(fault, Fault::Failure(_))),
        count(|fault| matches!(fault, Fault::Error(_))),
    );
    for Case { name, fault } in cases {
        let begin = format!("<testcase classname=\"fleetsim.compare\" name=\"{}\"", escape(name));
        let _ = match fault {
            None => writeln!(output, "{begin}/>"),
            Some(Fault::Failure(text)) => {
                writeln!(output, "{begin}><failure message=\"{}\"/></testcase>", escape(text))
            }
            Some(Fault::Error(text)) => {
                writeln!(output, "{begin}><error message=\"{}\"/></testcase>", escape(text))
            }
        };
    }
    output + "</testsuite>\n</testsuites>\n"
}

/// Text for XML, which has no place for most control characters.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text::printable(text).chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(letter),
        }
    }
    escaped
}
