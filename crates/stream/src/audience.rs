//! Who gets an activity, and how they see it. The rules of "Who gets what" in `docs/protocol.md`.

use std::collections::HashMap;

use contract::permission::MembershipLens as Lens;
use contract::{Action, Capability, Standing, UserId};

use super::readers::Readers;
use super::surroundings::Surroundings;
use activity::{Activity, ActivityKind};

/// The connected readers of an activity. Each once, with the way they see it.
#[must_use]
pub fn of(
    activity: &Activity,
    readers: &Readers,
    surroundings: &Surroundings,
) -> HashMap<UserId, Lens> {
    let change = &activity.change;
    let subject = change.user_id.filter(|user| readers.has(*user));
    let members = || change.organization_id.into_iter().flat_map(|id| readers.members(id));
    let mut audience = HashMap::new();
    match change.kind {
        ActivityKind::Membership => {
            audience.extend(members().filter_map(|(user, standing)| {
                let is_subject = change.user_id == Some(user);
                Some((user, standing.membership_lens(is_subject)?))
            }));
            audience.extend(subject.map(|user| (user, Lens::Subject)));
        }
        ActivityKind::Organization => {
            audience.extend(members().map(|(user, _)| (user, Lens::Member)));
        }
        ActivityKind::Invitation => {
            audience.extend(
                members()
                    .filter(|(_, standing)| standing.may(Capability::ManageInvitations))
                    .map(|(user, _)| (user, Lens::Admin)),
            );
            audience.extend(subject.map(|user| (user, Lens::Subject)));
        }
        // A user's end is told by the end of their memberships.
        ActivityKind::User if change.action == Action::Updated => {
            let shared =
                change.user_id.into_iter().flat_map(|user| surroundings.organizations_of(user));
            for (reader, standing) in shared.flat_map(|id| readers.members(*id)) {
                let lens = user_lens(standing);
                let widest = audience.entry(reader).or_insert(lens);
                if lens == Lens::Admin {
                    *widest = lens;
                }
            }
            let holding = change.user_id.into_iter().flat_map(|user| surroundings.wrote_in(user));
            for (reader, standing) in holding.flat_map(|id| readers.members(*id)) {
                if follows(standing) {
                    audience.entry(reader).or_insert(Lens::Member);
                }
            }
            audience.extend(subject.map(|user| (user, Lens::Subject)));
        }
        // The thing itself is for who follows the organization, see below.
        kind if kind.is_held() => {
            let others = members().filter(|(user, _)| change.actor_id != Some(*user));
            let told = others.filter(|(_, standing)| follows(*standing));
            audience.extend(told.map(|(user, _)| (user, Lens::Member)));
        }
        _ => {}
    }
    audience
}

/// Whether a reader of that standing gets what the organization holds.
#[must_use]
pub fn follows(standing: Standing) -> bool {
    standing.may(Capability::ReadOrganization)
}

/// How a member of a shared organization sees another person.
#[must_use]
pub fn user_lens(standing: Standing) -> Lens {
    if standing.may(Capability::SeeEmails) { Lens::Admin } else { Lens::Member }
}
