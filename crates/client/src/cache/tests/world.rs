//! A simulated server: tables, and a stream of what changes in them.

mod changes;
mod messages;
mod snapshot;

use std::collections::BTreeMap;

use uuid::Uuid;

pub use self::snapshot::Snapshot;
use contract::view::{InvitationView, MembershipView, OrganizationView, UserView};
use contract::{Email, Name, OrganizationId, Position, StreamMessage, UserId};

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

    fn next_number(&mut self) -> u32 {
        self.last_number += 1;
        0x100 + self.last_number
    }
}
