//! Phrases that more than one page needs.

use contract::Role;

/// How somebody joins who gets that role.
#[must_use]
pub const fn joining_as(role: Role) -> &'static str {
    match role {
        Role::Member => "as a member",
        Role::Admin => "as an admin",
    }
}

/// So many of them: `1 stream`, `2 streams`.
#[must_use]
pub fn counted(number: i64, one: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {one}{ending}")
}
