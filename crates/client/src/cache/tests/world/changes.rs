//! The changes of the simulated server.

use uuid::Uuid;

use super::World;
use crate::cache::fixtures::{READER, moment};
use contract::view::{
    InvitationView, InvitingOrganization, MembershipView, MenuPreferences, OrganizationView,
    UserView,
};
use contract::{
    Action, Capability, Colour, Description, Email, Entity, InvitationId, MembershipId, Name,
    OrganizationId, Position, Role, Slug, StreamMessage, UserId,
};

impl World {
    pub(super) fn create_organization(&mut self, founder: usize) -> Vec<StreamMessage> {
        let number = self.next_number();
        let name = format!("organization {number}");
        let organization = OrganizationView {
            id: OrganizationId::from_uuid(Uuid::from_u128(u128::from(number))),
            slug: Slug::from_name(&name).unwrap(),
            name: Name::parse(&name).unwrap(),
            colour: Colour::Teal,
            picture: None,
            description: Description::default(),
            version: 1,
            created_at: moment(0),
        };
        self.organizations.push(organization);
        self.join(self.organizations.len() - 1, founder)
    }

    pub(super) fn join(&mut self, which: usize, who: usize) -> Vec<StreamMessage> {
        let Some(index) = index_of_choice(&self.organizations, which) else { return Vec::new() };
        let (organization_id, user) = (self.organizations[index].id, self.users[who].clone());
        let belongs =
            |its: &MembershipView| its.organization_id == organization_id && its.user.id == user.id;
        if self.memberships.iter().any(belongs) {
            return Vec::new();
        }
        let number = self.next_number();
        let membership = MembershipView {
            id: MembershipId::from_uuid(Uuid::from_u128(u128::from(number))),
            organization_id,
            user,
            role: if number.is_multiple_of(2) { Role::Admin } else { Role::Member },
            version: 1,
            created_at: moment(0),
            preferences: Some(MenuPreferences {
                archived: false,
                muted: false,
                display_order: f64::from(number % 5),
                seen: Position(self.position),
                version: 1,
            }),
            organization: None,
        };
        self.memberships.push(membership.clone());
        self.membership_messages(Action::Created, &membership)
    }

    pub(super) fn end_membership(&mut self, which: usize) -> Vec<StreamMessage> {
        let Some(index) = index_of_choice(&self.memberships, which) else { return Vec::new() };
        let messages = self.membership_messages(Action::Deleted, &self.memberships[index].clone());
        self.memberships.remove(index);
        messages
    }

    pub(super) fn change_role(&mut self, which: usize) -> Vec<StreamMessage> {
        self.update_membership(which, "role", |membership| {
            membership.version += 1;
            membership.role = match membership.role {
                Role::Admin => Role::Member,
                Role::Member => Role::Admin,
            };
        })
    }

    pub(super) fn change_preferences(&mut self, which: usize) -> Vec<StreamMessage> {
        let number = self.next_number();
        let seen = Position(self.position);
        let messages = self.update_membership(which, "displayOrder", |membership| {
            if let Some(preferences) = &mut membership.preferences {
                preferences.version += 1;
                if number.is_multiple_of(3) {
                    preferences.seen = seen;
                } else {
                    preferences.display_order = f64::from(number % 5);
                }
            }
        });
        // Only the subject gets this message.
        messages.into_iter().filter(|message| message.user_id == Some(READER)).collect()
    }

    pub(super) fn update_membership(
        &mut self,
        which: usize,
        field: &str,
        change: impl FnOnce(&mut MembershipView),
    ) -> Vec<StreamMessage> {
        let Some(index) = index_of_choice(&self.memberships, which) else { return Vec::new() };
        let news = self.unread.clone();
        change(&mut self.memberships[index]);
        let mut messages =
            self.membership_messages(Action::Updated, &self.memberships[index].clone());
        let is_news = field == "role";
        for message in &mut messages {
            message.changed = vec![field.to_owned()];
            message.unread = message.unread.filter(|_| is_news);
        }
        if !is_news {
            // `messages` marks every message as unread.
            self.unread = news;
        }
        messages
    }

    pub(super) fn rename_organization(&mut self, which: usize) -> Vec<StreamMessage> {
        let Some(index) = index_of_choice(&self.organizations, which) else { return Vec::new() };
        let name = format!("organization {}", self.next_number());
        let organization = &mut self.organizations[index];
        organization.name = Name::parse(&name).unwrap();
        organization.version += 1;
        let organization = organization.clone();
        let id = organization.id;
        let is_delivered = self.access(id).may(Capability::ReadOrganization);
        for invitation in self.invitations.iter_mut().filter(|its| its.organization.id == id) {
            invitation.organization.name = organization.name.clone();
        }
        let entity = Entity::Organization(Some(organization));
        let messages =
            self.messages(is_delivered, Action::Updated, id.uuid(), Some(id), None, entity);
        if is_delivered { messages } else { self.quote_messages(id.uuid()) }
    }

    /// The message for a reader who learns of the change only because an invitation quotes its subject.
    fn quote_messages(&mut self, subject_id: Uuid) -> Vec<StreamMessage> {
        let mut open = self.invitations.iter().filter(|its| its.rejected_at.is_none());
        let is_delivered = open.any(|its| {
            let (organization, inviter) = (its.organization.id, its.inviter_id.map(UserId::uuid));
            let may_manage = || self.access(organization).may(Capability::ManageInvitations);
            let is_invited = its.user_id == Some(READER);
            is_invited && organization.uuid() == subject_id
                || inviter == Some(subject_id) && (is_invited || may_manage())
        });
        self.messages(is_delivered, Action::Updated, subject_id, None, None, Entity::Quote)
    }

