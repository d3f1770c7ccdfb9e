//! A simulated server: tables, and a stream of what changes in them.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::cache::fixtures::{READER, moment};
use crate::cache::{Members, Menu, MyInvitations, OrganizationDetail, PendingInvitations};
use contract::view::{
    InvitationView, InvitingOrganization, Me, MembershipView, MenuPreferences, OrganizationView,
    UserView,
};
use contract::{
    Access, Action, Capability, Colour, Cursor, Description, Email, Entity, Epoch, InvitationId,
    MembershipId, Name, OrganizationId, Position, Role, Slug, StreamMessage, UserId,
};

/// Every query as it is fetched at one moment. `None` where the reader has no access.
pub struct Snapshot {
    pub me: Me,
    pub menu: Menu,
    pub mine: MyInvitations,
    pub members: Option<Members>,
    pub pending: Option<PendingInvitations>,
    pub detail: Option<OrganizationDetail>,
}

/// The pages of the first organization are open.
pub struct World {
    users: Vec<UserView>,
    organizations: Vec<OrganizationView>,
    memberships: Vec<MembershipView>,
    invitations: Vec<InvitationView>,
    watched: OrganizationId,
    /// The last number given to an id or version.
    last_number: u32,
    position: i64,
    /// The position of the latest change by others, per organization.
    unread: BTreeMap<OrganizationId, Position>,
}

impl World {
    pub fn new() -> Self {
        let user = |number: u128, name: &str| UserView {
            id: UserId::from_uuid(Uuid::from_u128(number)),
            name: Name::parse(name).unwrap(),
            email: Some(Email::parse(&format!("{name}@example.com")).unwrap()),
            email_version: Some(1),
            picture: None,
            version: 1,
        };
        let mut world = Self {
            users: vec![user(1, "ada"), user(2, "grace"), user(3, "linus")],
            organizations: Vec::new(),
            memberships: Vec::new(),
            invitations: Vec::new(),
            watched: OrganizationId::from_uuid(Uuid::from_u128(0)),
            last_number: 0,
            position: 0,
            unread: BTreeMap::new(),
        };
        world.create_organization(0);
        world.watched = world.organizations[0].id;
        world
    }

    /// Makes the change that `step` chooses. Returns the messages of the reader's stream.
    pub fn simulate(&mut self, (what, which, who): (u8, u8, u8)) -> Vec<StreamMessage> {
        let (which, who) = (usize::from(which), usize::from(who) % self.users.len());
        match what % 14 {
            0 => self.create_organization(who),
            1 | 2 => self.join(which, who),
            3 => self.end_membership(which),
            4 | 5 => self.change_role(which),
            6 => self.rename_organization(which),
            7 => self.rename_user(who),
            8 if which.is_multiple_of(4) => self.delete_organization(which),
            9 => self.invite(which, who),
            10 => self.decline_or_resend(which),
            11 => self.change_preferences(which),
            12 => self.write_note(which),
            13 => self.change_email(who),
            _ => self.revoke(which),
        }
    }

