//! Who receives an activity, and how much of it they see: the rules of "Who gets what" in
//! `docs/protocol.md`. Without I/O.

use std::collections::HashMap;

use contract::permission::MembershipVisibility as Visibility;
use contract::{Access, Action, Capability, OrganizationId, Role, UserId};

use super::connected_members::ConnectedMembers;
use super::related_entities::RelatedEntities;
use activity::{Activity, ActivityKind};

/// The connected users who receive an activity on their own stream, each with their visibility.
#[must_use]
pub fn recipients(
    activity: &Activity,
    connected: &ConnectedMembers,
    related_entities: &RelatedEntities,
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
            let shared =
                change.user_id.into_iter().flat_map(|user| related_entities.organizations_of(user));
            for (reader, access) in shared.flat_map(|id| connected.members(*id)) {
                let visibility = user_visibility(access);
                let widest = recipients.entry(reader).or_insert(visibility);
                if visibility == Visibility::Admin {
                    *widest = visibility;
                }
            }
            // Former members remain the authors of what they wrote.
            let authored =
                change.user_id.into_iter().flat_map(|user| related_entities.authored_in(user));
            for (reader, access) in authored.flat_map(|id| connected.members(*id)) {
                if can_read_resources(access) {
                    recipients.entry(reader).or_insert(Visibility::Member);
                }
            }
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

/// The visibility of an activity that catch-up found for `user`, who has these roles now.
#[must_use]
pub fn visibility_for(
    user: UserId,
    activity: &Activity,
    roles: &HashMap<OrganizationId, Role>,
    related_entities: &RelatedEntities,
) -> Visibility {
    let change = &activity.change;
    if change.user_id == Some(user) {
        return Visibility::Subject;
    }
    let visibility_in = |id: &OrganizationId| user_visibility(roles.get(id).copied().into());
    match change.kind {
        ActivityKind::User => change
            .user_id
            .into_iter()
            .flat_map(|id| related_entities.organizations_of(id))
            .map(visibility_in)
            .find(|visibility| *visibility == Visibility::Admin)
            .unwrap_or(Visibility::Member),
        // Every reader sees the same of a resource.
        kind if kind.is_resource() => Visibility::Member,
        _ => change.organization_id.as_ref().map_or(Visibility::Member, visibility_in),
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
