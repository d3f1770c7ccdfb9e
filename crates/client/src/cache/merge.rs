//! Putting a newer entity in the place of an older one. The higher version stands, whichever
//! arrived first; what is nested in an entity has versions of its own.

use super::patch::Patched;
use contract::view::{InvitationView, MembershipView, MenuPreferences, OrganizationView, UserView};

/// An organization.
pub(super) fn organization(held: &mut OrganizationView, fresh: &OrganizationView) -> Patched {
    let newer = fresh.id == held.id && fresh.version > held.version;
    if newer {
        held.clone_from(fresh);
    }
    Patched::when(newer)
}

/// A person. Whether their address shows was up to the read: a message for many readers leaves it
/// out, and one to who administers another organization of theirs has it.
pub(super) fn user(held: &mut UserView, fresh: &UserView) -> Patched {
    let newer = fresh.id == held.id && fresh.version > held.version;
    if newer {
        let email = held.email.take();
        held.clone_from(fresh);
        held.email = email.map(|held| fresh.email.clone().unwrap_or(held));
    }
    Patched::when(newer)
}

/// A membership, and the person and the organization in it.
pub(super) fn membership(held: &mut MembershipView, fresh: &MembershipView) -> Patched {
    let newer = fresh.version > held.version;
    if newer {
        held.role = fresh.role;
        held.version = fresh.version;
        held.created_at = fresh.created_at;
    }
    let arranged = preferences(&mut held.preferences, fresh.preferences);
    let nested = match (&mut held.organization, &fresh.organization) {
        (Some(held), Some(fresh)) => organization(held, fresh),
        (held @ None, Some(fresh)) => {
            *held = Some(fresh.clone());
            Patched::Changed
        }
        (_, None) => Patched::Unchanged,
    };
    Patched::when(newer).and(arranged).and(user(&mut held.user, &fresh.user)).and(nested)
}

/// What was seen stays seen: this tab may know so before the server.
fn preferences(held: &mut Option<MenuPreferences>, fresh: Option<MenuPreferences>) -> Patched {
    match (held, fresh) {
        (Some(held), Some(fresh)) if fresh.version > held.version => {
            *held = MenuPreferences { seen: held.seen.max(fresh.seen), ..fresh };
            Patched::Changed
        }
        (held @ None, Some(_)) => {
            *held = fresh;
            Patched::Changed
        }
        _ => Patched::Unchanged,
    }
}

/// A membership of a list: merged into the held one, or added.
pub(super) fn into_memberships(items: &mut Vec<MembershipView>, fresh: &MembershipView) -> Patched {
    match items.iter_mut().find(|held| held.id == fresh.id) {
        Some(held) => membership(held, fresh),
        None => {
            items.push(fresh.clone());
            Patched::Changed
        }
    }
}

/// A pending invitation of a list: replaces an older one, or is added.
pub(super) fn into_invitations(items: &mut Vec<InvitationView>, fresh: &InvitationView) -> Patched {
    match items.iter_mut().find(|held| held.id == fresh.id) {
        Some(held) if held.version >= fresh.version => Patched::Unchanged,
        Some(held) => {
            held.clone_from(fresh);
            Patched::Changed
        }
        None => {
            items.push(fresh.clone());
            Patched::Changed
        }
    }
}

/// Takes out what is `gone`.
pub(super) fn remove<T>(items: &mut Vec<T>, gone: impl Fn(&T) -> bool) -> Patched {
    let before = items.len();
    items.retain(|item| !gone(item));
    Patched::when(items.len() != before)
}
