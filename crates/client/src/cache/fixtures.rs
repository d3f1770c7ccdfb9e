//! Entities and messages about them, for tests.
#![expect(clippy::unwrap_used, reason = "the values are valid")]

use time::macros::datetime;
use uuid::Uuid;

use contract::note::NoteView;
use contract::view::{
    InvitationView, InvitingOrganization, MembershipView, MenuPreferences, OrganizationView,
    UserView,
};
use contract::{
    Action, Colour, Description, Email, Entity, InvitationId, MembershipId, Name, NoteBody, NoteId,
    NoteTitle, OrganizationId, Position, ResourceEntity, Role, Slug, StreamMessage, Timestamp,
    UserId,
};

pub const READER: UserId = UserId::from_uuid(Uuid::from_u128(1));
pub const OTHER: UserId = UserId::from_uuid(Uuid::from_u128(2));
pub const ORGANIZATION: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(0xA));
pub const ELSEWHERE: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(0xB));

/// 08:00 UTC of the test day plus that many minutes.
pub fn moment(minutes: i64) -> Timestamp {
    Timestamp::new(datetime!(2026-11-24 08:00 UTC)).plus(time::Duration::minutes(minutes))
}

pub fn organization(id: OrganizationId, name: &str) -> OrganizationView {
    let slug = Slug::from_name(name).unwrap();
    OrganizationView {
        id,
        name: Name::parse(name).unwrap(),
        slug,
        colour: Colour::Teal,
        picture: None,
        description: Description::default(),
        version: 1,
        created_at: moment(0),
    }
}

/// A membership of a person who isn't the reader.
pub fn member(organization_id: OrganizationId, number: u128, name: &str) -> MembershipView {
    MembershipView {
        id: MembershipId::from_uuid(Uuid::from_u128(0x100 + number)),
        organization_id,
        user: UserView {
            id: UserId::from_uuid(Uuid::from_u128(0x200 + number)),
            name: Name::parse(name).unwrap(),
            email: None,
            email_version: None,
            picture: None,
            version: 1,
        },
        role: Role::Member,
        version: 1,
        created_at: moment(0),
        preferences: None,
        organization: None,
    }
}

/// The same membership, but the reader's own.
pub fn of_reader(mut membership: MembershipView) -> MembershipView {
    membership.user.id = READER;
    membership
}

/// The reader's membership in an organization of that number and name, as the menu has it.
pub fn in_menu(number: u128, name: &str, display_order: f64) -> MembershipView {
    let id = OrganizationId::from_uuid(Uuid::from_u128(0x300 + number));
    MembershipView {
        preferences: Some(MenuPreferences {
            archived: false,
            muted: false,
            display_order,
            seen: Position(0),
            version: 1,
        }),
        organization: Some(organization(id, name)),
        ..of_reader(member(id, number, "Ada"))
    }
}

/// An invitation to an email address without an account.
pub fn invitation(organization_id: OrganizationId, number: u128) -> InvitationView {
    InvitationView {
        id: InvitationId::from_uuid(Uuid::from_u128(0x400 + number)),
        organization: InvitingOrganization {
            id: organization_id,
            name: Name::parse("North Wind").unwrap(),
            slug: Slug::parse("north-wind").unwrap(),
            colour: Colour::Teal,
            inline_picture: None,
        },
        email: Email::parse("somebody@example.com").unwrap(),
        user_id: None,
        role: Role::Member,
        invited_by: None,
        inviter_id: None,
        rejected_at: None,
        expires_at: moment(60),
        version: 1,
        created_at: moment(0),
    }
}

/// The next version of the membership.
pub fn newer(mut membership: MembershipView) -> MembershipView {
    membership.version += 1;
    membership
}

/// The membership after another change of its menu preferences.
pub fn arranged(mut membership: MembershipView) -> MembershipView {
    membership.preferences.as_mut().unwrap().version += 1;
    membership
}

pub fn created(membership: MembershipView) -> StreamMessage {
    about_membership(Action::Created, membership)
}

pub fn updated(membership: MembershipView) -> StreamMessage {
    about_membership(Action::Updated, membership)
}

