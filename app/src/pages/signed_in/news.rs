//! What a message of the stream means to the person who reads it, in a sentence.

use std::collections::{HashMap, HashSet};

use crate::components::{Link, Toast};
use crate::pages::organization::Tab;
use crate::pages::path;
use client::cache::Menu;
use contract::view::{InvitationView, MembershipView, OrganizationView};
use contract::{Action, Entity, OrganizationId, Role, StreamMessage, UserId};

/// Tells what happened to one person.
#[derive(Debug, Default)]
pub struct News {
    /// Deleting an organization ends its memberships too, which is no news of its own.
    deleted: HashSet<OrganizationId>,
    /// Where the reader belongs, or did until they were told otherwise: the menu may well have been
    /// read again before the message comes that says why something isn't in it any more.
    held: HashMap<OrganizationId, OrganizationView>,
}

impl News {
    /// Remembers what is in the menu.
    pub fn know(&mut self, menu: &Menu) {
        let organizations = menu.items.iter().filter_map(|item| item.organization.as_ref());
        self.held.extend(organizations.map(|its| (its.id, its.clone())));
    }

    /// The sentence, if this message means something to `reader` whose menu was `menu` before it.
    pub fn tell(&mut self, message: &StreamMessage, reader: UserId, menu: &Menu) -> Option<Toast> {
        let by_reader = message.actor_id == Some(reader);
        match (&message.entity, message.action) {
            (Entity::Organization(None), _) => {
                self.deleted.extend(message.organization_id);
                self.let_go(message, menu).map(|its| gone(format!("{} was deleted.", its.name)))
            }
            _ if message.user_id != Some(reader) => None,
            (Entity::Membership(None), _) => {
                let its =
                    self.let_go(message, menu).filter(|its| !self.deleted.contains(&its.id))?;
                let how = if by_reader { "left" } else { "were removed from" };
                Some(gone(format!("You {how} {}.", its.name)))
            }
            (Entity::Membership(Some(membership)), Action::Created) if !by_reader => {
                added(membership)
            }
            (Entity::Membership(Some(membership)), Action::Updated) if !by_reader => {
                new_role(membership, menu, message)
            }
            (Entity::Invitation(Some(invitation)), Action::Created) if !by_reader => {
                Some(invited(invitation))
            }
            _ => None,
        }
    }

    /// The organization to which the reader doesn't belong from now on, if they did.
    fn let_go(&mut self, message: &StreamMessage, menu: &Menu) -> Option<OrganizationView> {
        let id = message.organization_id?;
        let held = self.held.remove(&id);
        organization(menu, id).cloned().or(held)
    }
}

fn organization(menu: &Menu, id: OrganizationId) -> Option<&OrganizationView> {
    menu.items.iter().filter_map(|item| item.organization.as_ref()).find(|its| its.id == id)
}

fn gone(text: String) -> Toast {
    let link = Link { text: "Go to home", href: path::HOME.to_owned() };
    Toast { text, link: Some(link), failed: false }
}

/// That somebody is in an organization now, and the way there.
pub fn joined(how: &str, organization: &OrganizationView) -> Toast {
    let link = Link { text: "Open", href: Tab::Members.path(&organization.slug) };
    Toast { text: format!("You {how} {}.", organization.name), link: Some(link), failed: false }
}

fn added(membership: &MembershipView) -> Option<Toast> {
    membership.organization.as_ref().map(|organization| joined("were added to", organization))
}

fn new_role(membership: &MembershipView, menu: &Menu, message: &StreamMessage) -> Option<Toast> {
    let its = membership.organization.as_ref()?;
    let held = menu.items.iter().find(|held| held.id == membership.id);
    let differs = held.is_none_or(|held| held.role != membership.role);
    if !differs || !message.changed.iter().any(|field| field == "role") {
        return None;
    }
    Some(match membership.role {
        Role::Member => joined("are now a member of", its),
        Role::Admin => {
            let link = Link { text: "Settings", href: Tab::Settings.path(&its.slug) };
            Toast { link: Some(link), ..joined("are now an admin of", its) }
        }
    })
}

