//! A small world to read from and to hear of: what the server's tables and stream are to a page.

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

/// Every query, as it is read at one moment. Absent what the reader may not see.
pub struct Snapshot {
    pub me: Me,
    pub menu: Menu,
    pub mine: MyInvitations,
    pub members: Option<Members>,
    pub pending: Option<PendingInvitations>,
    pub detail: Option<OrganizationDetail>,
}

/// The first organization is the one whose pages are open.
pub struct World {
    users: Vec<UserView>,
    organizations: Vec<OrganizationView>,
    memberships: Vec<MembershipView>,
    invitations: Vec<InvitationView>,
    watched: OrganizationId,
    /// Numbers ids and versions.
    made: u32,
    position: i64,
    /// Where in the log others last did something in an organization.
    news: BTreeMap<OrganizationId, Position>,
}

impl World {
    pub fn new() -> Self {
        let user = |number: u128, name: &str| UserView {
            id: UserId::from_uuid(Uuid::from_u128(number)),
            name: Name::parse(name).unwrap(),
            email: Some(Email::parse(&format!("{name}@example.com")).unwrap()),
            picture: None,
            version: 1,
        };
        let mut world = Self {
            users: vec![user(1, "ada"), user(2, "grace"), user(3, "linus")],
            organizations: Vec::new(),
            memberships: Vec::new(),
            invitations: Vec::new(),
            watched: OrganizationId::from_uuid(Uuid::from_u128(0)),
            made: 0,
            position: 0,
            news: BTreeMap::new(),
        };
        world.found(0);
        world.watched = world.organizations[0].id;
        world
    }

    /// One thing happens, chosen by `step`. Gives what the reader's stream tells of it.
    pub fn happen(&mut self, (what, which, who): (u8, u8, u8)) -> Vec<StreamMessage> {
        let (which, who) = (usize::from(which), usize::from(who) % self.users.len());
        match what % 13 {
            0 => self.found(who),
            1 | 2 => self.join(which, who),
            3 => self.end_membership(which),
            4 | 5 => self.change_role(which),
            6 => self.rename_organization(which),
            7 => self.rename_user(who),
            8 if which.is_multiple_of(4) => self.delete_organization(which),
            9 => self.invite(which, who),
            10 => self.answer(which),
            11 => self.arrange(which),
            12 => self.write_note(which),
            _ => self.withdraw(which),
        }
    }

    /// What the pages show when they are read now.
    pub fn read(&self) -> Snapshot {
        let access = self.access(self.watched);
        let organization = self.organizations.iter().find(|its| its.id == self.watched);
        let my_memberships = self.memberships.iter().filter(|its| its.user.id == READER);
        let menu = Menu::of(my_memberships.filter_map(|its| self.seen(its)).collect());
        let is_new =
            |item: &MembershipView, at: Position| item.preferences.is_some_and(|its| its.seen < at);
        let news = menu.items.iter().filter_map(|item| {
            let at = *self.news.get(&item.organization_id)?;
            is_new(item, at).then_some((item.organization_id, at))
        });
        let menu = Menu { news: news.collect(), ..menu.clone() };
        let of_watched = self.memberships.iter().filter(|its| its.organization_id == self.watched);
        let pending = self.invitations.iter().filter(|its| its.rejected_at.is_none());
        let detail = organization.and_then(|organization| {
            let membership = menu.items.iter().find(|its| its.organization_id == self.watched)?;
            Some(OrganizationDetail {
                organization: organization.clone(),
                membership: membership.clone(),
                departure: None,
            })
        });
        Snapshot {
            me: Me {
                user: self.users[0].clone(),
                system_admin: false,
                cursor: Cursor { epoch: Epoch::new(1), position: Position(0) },
            },
            mine: MyInvitations::of(
                pending.clone().filter(|its| its.user_id == Some(READER)).cloned().collect(),
            ),
            members: access.may(Capability::ReadOrganization).then(|| {
                Members::of(self.watched, of_watched.filter_map(|its| self.seen(its)).collect())
            }),
            pending: access.may(Capability::ManageInvitations).then(|| {
                let of_watched = pending.filter(|its| its.organization.id == self.watched);
                PendingInvitations::of(self.watched, of_watched.cloned().collect())
            }),
            detail,
            menu,
        }
    }