pub fn role_changed(membership: MembershipView) -> StreamMessage {
    StreamMessage { changed: vec!["role".to_owned()], ..updated(membership) }
}

fn about_membership(action: Action, membership: MembershipView) -> StreamMessage {
    StreamMessage {
        organization_id: Some(membership.organization_id),
        user_id: Some(membership.user.id),
        ..message(action, membership.id.uuid(), Entity::Membership(Some(membership)))
    }
}

pub fn membership_deleted(membership: &MembershipView, actor: UserId) -> StreamMessage {
    StreamMessage {
        organization_id: Some(membership.organization_id),
        user_id: Some(membership.user.id),
        actor_id: Some(actor),
        ..message(Action::Deleted, membership.id.uuid(), Entity::Membership(None))
    }
}

pub fn renamed(organization: &OrganizationView, name: &str) -> StreamMessage {
    let mut organization = organization.clone();
    organization.name = Name::parse(name).unwrap();
    organization.version += 1;
    StreamMessage {
        organization_id: Some(organization.id),
        ..message(Action::Updated, organization.id.uuid(), Entity::Organization(Some(organization)))
    }
}

pub fn organization_deleted(id: OrganizationId) -> StreamMessage {
    StreamMessage {
        organization_id: Some(id),
        ..message(Action::Deleted, id.uuid(), Entity::Organization(None))
    }
}

/// The message as others get it, without the email address.
pub fn user_renamed(user: &UserView, name: &str) -> StreamMessage {
    let user = UserView {
        name: Name::parse(name).unwrap(),
        email: None,
        email_version: None,
        version: user.version + 1,
        ..user.clone()
    };
    message(Action::Updated, user.id.uuid(), Entity::User(Some(user)))
}

/// The message that an organization or a user has changed whom an invitation quotes.
pub fn quote_changed(subject_id: Uuid) -> StreamMessage {
    message(Action::Updated, subject_id, Entity::Quote)
}

pub fn invitation_created(invitation: InvitationView) -> StreamMessage {
    about_invitation(Action::Created, invitation)
}

pub fn invitation_updated(invitation: InvitationView) -> StreamMessage {
    about_invitation(Action::Updated, invitation)
}

fn about_invitation(action: Action, invitation: InvitationView) -> StreamMessage {
    StreamMessage {
        organization_id: Some(invitation.organization.id),
        user_id: invitation.user_id,
        ..message(action, invitation.id.uuid(), Entity::Invitation(Some(invitation)))
    }
}

pub fn invitation_deleted(invitation: &InvitationView) -> StreamMessage {
    StreamMessage {
        organization_id: Some(invitation.organization.id),
        user_id: invitation.user_id,
        ..message(Action::Deleted, invitation.id.uuid(), Entity::Invitation(None))
    }
}

/// A note by a person who isn't the reader.
pub fn note(organization_id: OrganizationId, number: u128) -> NoteView {
    NoteView {
        id: NoteId::from_uuid(Uuid::from_u128(0x500 + number)),
        organization_id,
        title: NoteTitle::parse(&format!("Note {number}")).unwrap(),
        body: NoteBody::parse("One line\nand another").unwrap(),
        author: Some(member(organization_id, 2, "Grace").user),
        version: 1,
        created_at: moment(0),
        updated_at: moment(0),
    }
}

pub fn about_note(action: Action, note: NoteView) -> StreamMessage {
    StreamMessage {
        organization_id: Some(note.organization_id),
        ..message(action, note.id.uuid(), Entity::Resource(ResourceEntity::Note(Some(note))))
    }
}

pub fn note_deleted(note: &NoteView) -> StreamMessage {
    StreamMessage {
        organization_id: Some(note.organization_id),
        ..message(Action::Deleted, note.id.uuid(), Entity::Resource(ResourceEntity::Note(None)))
    }
}

pub fn message(action: Action, subject_id: Uuid, entity: Entity) -> StreamMessage {
    StreamMessage {
        position: Position(1),
        action,
        subject_id,
        organization_id: None,
        user_id: None,
        actor_id: None,
        mutation_id: None,
        changed: Vec::new(),
        unread: None,
        entity,
        at: moment(10),
    }
}
