//! Who receives an activity, and how much of it they see: the rules of "Who gets what" in
//! `docs/protocol.md`. Without I/O.

use std::collections::HashMap;

use contract::permission::MembershipVisibility as Visibility;
use contract::{Access, Action, Capability, OrganizationId, Role, UserId};

use super::connected_members::ConnectedMembers;
use activity::log::missed::Merged;
use activity::{Activity, ActivityKind, NewActivity};

/// The connected users who receive an activity on their own stream, each with their visibility.
#[must_use]
pub fn recipients(
    activity: &Activity,
    connected: &ConnectedMembers,
) -> HashMap<UserId, Visibility> {
    let change = &activity.change;
    let subject = change.user_id.filter(|user| connected.is_connected(*user));
    let members = || change.organization_id.into_iter().flat_map(|id| connected.members(id));
    let mut recipients = HashMap::new();
    match change.kind {
        ActivityKind::Membership => {
            recipients.extend(members().filter_map(|(user, access)| {
                let is_subject = change.user_id == Some(user);
                Some((user, access.membership_visibility(is_subject)?))
            }));
            recipients.extend(subject.map(|user| (user, Visibility::Subject)));
        }
        ActivityKind::Organization => {
            recipients.extend(members().map(|(user, _)| (user, Visibility::Member)));
            add_invited(&mut recipients, activity, connected);
        }
        ActivityKind::Invitation => {
            recipients.extend(
                members()
                    .filter(|(_, access)| access.may(Capability::ManageInvitations))
                    .map(|(user, _)| (user, Visibility::Admin)),
            );
            recipients.extend(subject.map(|user| (user, Visibility::Subject)));
        }
        // A deleted user is announced by the deletion of their memberships.
        ActivityKind::User if change.action == Action::Updated => {
            let shared = activity.user_organizations.iter().filter(|its| its.is_member);
            for (reader, access) in shared.flat_map(|its| connected.members(its.id)) {
                let visibility = user_visibility(access);
                let widest = recipients.entry(reader).or_insert(visibility);
                if visibility == Visibility::Admin {
                    *widest = visibility;
                }
            }
            // Former members remain the authors of what they wrote.
            let authored = activity.user_organizations.iter().filter(|its| its.is_author);
            for (reader, access) in authored.flat_map(|its| connected.members(its.id)) {
                if can_read_resources(access) {
                    recipients.entry(reader).or_insert(Visibility::Member);
                }
            }
            // The sender of an invitation may have left.
            let invited = activity.user_organizations.iter().filter(|its| its.is_inviter);
            for (reader, access) in invited.flat_map(|its| connected.members(its.id)) {
                if access.may(Capability::ManageInvitations) {
                    recipients.entry(reader).or_insert(Visibility::Quote);
                }
            }
            add_invited(&mut recipients, activity, connected);
            recipients.extend(subject.map(|user| (user, Visibility::Subject)));
        }
        // These recipients get the unread mark; the resource itself goes to the streams of its
        // organization.
        kind if kind.is_resource() => {
            let others = members().filter(|(user, _)| change.actor_id != Some(*user));
            let readers = others.filter(|(_, access)| can_read_resources(*access));
            recipients.extend(readers.map(|(user, _)| (user, Visibility::Member)));
        }
        _ => {}
    }
    recipients
}

/// Adds the users with an invitation that quotes what has changed, unless they see more of it.
fn add_invited(
    recipients: &mut HashMap<UserId, Visibility>,
    activity: &Activity,
    connected: &ConnectedMembers,
) {
    let invited = activity.invited_users.iter().filter(|user| connected.is_connected(**user));
    for user in invited {
        recipients.entry(*user).or_insert(Visibility::Quote);
    }
}

/// The visibility of a change that catch-up found for `user`, who has these roles now.
#[must_use]
pub fn visibility_for(
    user: UserId,
    change: &NewActivity,
    roles: &HashMap<OrganizationId, Role>,
    merged: &Merged,
) -> Visibility {
    if change.user_id == Some(user) {
        return Visibility::Subject;
    }
    match change.kind {
        _ if merged.as_quote => Visibility::Quote,
        ActivityKind::User if merged.shared_as_admin => Visibility::Admin,
        // Every reader sees the same of a resource.
        kind if kind.is_resource() => Visibility::Member,
        _ => change
            .organization_id
            .and_then(|id| roles.get(&id))
            .map_or(Visibility::Member, |role| user_visibility(Access::Member(*role))),
    }
}

/// Whether a reader with this access receives the resources of the organization.
#[must_use]
pub fn can_read_resources(access: Access) -> bool {
    access.may(Capability::ReadOrganization)
}

/// How much a member of a shared organization sees of another user.
fn user_visibility(access: Access) -> Visibility {
    if access.may(Capability::SeeEmails) { Visibility::Admin } else { Visibility::Member }
}