    pub(super) fn rename_user(&mut self, who: usize) -> Vec<StreamMessage> {
        let name = format!("person {}", self.next_number());
        self.users[who].name = Name::parse(&name).unwrap();
        self.users[who].version += 1;
        let UserView { id, name, .. } = self.users[who].clone();
        for invitation in self.invitations.iter_mut().filter(|its| its.inviter_id == Some(id)) {
            invitation.invited_by = Some(name.clone());
        }
        let messages = self.user_messages(who, Capability::ReadOrganization);
        if messages.is_empty() { self.quote_messages(id.uuid()) } else { messages }
    }

    pub(super) fn change_email(&mut self, who: usize) -> Vec<StreamMessage> {
        let email = format!("address-{}@example.com", self.next_number());
        let user = &mut self.users[who];
        user.email = Some(Email::parse(&email).unwrap());
        user.email_version = user.email_version.map(|version| version + 1);
        self.user_messages(who, Capability::SeeEmails)
    }

    /// Returns the messages about a user's change, which readers with the capability receive.
    fn user_messages(&mut self, who: usize, capability: Capability) -> Vec<StreamMessage> {
        let user = self.users[who].clone();
        for membership in &mut self.memberships {
            if membership.user.id == user.id {
                membership.user = user.clone();
            }
        }
        let theirs = self.memberships.iter().filter(|its| its.user.id == user.id);
        let shared: Vec<_> = theirs.map(|its| self.access(its.organization_id)).collect();
        let may = |capability| shared.iter().any(|access| access.may(capability));
        let is_delivered = user.id == READER || may(capability);
        let sees_email = user.id == READER || may(Capability::SeeEmails);
        let shown = if sees_email { user.clone() } else { user.clone().without_email() };
        let entity = Entity::User(Some(shown));
        self.messages(is_delivered, Action::Updated, user.id.uuid(), None, None, entity)
    }

    pub(super) fn write_note(&mut self, which: usize) -> Vec<StreamMessage> {
        let Some(index) = index_of_choice(&self.organizations, which) else { return Vec::new() };
        let id = self.organizations[index].id;
        let is_delivered = self.access(id).may(Capability::ReadOrganization);
        self.messages(is_delivered, Action::Updated, id.uuid(), Some(id), None, Entity::Unread)
    }

    pub(super) fn delete_organization(&mut self, which: usize) -> Vec<StreamMessage> {
        let Some(index) = index_of_choice(&self.organizations, which) else { return Vec::new() };
        let id = self.organizations[index].id;
        let is_delivered = self.access(id).may(Capability::ReadOrganization);
        let gone = Entity::Organization(None);
        let mut messages =
            self.messages(is_delivered, Action::Deleted, id.uuid(), Some(id), None, gone);
        let invited = |its: &InvitationView| its.organization.id == id;
        while let Some(invitation) = self.invitations.iter().position(invited) {
            messages.extend(self.revoke(invitation));
        }
        let belongs = |its: &MembershipView| its.organization_id == id;
        while let Some(membership) = self.memberships.iter().position(belongs) {
            messages.extend(self.end_membership(membership));
        }
        self.organizations.remove(index);
        messages
    }

    pub(super) fn invite(&mut self, which: usize, who: usize) -> Vec<StreamMessage> {
        let Some(index) = index_of_choice(&self.organizations, which) else { return Vec::new() };
        let number = self.next_number();
        let organization = &self.organizations[index];
        let inviter = &self.users[(who + 1) % self.users.len()];
        let invitation = InvitationView {
            id: InvitationId::from_uuid(Uuid::from_u128(u128::from(number))),
            organization: InvitingOrganization {
                id: organization.id,
                name: organization.name.clone(),
                slug: organization.slug.clone(),
                colour: Colour::Teal,
                inline_picture: None,
            },
            email: Email::parse(&format!("invited-{number}@example.com")).unwrap(),
            user_id: Some(self.users[who].id),
            role: Role::Member,
            invited_by: Some(inviter.name.clone()),
            inviter_id: Some(inviter.id),
            rejected_at: None,
            expires_at: moment(60),
            version: 1,
            created_at: moment(i64::from(number)),
        };
        self.invitations.push(invitation.clone());
        self.invitation_messages(Action::Created, &invitation)
    }

    /// Declines the invitation, or sends a declined one again.
    pub(super) fn decline_or_resend(&mut self, which: usize) -> Vec<StreamMessage> {
        let Some(index) = index_of_choice(&self.invitations, which) else { return Vec::new() };
        let invitation = &mut self.invitations[index];
        invitation.rejected_at = invitation.rejected_at.xor(Some(moment(5)));
        invitation.version += 1;
        let invitation = invitation.clone();
        self.invitation_messages(Action::Updated, &invitation)
    }

    pub(super) fn revoke(&mut self, which: usize) -> Vec<StreamMessage> {
        let Some(index) = index_of_choice(&self.invitations, which) else { return Vec::new() };
        let invitation = self.invitations.remove(index);
        self.invitation_messages(Action::Deleted, &invitation)
    }
}

fn index_of_choice<T>(items: &[T], which: usize) -> Option<usize> {
    which.checked_rem(items.len())
}