    /// What a fetch returns now.
    pub fn fetch(&self) -> Snapshot {
        let access = self.access(self.watched);
        let organization = self.organizations.iter().find(|its| its.id == self.watched);
        let my_memberships = self.memberships.iter().filter(|its| its.user.id == READER);
        let menu =
            Menu::new(my_memberships.filter_map(|its| self.visible_membership(its)).collect());
        let is_new =
            |item: &MembershipView, at: Position| item.preferences.is_some_and(|its| its.seen < at);
        let news = menu.items.iter().filter_map(|item| {
            let at = *self.unread.get(&item.organization_id)?;
            is_new(item, at).then_some((item.organization_id, at))
        });
        let menu = Menu { unread: news.collect(), ..menu.clone() };
        let of_watched = self.memberships.iter().filter(|its| its.organization_id == self.watched);
        let pending = self.invitations.iter().filter(|its| its.rejected_at.is_none());
        let detail = organization.and_then(|organization| {
            let membership = menu.items.iter().find(|its| its.organization_id == self.watched)?;
            Some(OrganizationDetail {
                organization: organization.clone(),
                membership: membership.clone(),
                access_loss: None,
            })
        });
        Snapshot {
            me: Me {
                has_password: true,
                user: self.users[0].clone(),
                system_admin: false,
                email_confirmed: true,
                pending_email: None,
                cursor: Cursor { epoch: Epoch::new(1), position: Position(0) },
            },
            mine: MyInvitations::new(
                pending.clone().filter(|its| its.user_id == Some(READER)).cloned().collect(),
            ),
            members: access.may(Capability::ReadOrganization).then(|| {
                Members::new(
                    self.watched,
                    of_watched.filter_map(|its| self.visible_membership(its)).collect(),
                )
            }),
            pending: access.may(Capability::ManageInvitations).then(|| {
                let of_watched = pending.filter(|its| its.organization.id == self.watched);
                let listed = of_watched.cloned().map(InvitationView::without_account);
                PendingInvitations::new(self.watched, listed.collect())
            }),
            detail,
            menu,
        }
    }

