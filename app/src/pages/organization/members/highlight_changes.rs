//! Highlights and announces what others change in the list.

use super::state::MembersState;
use client::api;
use client::cache::Members;
use contract::view::MembershipView;
use contract::{Action, Entity, Role, StreamMessage};

/// Highlights the member that a message is about and announces the change, unless this tab made it.
/// It compares the message with the list, so call it before the message is applied.
pub fn highlight(state: MembersState, message: &StreamMessage) {
    if message.mutation_id.is_some_and(api::is_own_mutation) {
        return;
    }
    let change = state.members.map_untracked(|members| describe(members, message)).flatten();
    let Some(Change { membership, sentence }) = change else { return };
    if message.action != Action::Deleted {
        state.highlights.add(membership.id.uuid());
    }
    state.highlights.announce(sentence);
}

struct Change {
    membership: MembershipView,
    sentence: String,
}

/// Returns the change that a message makes to the list; none if the list shows it already.
fn describe(members: &Members, message: &StreamMessage) -> Option<Change> {
    let find = |id| members.items.iter().find(|item| item.id.uuid() == id);
    let is_here = message.organization_id == Some(members.organization_id);
    let (membership, sentence) = match &message.entity {
        Entity::Membership(Some(new)) if is_here => {
            let name = &new.user.name;
            let sentence = match find(message.subject_id) {
                None => format!("{name} is now a member."),
                Some(old) if old.role != new.role && old.version < new.version => {
                    format!("{name} is now {}.", role_with_article(new.role))
                }
                Some(_) => return None,
            };
            (new, sentence)
        }
        Entity::Membership(None) if is_here => {
            let old = find(message.subject_id)?;
            let name = &old.user.name;
            let by_themselves = message.actor_id == Some(old.user.id);
            let how = if by_themselves { "left" } else { "was removed" };
            (old, format!("{name} {how}."))
        }
        Entity::User(Some(new)) => {
            let old = members.items.iter().find(|item| item.user.id == new.id)?;
            if old.user.name == new.name || old.user.version >= new.version {
                return None;
            }
            (old, format!("{} changed their name to {}.", old.user.name, new.name))
        }
        _ => return None,
    };
    Some(Change { membership: membership.clone(), sentence })
}

const fn role_with_article(role: Role) -> &'static str {
    match role {
        Role::Admin => "an admin",
        Role::Member => "a member",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use client::cache::Patch as _;
    use client::cache::fixtures::*;

    fn two() -> Members {
        let both = vec![member(ORGANIZATION, 1, "Ada"), member(ORGANIZATION, 2, "Grace")];
        Members::new(ORGANIZATION, both)
    }

    fn described(members: &Members, message: &StreamMessage) -> Option<String> {
        describe(members, message).map(|change| change.sentence)
    }

    #[test]
    fn changes_are_announced_until_the_list_shows_them() {
        let grace = member(ORGANIZATION, 2, "Grace");
        let promoted = MembershipView { role: Role::Admin, ..newer(grace.clone()) };
        for (message, sentence) in [
            (created(member(ORGANIZATION, 3, "Linus")), "Linus is now a member."),
            (updated(promoted), "Grace is now an admin."),
            (user_renamed(&grace.user, "Amazing"), "Grace changed their name to Amazing."),
            (membership_deleted(&grace, READER), "Grace was removed."),
            (membership_deleted(&grace, grace.user.id), "Grace left."),
        ] {
            let mut members = two();
            assert_eq!(described(&members, &message).as_deref(), Some(sentence));
            let _ = members.patch(&message, OTHER);
            assert_eq!(described(&members, &message), None, "{sentence}");
        }
    }

    #[test]
    fn changes_that_the_list_does_not_show_are_not_announced() {
        for message in [
            created(member(ELSEWHERE, 3, "Linus")),
            membership_deleted(&member(ELSEWHERE, 2, "Grace"), READER),
            updated(newer(member(ORGANIZATION, 2, "Grace"))),
        ] {
            assert_eq!(described(&two(), &message), None);
        }
    }
}
