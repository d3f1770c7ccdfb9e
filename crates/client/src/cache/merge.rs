//! Merging a newer entity into a cached one. The higher version wins, in whichever order they
//! arrive. Entities nested in another one have versions of their own.

use super::patch::Patched;
use contract::view::{InvitationView, MembershipView, MenuPreferences, OrganizationView, UserView};

/// Merges an organization.
pub(super) fn organization(current: &mut OrganizationView, fresh: &OrganizationView) -> Patched {
    let newer = fresh.id == current.id && fresh.version > current.version;
    if newer {
        current.clone_from(fresh);
    }
    Patched::when(newer)
}

/// Merges an organization into the memberships that contain it.
pub(super) fn organization_of_memberships(
    items: &mut [MembershipView],
    fresh: &OrganizationView,
) -> Patched {
    let current = items.iter_mut().filter_map(|item| item.organization.as_mut());
    current.map(|current| organization(current, fresh)).fold(Patched::Unchanged, Patched::and)
}

/// Merges a person into their memberships.
pub(super) fn user_of_memberships(items: &mut [MembershipView], fresh: &UserView) -> Patched {
    items.iter_mut().map(|item| user(&mut item.user, fresh)).fold(Patched::Unchanged, Patched::and)
}

/// Merges a person. Keeps the decision of the fetch whether the email address is visible: a message
/// to many readers lacks it, and a message to a reader who is admin of another organization has it.
pub(super) fn user(current: &mut UserView, fresh: &UserView) -> Patched {
    if fresh.id != current.id {
        return Patched::Unchanged;
    }
    let newer = fresh.version > current.version;
    let newer_email = has_newer_email(current, fresh);
    if newer {
        current.name.clone_from(&fresh.name);
        current.picture = fresh.picture;
        current.version = fresh.version;
    }
    if newer_email {
        current.email.clone_from(&fresh.email);
        current.email_version = fresh.email_version;
    }
    Patched::when(newer || newer_email)
}

/// The address has a version of its own, because not everyone who sees the name may see it.
fn has_newer_email(current: &UserView, fresh: &UserView) -> bool {
    let are_visible = current.email.is_some() && fresh.email.is_some();
    are_visible
        && match (current.email_version, fresh.email_version) {
            (Some(current), Some(fresh)) => fresh > current,
            // From a server whose `version` counts the address too.
            _ => fresh.version > current.version,
        }
}

/// Merges a membership, and the person and organization in it.
pub(super) fn membership(current: &mut MembershipView, fresh: &MembershipView) -> Patched {
    let newer = fresh.version > current.version;
    if newer {
        current.role = fresh.role;
        current.version = fresh.version;
        current.created_at = fresh.created_at;
    }
    let preferred = preferences(&mut current.preferences, fresh.preferences);
    let nested = match (&mut current.organization, &fresh.organization) {
        (Some(current), Some(fresh)) => organization(current, fresh),
        (current @ None, Some(fresh)) => {
            *current = Some(fresh.clone());
            Patched::Changed
        }
        (_, None) => Patched::Unchanged,
    };
    Patched::when(newer).and(preferred).and(user(&mut current.user, &fresh.user)).and(nested)
}

/// Merges menu preferences. The later `seen` wins, because this tab may know it before the server
/// does.
fn preferences(current: &mut Option<MenuPreferences>, fresh: Option<MenuPreferences>) -> Patched {
    match (current, fresh) {
        (Some(current), Some(fresh)) if fresh.version > current.version => {
            *current = MenuPreferences { seen: current.seen.max(fresh.seen), ..fresh };
            Patched::Changed
        }
        (current @ None, Some(_)) => {
            *current = fresh;
            Patched::Changed
        }
        _ => Patched::Unchanged,
    }
}

/// Merges a membership into a list, or appends it.
pub(super) fn upsert_membership(
    items: &mut Vec<MembershipView>,
    fresh: &MembershipView,
) -> Patched {
    match items.iter_mut().find(|current| current.id == fresh.id) {
        Some(current) => membership(current, fresh),
        None => {
            items.push(fresh.clone());
            Patched::Changed
        }
    }
}

/// Replaces an older version of an invitation in a list, or appends it.
pub(super) fn upsert_invitation(
    items: &mut Vec<InvitationView>,
    fresh: &InvitationView,
) -> Patched {
    match items.iter_mut().find(|current| current.id == fresh.id) {
        Some(current) if current.version >= fresh.version => Patched::Unchanged,
        Some(current) => {
            current.clone_from(fresh);
            Patched::Changed
        }
        None => {
            items.push(fresh.clone());
            Patched::Changed
        }
    }
}

/// Removes the items for which `is_gone` returns `true`.
pub(super) fn remove<T>(items: &mut Vec<T>, is_gone: impl Fn(&T) -> bool) -> Patched {
    let before = items.len();
    items.retain(|item| !is_gone(item));
    Patched::when(items.len() != before)
}
