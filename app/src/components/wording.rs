//! Phrases that more than one page needs.

use crate::contract::Role;

/// How somebody joins who gets that role.
#[must_use]
pub const fn joining_as(role: Role) -> &'static str {
    match role {
        Role::Member => "as a member",
        Role::Admin => "as an admin",
    }
}
