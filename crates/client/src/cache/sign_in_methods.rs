//! The reader's ways to sign in.

use super::patch::{Patch, Patched};
use contract::sign_in_methods::SignInMethods;
use contract::{StreamMessage, UserId};

/// They aren't part of the log: their pages are loaded again after each change.
impl Patch for SignInMethods {
    fn patch(&mut self, _: &StreamMessage, _: UserId) -> Patched {
        Patched::Unchanged
    }
}
