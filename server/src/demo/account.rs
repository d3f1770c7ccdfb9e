//! The accounts of the demo workspace.

use contract::{Email, Name, Password};

/// The password of all demo accounts.
const PASSWORD: &str = "tributary-demo";

/// A demo account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// The user's name.
    pub name: &'static str,
    /// The email address to sign in with.
    pub email: &'static str,
    /// The password to sign in with.
    pub password: &'static str,
    /// The user's roles, for people who choose an account.
    pub about: &'static str,
}

impl Account {
    const fn new(name: &'static str, email: &'static str, about: &'static str) -> Self {
        Self { name, email, password: PASSWORD, about }
    }
}

pub(super) const ADA: Account = Account::new(
    "Ada Lovelace",
    "ada@example.com",
    "admin of North Wind, member of Harbour Lab, system admin",
);
pub(super) const GRACE: Account = Account::new(
    "Grace Hopper",
    "grace@example.com",
    "admin of Harbour Lab, invited to North Wind",
);
pub(super) const LINUS: Account =
    Account::new("Linus Pauling", "linus@example.com", "member of North Wind");
pub(super) const MARY: Account =
    Account::new("Mary Jackson", "mary@example.com", "member of North Wind, admin of Harbour Lab");
pub(super) const ACCOUNTS: [Account; 4] = [ADA, GRACE, LINUS, MARY];

pub(super) fn published_password() -> Password {
    Password::parse(PASSWORD).expect("the demo password is long enough")
}

pub(super) fn name(text: &str) -> Name {
    Name::parse(text).expect("the demo names are valid")
}

pub(super) fn email(account: Account) -> Email {
    Email::parse(account.email).expect("the demo addresses are valid")
}
