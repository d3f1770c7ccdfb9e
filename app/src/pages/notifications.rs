//! The toasts for messages of the user stream that concern the person: added to an organization,
//! removed, a new role, an invitation.

use std::collections::{HashMap, HashSet};

use crate::components::{Link, Toast};
use crate::pages::routes;
use crate::pages::routes::Tab;
use client::cache::Menu;
use contract::view::{InvitationView, MembershipView, OrganizationView};
use contract::{Action, Entity, OrganizationId, Role, StreamMessage, UserId};

/// Makes toasts of messages, and remembers what later messages need.
#[derive(Debug, Default)]
pub struct Notifications {
    /// Deleted organizations: the messages that their memberships ended get no toast.
    deleted: HashSet<OrganizationId>,
    /// The person's organizations, including those that left the menu without a message so far: a
    /// refetched menu may be ahead of the stream.
    organizations: HashMap<OrganizationId, OrganizationView>,
}

impl Notifications {
    /// Remembers the organizations of the menu.
    pub fn remember_organizations(&mut self, menu: &Menu) {
        let organizations = menu.items.iter().filter_map(|item| item.organization.as_ref());
        self.organizations.extend(organizations.map(|its| (its.id, its.clone())));
    }

    /// Returns the toast for a message, if it concerns `reader`. `menu` is their menu before the
    /// message.
    pub fn toast_for(
        &mut self,
        message: &StreamMessage,
        reader: UserId,
        menu: &Menu,
    ) -> Option<Toast> {
        let by_reader = message.actor_id == Some(reader);
        match (&message.entity, message.action) {
            (Entity::Organization(None), _) => {
                self.deleted.extend(message.organization_id);
                self.take_organization(message, menu)
                    .map(|its| lost(format!("{} was deleted.", its.name)))
            }
            _ if message.user_id != Some(reader) => None,
            (Entity::Membership(None), _) => {
                let its = self
                    .take_organization(message, menu)
                    .filter(|its| !self.deleted.contains(&its.id))?;
                let how = if by_reader { "left" } else { "were removed from" };
                Some(lost(format!("You {how} {}.", its.name)))
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

    /// Returns the organization of the message, if the person belonged to it, and forgets it, so that a
    /// second message about the same loss gets no toast.
    fn take_organization(
        &mut self,
        message: &StreamMessage,
        menu: &Menu,
    ) -> Option<OrganizationView> {
        let id = message.organization_id?;
        let remembered = self.organizations.remove(&id);
        find_organization(menu, id).cloned().or(remembered)
    }
}

fn find_organization(menu: &Menu, id: OrganizationId) -> Option<&OrganizationView> {
    menu.items.iter().filter_map(|item| item.organization.as_ref()).find(|its| its.id == id)
}

fn lost(text: String) -> Toast {
    let link = Link { text: "Go to home", href: routes::HOME.to_owned() };
    Toast { text, link: Some(link), failed: false }
}

/// Returns the toast `You {how} {organization}.` with a link to the organization.
pub fn joined(how: &str, organization: &OrganizationView) -> Toast {
    let link = Link { text: "Open", href: Tab::Members.path(&organization.slug) };
    Toast { text: format!("You {how} {}.", organization.name), link: Some(link), failed: false }
}

fn added(membership: &MembershipView) -> Option<Toast> {
    membership.organization.as_ref().map(|organization| joined("were added to", organization))
}

fn new_role(membership: &MembershipView, menu: &Menu, message: &StreamMessage) -> Option<Toast> {
    let its = membership.organization.as_ref()?;
    let current = menu.items.iter().find(|current| current.id == membership.id);
    let differs = current.is_none_or(|current| current.role != membership.role);
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
    let link = Link { text: "View invitation", href: routes::HOME.to_owned() };
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

    fn toasts(messages: &[StreamMessage]) -> Vec<String> {
        let mut notifications = Notifications::default();
        let reader = ME.parse().unwrap();
        messages
            .iter()
            .filter_map(|it| notifications.toast_for(it, reader, &menu()))
            .map(|it| it.text)
            .collect()
    }

    #[test]
    fn removed_and_leaving_members_get_different_toasts() {
        let by = |who| toasts(&[message("membership", "deleted", who, Value::Null)]);
        assert_eq!(by(OTHER), ["You were removed from North Wind."]);
        assert_eq!(by(ME), ["You left North Wind."]);
    }

    #[test]
    fn deleted_organization_gets_a_single_toast() {
        let messages = [
            message("organization", "deleted", OTHER, Value::Null),
            message("membership", "deleted", OTHER, Value::Null),
        ];
        assert_eq!(toasts(&messages), ["North Wind was deleted."]);
    }

    #[test]
    fn deletion_that_the_menu_shows_already_gets_one_toast() {
        let empty: Menu = serde_json::from_value(json!({ "items": [] })).unwrap();
        let mut notifications = Notifications::default();
        notifications.remember_organizations(&menu());
        let mut toast = || {
            let deleted = message("organization", "deleted", ME, Value::Null);
            notifications.toast_for(&deleted, ME.parse().unwrap(), &empty).map(|it| it.text)
        };
        assert_eq!(toast().as_deref(), Some("North Wind was deleted."));
        assert_eq!(toast(), None);
    }

    #[test]
    fn role_change_gets_a_toast_unless_own_or_already_shown() {
        let admin = |by| toasts(&[message("membership", "updated", by, membership("admin"))]);
        assert_eq!(admin(OTHER), ["You are now an admin of North Wind."]);
        assert_eq!(admin(ME), [""; 0]);
        let same = message("membership", "updated", OTHER, membership("member"));
        assert_eq!(toasts(&[same]), [""; 0]);
    }

    #[test]
    fn added_member_gets_a_toast_unless_they_accepted_an_invitation() {
        let added = |by| toasts(&[message("membership", "created", by, membership("member"))]);
        assert_eq!(added(OTHER), ["You were added to North Wind."]);
        assert_eq!(added(ME), [""; 0]);
    }

    #[test]
    fn every_toast_has_a_link() {
        let next = |message| {
            let toast = Notifications::default().toast_for(&message, ME.parse().unwrap(), &menu());
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
    fn messages_about_others_get_no_toast() {
        let mut other = message("membership", "deleted", ME, Value::Null);
        other.user_id = Some(OTHER.parse().unwrap());
        assert_eq!(toasts(&[other]), [""; 0]);
    }
}