fn invited(invitation: &InvitationView) -> Toast {
    let link = Link { text: "View invitation", href: path::HOME.to_owned() };
    let text = format!("You were invited to {}.", invitation.organization.name);
    Toast { text, link: Some(link), failed: false }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ME: &str = "00000000-0000-7000-8000-000000000001";
    const OTHER: &str = "00000000-0000-7000-8000-000000000002";
    const NORTH: &str = "00000000-0000-7000-8000-00000000000a";
    const MINE: &str = "00000000-0000-7000-8000-00000000000b";

    fn membership(role: &str) -> Value {
        json!({
            "id": MINE,
            "organizationId": NORTH,
            "user": { "id": ME, "name": "Ada", "version": 1 },
            "role": role,
            "version": 1,
            "createdAt": "2026-11-24T08:00:00Z",
            "organization": {
                "id": NORTH,
                "name": "North Wind",
                "slug": "north-wind",
                "colour": "teal",
                "description": "",
                "version": 1,
                "createdAt": "2026-11-24T08:00:00Z",
            },
        })
    }

    fn menu() -> Menu {
        serde_json::from_value(json!({ "items": [membership("member")] })).unwrap()
    }

    fn message(kind: &str, action: &str, by: &str, entity: Value) -> StreamMessage {
        let mut message = json!({
            "position": 1,
            "action": action,
            "subjectId": if kind == "organization" { NORTH } else { MINE },
            "organizationId": NORTH,
            "actorId": by,
            "changed": ["role"],
            "kind": kind,
            "at": "2026-11-24T08:00:00Z",
        });
        if kind == "membership" {
            message["userId"] = json!(ME);
        }
        if !entity.is_null() {
            message["entity"] = entity;
        }
        serde_json::from_value(message).unwrap()
    }

    fn told(messages: &[StreamMessage]) -> Vec<String> {
        let mut news = News::default();
        let reader = ME.parse().unwrap();
        messages.iter().filter_map(|it| news.tell(it, reader, &menu())).map(|it| it.text).collect()
    }

    #[test]
    fn being_removed_and_leaving_are_told_apart() {
        let by = |who| told(&[message("membership", "deleted", who, Value::Null)]);
        assert_eq!(by(OTHER), ["You were removed from North Wind."]);
        assert_eq!(by(ME), ["You left North Wind."]);
    }

    #[test]
    fn the_memberships_that_end_with_an_organization_are_no_news() {
        let messages = [
            message("organization", "deleted", OTHER, Value::Null),
            message("membership", "deleted", OTHER, Value::Null),
        ];
        assert_eq!(told(&messages), ["North Wind was deleted."]);
    }

    #[test]
    fn what_the_menu_has_lost_before_is_told_all_the_same_and_once() {
        let empty: Menu = serde_json::from_value(json!({ "items": [] })).unwrap();
        let mut news = News::default();
        news.know(&menu());
        let mut told = || {
            let deleted = message("organization", "deleted", ME, Value::Null);
            news.tell(&deleted, ME.parse().unwrap(), &empty).map(|it| it.text)
        };
        assert_eq!(told().as_deref(), Some("North Wind was deleted."));
        assert_eq!(told(), None);
    }

    #[test]
    fn a_new_role_is_news_unless_it_is_held_already_or_of_ones_own_making() {
        let admin = |by| told(&[message("membership", "updated", by, membership("admin"))]);
        assert_eq!(admin(OTHER), ["You are now an admin of North Wind."]);
        assert_eq!(admin(ME), [""; 0]);
        let same = message("membership", "updated", OTHER, membership("member"));
        assert_eq!(told(&[same]), [""; 0]);
    }

    #[test]
    fn being_added_is_news_but_accepting_an_invitation_is_not() {
        let added = |by| told(&[message("membership", "created", by, membership("member"))]);
        assert_eq!(added(OTHER), ["You were added to North Wind."]);
        assert_eq!(added(ME), [""; 0]);
    }

    #[test]
    fn all_news_says_where_to_go_next() {
        let next = |message| {
            let toast = News::default().tell(&message, ME.parse().unwrap(), &menu());
            toast.and_then(|toast| toast.link).map(|link| link.href)
        };
        let removed = message("membership", "deleted", OTHER, Value::Null);
        assert_eq!(next(removed).as_deref(), Some("/home"));
        let deleted = message("organization", "deleted", OTHER, Value::Null);
        assert_eq!(next(deleted).as_deref(), Some("/home"));
        let added = message("membership", "created", OTHER, membership("member"));
        assert_eq!(next(added).as_deref(), Some("/o/north-wind/members"));
        let promoted = message("membership", "updated", OTHER, membership("admin"));
        assert_eq!(next(promoted).as_deref(), Some("/o/north-wind/settings"));
    }

    #[test]
    fn what_happens_to_others_is_no_news() {
        let mut other = message("membership", "deleted", ME, Value::Null);
        other.user_id = Some(OTHER.parse().unwrap());
        assert_eq!(told(&[other]), [""; 0]);
    }
}
