//! Phrases that several pages use.

use contract::Role;

/// Returns the role in the sentence "… invited you as a member".
#[must_use]
pub const fn as_role(role: Role) -> &'static str {
    match role {
        Role::Member => "as a member",
        Role::Admin => "as an admin",
    }
}

/// Formats a number with its noun: `1 stream`, `2 streams`.
#[must_use]
pub fn pluralize(number: i64, singular: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {singular}{ending}")
}