    fn create_organization(&mut self, founder: usize) -> Vec<StreamMessage> {
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

    fn join(&mut self, which: usize, who: usize) -> Vec<StreamMessage> {
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

    fn end_membership(&mut self, which: usize) -> Vec<StreamMessage> {
        let Some(index) = index_of_choice(&self.memberships, which) else { return Vec::new() };
        let messages = self.membership_messages(Action::Deleted, &self.memberships[index].clone());
        self.memberships.remove(index);
        messages
    }

    fn change_role(&mut self, which: usize) -> Vec<StreamMessage> {
        self.update_membership(which, "role", |membership| {
            membership.version += 1;
            membership.role = match membership.role {
                Role::Admin => Role::Member,
                Role::Member => Role::Admin,
            };
        })
    }

    fn change_preferences(&mut self, which: usize) -> Vec<StreamMessage> {
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

    fn update_membership(
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

    fn rename_organization(&mut self, which: usize) -> Vec<StreamMessage> {
        let Some(index) = index_of_choice(&self.organizations, which) else { return Vec::new() };
        let name = format!("organization {}", self.next_number());
        let organization = &mut self.organizations[index];
        organization.name = Name::parse(&name).unwrap();
        organization.version += 1;
        let organization = organization.clone();
        let id = organization.id;
        let is_delivered = self.access(id).may(Capability::ReadOrganization);
        let entity = Entity::Organization(Some(organization));
        self.messages(is_delivered, Action::Updated, id.uuid(), Some(id), None, entity)
    }

    fn rename_user(&mut self, who: usize) -> Vec<StreamMessage> {
        let name = format!("person {}", self.next_number());
        self.users[who].name = Name::parse(&name).unwrap();
        self.users[who].version += 1;
        self.user_messages(who, Capability::ReadOrganization)
    }

    fn change_email(&mut self, who: usize) -> Vec<StreamMessage> {
        let email = format!("address-{}@example.com", self.next_number());
        let user = &mut self.users[who];
        user.email = Some(Email::parse(&email).unwrap());
        user.email_version = user.email_version.map(|version| version + 1);
        self.user_messages(who, Capability::SeeEmails)
    }

    /// The messages about a user's change, which readers with the capability receive.
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

    fn write_note(&mut self, which: usize) -> Vec<StreamMessage> {
        let Some(index) = index_of_choice(&self.organizations, which) else { return Vec::new() };
        let id = self.organizations[index].id;
        let is_delivered = self.access(id).may(Capability::ReadOrganization);
        self.messages(is_delivered, Action::Updated, id.uuid(), Some(id), None, Entity::Unread)
    }

    fn delete_organization(&mut self, which: usize) -> Vec<StreamMessage> {
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

    fn invite(&mut self, which: usize, who: usize) -> Vec<StreamMessage> {
        let Some(index) = index_of_choice(&self.organizations, which) else { return Vec::new() };
        let number = self.next_number();
        let organization = &self.organizations[index];
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
            invited_by: None,
            rejected_at: None,
            expires_at: moment(60),
            version: 1,
            created_at: moment(i64::from(number)),
        };
        self.invitations.push(invitation.clone());
        self.invitation_messages(Action::Created, &invitation)
    }

    /// Declines the invitation, or sends a declined one again.
    fn decline_or_resend(&mut self, which: usize) -> Vec<StreamMessage> {
        let Some(index) = index_of_choice(&self.invitations, which) else { return Vec::new() };
        let invitation = &mut self.invitations[index];
        invitation.rejected_at = invitation.rejected_at.xor(Some(moment(5)));
        invitation.version += 1;
        let invitation = invitation.clone();
        self.invitation_messages(Action::Updated, &invitation)
    }

    fn revoke(&mut self, which: usize) -> Vec<StreamMessage> {
        let Some(index) = index_of_choice(&self.invitations, which) else { return Vec::new() };
        let invitation = self.invitations.remove(index);
        self.invitation_messages(Action::Deleted, &invitation)
    }

    /// The reader's access to an organization.
    fn access(&self, id: OrganizationId) -> Access {
        let mut mine = self.memberships.iter().filter(|its| its.user.id == READER);
        Access::from(mine.find(|its| its.organization_id == id).map(|its| its.role))
    }

    /// The membership as the reader sees it. `None` if they don't.
    fn visible_membership(&self, membership: &MembershipView) -> Option<MembershipView> {
        let organization =
            self.organizations.iter().find(|its| its.id == membership.organization_id);
        let complete = MembershipView { organization: organization.cloned(), ..membership.clone() };
        let access = self.access(membership.organization_id);
        let visibility = access.membership_visibility(membership.user.id == READER)?;
        Some(visibility.apply(complete))
    }

    fn membership_messages(&mut self, action: Action, its: &MembershipView) -> Vec<StreamMessage> {
        let seen = self.visible_membership(its);
        let is_delivered = seen.is_some();
        let entity = Entity::Membership(seen.filter(|_| action != Action::Deleted));
        let (organization, user) = (Some(its.organization_id), Some(its.user.id));
        self.messages(is_delivered, action, its.id.uuid(), organization, user, entity)
    }

    fn invitation_messages(&mut self, action: Action, its: &InvitationView) -> Vec<StreamMessage> {
        let access = self.access(its.organization.id);
        let is_delivered = its.user_id == Some(READER) || access.may(Capability::ManageInvitations);
        let entity = Entity::Invitation((action != Action::Deleted).then(|| its.clone()));
        self.messages(
            is_delivered,
            action,
            its.id.uuid(),
            Some(its.organization.id),
            its.user_id,
            entity,
        )
    }

    fn messages(
        &mut self,
        is_delivered: bool,
        action: Action,
        subject_id: Uuid,
        organization_id: Option<OrganizationId>,
        user_id: Option<UserId>,
        entity: Entity,
    ) -> Vec<StreamMessage> {
        self.position += 1;
        let position = Position(self.position);
        let is_news =
            matches!(entity, Entity::Membership(_) | Entity::Organization(_) | Entity::Unread);
        if let Some(id) = organization_id.filter(|_| is_news) {
            self.unread.insert(id, position);
        }
        let message = StreamMessage {
            position,
            organization_id,
            user_id,
            unread: is_news.then_some(position),
            ..crate::cache::fixtures::message(action, subject_id, entity)
        };
        Vec::from_iter(is_delivered.then_some(message))
    }

    fn next_number(&mut self) -> u32 {
        self.last_number += 1;
        0x100 + self.last_number
    }
}

fn index_of_choice<T>(items: &[T], which: usize) -> Option<usize> {
    which.checked_rem(items.len())
}
