//! Paging: tokens that say where a list goes on.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use xxhash_rust::xxh3::xxh3_64;

use super::fault::Fault;

const CHECK: usize = size_of::<u64>();

/// A request that is answered page by page.
pub trait Paged {
    /// The token of the page before.
    fn next_token(&self) -> Option<&str>;

    /// What is asked, without token and size of the page.
    fn question(&self) -> String;

    /// The service's error for a token that is none of this question's.
    fn invalid_token() -> Fault;

    /// The key of the entry after which the page begins; `None` for the first page.
    ///
    /// # Errors
    ///
    /// [`Paged::invalid_token`].
    fn after(&self) -> Result<Option<String>, Fault> {
        let Some(token) = self.next_token().filter(|token| !token.is_empty()) else { return Ok(None) };
        key(&self.question(), token).map(Some).ok_or_else(Self::invalid_token)
    }

    /// The token for what follows the entry with this key.
    fn token(&self, key: &str) -> String {
        token(&self.question(), key)
    }
}

/// Implements [`Paged`] for a request: the error and its text for a bad token, and the fields that are no part of the
/// question.
macro_rules! paged {
    ($request:ty, $code:literal, $message:literal, $($field:ident),+) => {
        impl $crate::wire::page::Paged for $request {
            fn next_token(&self) -> Option<&str> {
                self.next_token.as_deref()
            }

            fn question(&self) -> String {
                let mut asked = self.clone();
                $(asked.$field = None;)+
                format!("{asked:?}")
            }

            fn invalid_token() -> $crate::wire::fault::Fault {
                $crate::wire::fault::Fault::new($code, $message)
            }
        }
    };
}
pub(crate) use paged;

/// A token after the entry with this key. `question` is what was asked, the token and the size of a page left out: a
/// token is good for the question alone that it answered.
pub fn token(question: &str, key: &str) -> String {
    let mut bytes = check(question, key.as_bytes()).to_vec();
    bytes.extend(key.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The key in a token; `None` when it is none of this question's.
pub fn key(question: &str, token: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (sum, key) = bytes.split_at_checked(CHECK)?;
    (sum == check(question, key)).then(|| String::from_utf8(key.to_vec()).ok())?
}

/// The part of a list that a call answers with: what follows the entry with the key `after`, at most `most` entries, and
/// the key of the last one when there are more. With an unknown key the list has ended.
pub fn cut<T>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    after: Option<&str>,
    most: usize,
) -> (Vec<T>, Option<String>) {
    let mut items = items.into_iter();
    if let Some(after) = after {
        items.by_ref().find(|item| key(item) == after);
    }
    let part: Vec<T> = items.by_ref().take(most).collect();
    let next = items.next().and_then(|_| part.last().map(key));
    (part, next)
}

fn check(question: &str, key: &[u8]) -> [u8; CHECK] {
    let text = [question.as_bytes(), b"\0", key].concat();
    xxh3_64(&text).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_own_question_alone() {
        let token = token("ListCommands", "command 7");
        assert_eq!(key("ListCommands", &token).as_deref(), Some("command 7"));
        assert_eq!(key("ListCommandInvocations", &token), None);
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(key("ListCommands", std::str::from_utf8(&bytes).unwrap()), None, "{at}");
        }
        for bad in ["", "AAAA", "no token", "é"] {
            assert_eq!(key("ListCommands", bad), None);
        }
    }

    #[test]
    fn pages_make_up_the_list() {
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let (part, next) = cut(0..7, u32::to_string, after.as_deref(), 3);
            seen.push(part);
            match next {
                Some(key) => after = Some(key),
                None => break,
            }
        }
        assert_eq!(seen, [vec![0, 1, 2], vec![3, 4, 5], vec![6]]);
        assert_eq!(cut(0..3, u32::to_string, None, 3), (vec![0, 1, 2], None));
        assert_eq!(cut(0..3, u32::to_string, Some("9"), 3), (vec![], None));
    }
}
