//! Who gets an activity, and how they see it. The rules of "Who gets what" in `docs/protocol.md`.

use std::collections::HashMap;

use contract::permission::MembershipVisibility as Visibility;
use contract::{Access, Action, Capability, UserId};

use super::connected_members::ConnectedMembers;
use super::related_entities::RelatedEntities;
use activity::{Activity, ActivityKind};

/// The connected readers of an activity. Each once, with the way they see it.
#[must_use]
pub fn of(
    activity: &Activity,
    readers: &ConnectedMembers,
    related_entities: &RelatedEntities,
) -> HashMap<UserId, Visibility> {
    let change = &activity.change;
    let subject = change.user_id.filter(|user| readers.has(*user));
    let members = || change.organization_id.into_iter().flat_map(|id| readers.members(id));
    let mut audience = HashMap::new();
    match change.kind {
        ActivityKind::Membership => {
            audience.extend(members().filter_map(|(user, access)| {
                let is_subject = change.user_id == Some(user);
                Some((user, access.membership_lens(is_subject)?))
            }));
            audience.extend(subject.map(|user| (user, Visibility::Subject)));
        }
        ActivityKind::Organization => {
            audience.extend(members().map(|(user, _)| (user, Visibility::Member)));
        }
        ActivityKind::Invitation => {
            audience.extend(
                members()
                    .filter(|(_, access)| access.may(Capability::ManageInvitations))
                    .map(|(user, _)| (user, Visibility::Admin)),
            );
            audience.extend(subject.map(|user| (user, Visibility::Subject)));
        }
        // A user's end is told by the end of their memberships.
        ActivityKind::User if change.action == Action::Updated => {
            let shared =
                change.user_id.into_iter().flat_map(|user| related_entities.organizations_of(user));
            for (reader, access) in shared.flat_map(|id| readers.members(*id)) {
                let visibility = user_lens(access);
                let widest = audience.entry(reader).or_insert(visibility);
                if visibility == Visibility::Admin {
                    *widest = visibility;
                }
            }
            let holding =
                change.user_id.into_iter().flat_map(|user| related_entities.wrote_in(user));
            for (reader, access) in holding.flat_map(|id| readers.members(*id)) {
                if follows(access) {
                    audience.entry(reader).or_insert(Visibility::Member);
                }
            }
            audience.extend(subject.map(|user| (user, Visibility::Subject)));
        }
        // The thing itself is for who follows the organization, see below.
        kind if kind.is_resource() => {
            let others = members().filter(|(user, _)| change.actor_id != Some(*user));
            let told = others.filter(|(_, access)| follows(*access));
            audience.extend(told.map(|(user, _)| (user, Visibility::Member)));
        }
        _ => {}
    }
    audience
}

/// Whether a reader of that access gets what the organization holds.
#[must_use]
pub fn follows(access: Access) -> bool {
    access.may(Capability::ReadOrganization)
}

/// How a member of a shared organization sees another person.
#[must_use]
pub fn user_lens(access: Access) -> Visibility {
    if access.may(Capability::SeeEmails) { Visibility::Admin } else { Visibility::Member }
}
