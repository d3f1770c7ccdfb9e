//! The user for whom this tab's page was rendered. Requests name this user, and the server refuses them
//! after another user has signed in in another tab: a page never acts as another account.

use std::sync::{Mutex, PoisonError};

use contract::UserId;

/// The user, and the number of the page that set it.
static EXPECTED: Mutex<(Option<UserId>, u64)> = Mutex::new((None, 0));

/// Makes the requests of this tab expect that user. Only for the browser: a server renders pages for many
/// users at once. Returns what [`forget`] takes.
pub(crate) fn expect(user: UserId) -> u64 {
    let mut expected = EXPECTED.lock().unwrap_or_else(PoisonError::into_inner);
    *expected = (Some(user), expected.1 + 1);
    expected.1
}

/// Makes requests expect nobody, unless another page has been shown since.
pub(crate) fn forget(page: u64) {
    let mut expected = EXPECTED.lock().unwrap_or_else(PoisonError::into_inner);
    if expected.1 == page {
        expected.0 = None;
    }
}

/// Returns the user whom requests expect to be signed in.
pub(super) fn expected() -> Option<UserId> {
    EXPECTED.lock().unwrap_or_else(PoisonError::into_inner).0
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn page_that_is_left_does_not_change_whom_the_next_one_expects() {
        let user = |number| UserId::from_uuid(Uuid::from_u128(number));
        let first = expect(user(1));
        let second = expect(user(2));
        forget(first);
        assert_eq!(expected(), Some(user(2)));
        forget(second);
        assert_eq!(expected(), None);
    }
}