    fn found(&mut self, founder: usize) -> Vec<StreamMessage> {
        let number = self.next();
        let name = format!("organization {number}");
        let organization = OrganizationView {
            id: OrganizationId::from_uuid(Uuid::from_u128(u128::from(number))),
            slug: Slug::suggested_by(&name).unwrap(),
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
        let Some(place) = chosen(&self.organizations, which) else { return Vec::new() };
        let (organization_id, user) = (self.organizations[place].id, self.users[who].clone());
        let belongs =
            |its: &MembershipView| its.organization_id == organization_id && its.user.id == user.id;
        if self.memberships.iter().any(belongs) {
            return Vec::new();
        }
        let number = self.next();
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
        self.tell_membership(Action::Created, &membership)
    }

    fn end_membership(&mut self, which: usize) -> Vec<StreamMessage> {
        let Some(place) = chosen(&self.memberships, which) else { return Vec::new() };
        let told = self.tell_membership(Action::Deleted, &self.memberships[place].clone());
        self.memberships.remove(place);
        told
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

    fn arrange(&mut self, which: usize) -> Vec<StreamMessage> {
        let number = self.next();
        let seen = Position(self.position);
        let told = self.update_membership(which, "displayOrder", |membership| {
            if let Some(preferences) = &mut membership.preferences {
                preferences.version += 1;
                if number.is_multiple_of(3) {
                    preferences.seen = seen;
                } else {
                    preferences.display_order = f64::from(number % 5);
                }
            }
        });
        // Only the subject hears of it.
        told.into_iter().filter(|message| message.user_id == Some(READER)).collect()
    }

    fn update_membership(
        &mut self,
        which: usize,
        field: &str,
        change: impl FnOnce(&mut MembershipView),
    ) -> Vec<StreamMessage> {
        let Some(place) = chosen(&self.memberships, which) else { return Vec::new() };
        let news = self.news.clone();
        change(&mut self.memberships[place]);
        let mut told = self.tell_membership(Action::Updated, &self.memberships[place].clone());
        let is_news = field == "role";
        for message in &mut told {
            message.changed = vec![field.to_owned()];
            message.news = message.news.filter(|_| is_news);
        }
        if !is_news {
            // `tell` takes every message for news.
            self.news = news;
        }
        told
    }

    fn rename_organization(&mut self, which: usize) -> Vec<StreamMessage> {
        let Some(place) = chosen(&self.organizations, which) else { return Vec::new() };
        let name = format!("organization {}", self.next());
        let organization = &mut self.organizations[place];
        organization.name = Name::parse(&name).unwrap();
        organization.version += 1;
        let organization = organization.clone();
        let id = organization.id;
        let hears = self.access(id).may(Capability::ReadOrganization);
        let entity = Entity::Organization(Some(organization));
        self.tell(hears, Action::Updated, id.uuid(), Some(id), None, entity)
    }

    fn rename_user(&mut self, who: usize) -> Vec<StreamMessage> {
        let name = format!("person {}", self.next());
        self.users[who].name = Name::parse(&name).unwrap();
        self.users[who].version += 1;
        let user = self.users[who].clone();
        for membership in &mut self.memberships {
            if membership.user.id == user.id {
                membership.user = user.clone();
            }
        }
        let theirs = self.memberships.iter().filter(|its| its.user.id == user.id);
        let shared = theirs.map(|its| self.access(its.organization_id));
        let hears = user.id == READER
            || shared.into_iter().any(|access| access.may(Capability::ReadOrganization));
        let shown = UserView { email: user.email.filter(|_| user.id == READER), ..user };
        let entity = Entity::User(Some(shown));
        self.tell(hears, Action::Updated, user.id.uuid(), None, None, entity)
    }

    fn write_note(&mut self, which: usize) -> Vec<StreamMessage> {
        let Some(place) = chosen(&self.organizations, which) else { return Vec::new() };
        let id = self.organizations[place].id;
        let hears = self.access(id).may(Capability::ReadOrganization);
        self.tell(hears, Action::Updated, id.uuid(), Some(id), None, Entity::News)
    }

    fn delete_organization(&mut self, which: usize) -> Vec<StreamMessage> {
        let Some(place) = chosen(&self.organizations, which) else { return Vec::new() };
        let id = self.organizations[place].id;
        let hears = self.access(id).may(Capability::ReadOrganization);
        let gone = Entity::Organization(None);
        let mut told = self.tell(hears, Action::Deleted, id.uuid(), Some(id), None, gone);
        let invited = |its: &InvitationView| its.organization.id == id;
        while let Some(invitation) = self.invitations.iter().position(invited) {
            told.extend(self.withdraw(invitation));
        }
        let belongs = |its: &MembershipView| its.organization_id == id;
        while let Some(membership) = self.memberships.iter().position(belongs) {
            told.extend(self.end_membership(membership));
        }
        self.organizations.remove(place);
        told
    }

    fn invite(&mut self, which: usize, who: usize) -> Vec<StreamMessage> {
        let Some(place) = chosen(&self.organizations, which) else { return Vec::new() };
        let number = self.next();
        let organization = &self.organizations[place];
        let invitation = InvitationView {
            id: InvitationId::from_uuid(Uuid::from_u128(u128::from(number))),
            organization: InvitingOrganization {
                id: organization.id,
                name: organization.name.clone(),
                slug: organization.slug.clone(),
                colour: Colour::Teal,
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
        self.tell_invitation(Action::Created, &invitation)
    }

    /// Rejected; or, when it was, sent again.
    fn answer(&mut self, which: usize) -> Vec<StreamMessage> {
        let Some(place) = chosen(&self.invitations, which) else { return Vec::new() };
        let invitation = &mut self.invitations[place];
        invitation.rejected_at = invitation.rejected_at.xor(Some(moment(5)));
        invitation.version += 1;
        let invitation = invitation.clone();
        self.tell_invitation(Action::Updated, &invitation)
    }

    fn withdraw(&mut self, which: usize) -> Vec<StreamMessage> {
        let Some(place) = chosen(&self.invitations, which) else { return Vec::new() };
        let invitation = self.invitations.remove(place);
        self.tell_invitation(Action::Deleted, &invitation)
    }

    /// How the reader stands to an organization.
    fn access(&self, id: OrganizationId) -> Access {
        let mut mine = self.memberships.iter().filter(|its| its.user.id == READER);
        Access::from(mine.find(|its| its.organization_id == id).map(|its| its.role))
    }

    /// A membership as the reader sees it.
    fn seen(&self, membership: &MembershipView) -> Option<MembershipView> {
        let organization =
            self.organizations.iter().find(|its| its.id == membership.organization_id);
        let complete = MembershipView { organization: organization.cloned(), ..membership.clone() };
        let access = self.access(membership.organization_id);
        let visibility = access.membership_lens(membership.user.id == READER)?;
        Some(visibility.apply(complete))
    }

    fn tell_membership(&mut self, action: Action, its: &MembershipView) -> Vec<StreamMessage> {
        let seen = self.seen(its);
        let hears = seen.is_some();
        let entity = Entity::Membership(seen.filter(|_| action != Action::Deleted));
        let (organization, user) = (Some(its.organization_id), Some(its.user.id));
        self.tell(hears, action, its.id.uuid(), organization, user, entity)
    }

    fn tell_invitation(&mut self, action: Action, its: &InvitationView) -> Vec<StreamMessage> {
        let access = self.access(its.organization.id);
        let hears = its.user_id == Some(READER) || access.may(Capability::ManageInvitations);
        let entity = Entity::Invitation((action != Action::Deleted).then(|| its.clone()));
        self.tell(hears, action, its.id.uuid(), Some(its.organization.id), its.user_id, entity)
    }

    fn tell(
        &mut self,
        hears: bool,
        action: Action,
        subject_id: Uuid,
        organization_id: Option<OrganizationId>,
        user_id: Option<UserId>,
        entity: Entity,
    ) -> Vec<StreamMessage> {
        self.position += 1;
        let position = Position(self.position);
        let is_news =
            matches!(entity, Entity::Membership(_) | Entity::Organization(_) | Entity::News);
        if let Some(id) = organization_id.filter(|_| is_news) {
            self.news.insert(id, position);
        }
        let message = StreamMessage {
            position,
            organization_id,
            user_id,
            news: is_news.then_some(position),
            ..crate::cache::fixtures::message(action, subject_id, entity)
        };
        Vec::from_iter(hears.then_some(message))
    }

    fn next(&mut self) -> u32 {
        self.made += 1;
        0x100 + self.made
    }
}

fn chosen<T>(items: &[T], which: usize) -> Option<usize> {
    which.checked_rem(items.len())
}
