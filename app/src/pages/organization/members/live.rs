//! Highlights what others change.

use super::desk::Desk;
use client::api;
use client::cache::Members;
use contract::view::MembershipView;
use contract::{Action, Entity, Role, StreamMessage};

/// Highlights the member that a message is about, and says what became of them; what this tab did
/// itself is no news. To be called before the message is applied.
pub fn mark(desk: Desk, message: &StreamMessage) {
    if message.mutation_id.is_some_and(api::is_own_mutation) {
        return;
    }
    let news = desk.members.map_untracked(|members| news(members, message)).flatten();
    let Some(News { membership, sentence }) = news else { return };
    if message.action != Action::Deleted {
        desk.marks.mark(membership.id.uuid());
    }
    desk.marks.tell(sentence);
}

struct News {
    membership: MembershipView,
    sentence: String,
}

/// What the message says that the list doesn't show yet.
fn news(members: &Members, message: &StreamMessage) -> Option<News> {
    let find = |id| members.items.iter().find(|item| item.id.uuid() == id);
    let of_this_one = message.organization_id == Some(members.organization_id);
    let (membership, sentence) = match &message.entity {
        Entity::Membership(Some(told)) if of_this_one => {
            let name = &told.user.name;
            let sentence = match find(message.subject_id) {
                None => format!("{name} is now a member."),
                Some(held) if held.role != told.role && held.version < told.version => {
                    format!("{name} is now {}.", as_what(told.role))
                }
                Some(_) => return None,
            };
            (told, sentence)
        }
        Entity::Membership(None) if of_this_one => {
            let held = find(message.subject_id)?;
            let name = &held.user.name;
            let by_themselves = message.actor_id == Some(held.user.id);
            let how = if by_themselves { "left" } else { "was removed" };
            (held, format!("{name} {how}."))
        }
        Entity::User(Some(told)) => {
            let held = members.items.iter().find(|item| item.user.id == told.id)?;
            if held.user.name == told.name || held.user.version >= told.version {
                return None;
            }
            (held, format!("{} changed their name to {}.", held.user.name, told.name))
        }
        _ => return None,
    };
    Some(News { membership: membership.clone(), sentence })
}

const fn as_what(role: Role) -> &'static str {
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

    fn told(members: &Members, message: &StreamMessage) -> Option<String> {
        news(members, message).map(|news| news.sentence)
    }

    #[test]
    fn who_comes_goes_changes_role_or_name_is_news_until_the_list_shows_it() {
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
            assert_eq!(told(&members, &message).as_deref(), Some(sentence));
            let _ = members.patch(&message, OTHER);
            assert_eq!(told(&members, &message), None, "{sentence}");
        }
    }

    #[test]
    fn what_happens_elsewhere_is_no_news() {
        for message in [
            created(member(ELSEWHERE, 3, "Linus")),
            membership_deleted(&member(ELSEWHERE, 2, "Grace"), READER),
            updated(newer(member(ORGANIZATION, 2, "Grace"))),
        ] {
            assert_eq!(told(&two(), &message), None);
        }
    }
}
