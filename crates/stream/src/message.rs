//! Builds the message about an activity, as a reader with a given visibility sees it.

use contract::permission::MembershipVisibility as Visibility;
use contract::view::{
    InvitationView, InvitingOrganization, MembershipView, OrganizationView, UserView,
};
use contract::{Action, Entity, ResourceEntity, ResourceKind, Role, StreamMessage, UserId};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use serde_json::json;
use tracing::error;

use super::related_entities::RelatedEntities;
use super::scope::Scope;
use activity::row::{InvitationRow, MembershipRow, OrganizationRow, UserRow};
use activity::{Activity, ActivityKind, NewActivity, wire_field_name};

/// The message about `activity` on a stream of this scope, for a reader with this visibility.
///
/// None where there is nothing to send: for sessions, for updates of fields that this reader doesn't
/// see, and where a related entity is deleted by now. In the last case the deletion of the subject
/// follows in the log.
#[must_use]
pub fn build(
    activity: &Activity,
    scope: Scope,
    visibility: Visibility,
    related_entities: &RelatedEntities,
) -> Option<StreamMessage> {
    let change = &activity.change;
    if scope == Scope::User && change.kind.is_resource() {
        return unread_mark(activity);
    }
    if visibility == Visibility::Quote {
        return quote(activity);
    }
    let exists = change.action != Action::Deleted;
    let entity = match change.kind {
        ActivityKind::Membership if exists => {
            Entity::Membership(Some(membership(change, visibility, related_entities)?))
        }
        ActivityKind::Membership => Entity::Membership(None),
        ActivityKind::Organization if exists => Entity::Organization(Some(organization(change)?)),
        ActivityKind::Organization => Entity::Organization(None),
        ActivityKind::Invitation if exists => {
            let view = invitation(change, related_entities)?;
            let is_subject = visibility == Visibility::Subject;
            Entity::Invitation(Some(if is_subject { view } else { view.without_account() }))
        }
        ActivityKind::Invitation => Entity::Invitation(None),
        ActivityKind::Resource(kind) => Entity::Resource(resource(kind, change, related_entities)?),
        ActivityKind::User if exists => Entity::User(Some(user(change, visibility)?)),
        ActivityKind::User | ActivityKind::Session => return None,
    };
    let changed = visible_changes(change, visibility);
    if change.action == Action::Updated && changed.is_empty() {
        return None;
    }
    let is_user = change.kind == ActivityKind::User;
    // Who has the invited address, admins learn only when that person joins.
    let has_joined = !exists && change.actor_id == change.user_id;
    let hides_invited =
        change.kind == ActivityKind::Invitation && visibility != Visibility::Subject && !has_joined;
    let is_unread = scope == Scope::User && change.is_unread();
    Some(StreamMessage {
        position: activity.position,
        action: change.action,
        subject_id: change.subject_id,
        organization_id: change.organization_id,
        user_id: change.user_id.filter(|_| !is_user && !hides_invited),
        actor_id: change.actor_id.filter(|id| !hides_invited || Some(*id) != change.user_id),
        mutation_id: change.mutation_id,
        changed,
        unread: is_unread.then_some(activity.position),
        entity,
        at: activity.committed_at,
    })
}

/// The message for the readers' own streams that a resource of an organization changed. It doesn't
/// contain the resource: only streams of the organization do.
fn unread_mark(activity: &Activity) -> Option<StreamMessage> {
    let organization = activity.change.organization_id?;
    Some(StreamMessage {
        position: activity.position,
        action: Action::Updated,
        subject_id: organization.uuid(),
        organization_id: Some(organization),
        user_id: None,
        actor_id: activity.change.actor_id,
        mutation_id: activity.change.mutation_id,
        changed: Vec::new(),
        unread: Some(activity.position),
        entity: Entity::Unread,
        at: activity.committed_at,
    })
}

/// The message that something which invitations quote has changed. It doesn't contain what changed, nor who
/// changed it: its reader may know no more of it than an invitation shows.
fn quote(activity: &Activity) -> Option<StreamMessage> {
    let change = &activity.change;
    let changed = visible_changes(change, Visibility::Quote);
    if changed.is_empty() {
        return None;
    }
    Some(StreamMessage {
        position: activity.position,
        action: Action::Updated,
        subject_id: change.subject_id,
        organization_id: None,
        user_id: None,
        actor_id: None,
        mutation_id: None,
        changed,
        unread: None,
        entity: Entity::Quote,
        at: activity.committed_at,
    })
}

/// The role that a membership's activity gives to its subject; none for other kinds.
#[must_use]
pub fn granted_role(change: &NewActivity) -> Option<Role> {
    #[derive(Deserialize)]
    struct Granted {
        role: Role,
    }
    (change.kind == ActivityKind::Membership)
        .then(|| row::<Granted>(change))
        .flatten()
        .map(|row| row.role)
}

/// The user who sent the invitation that the change is about.
#[must_use]
pub fn inviter_id(change: &NewActivity) -> Option<UserId> {
    change.data.get("invited_by")?.as_str()?.parse().ok()
}

/// The author of the resource that the change is about.
#[must_use]
pub fn author_id(change: &NewActivity) -> Option<UserId> {
    change.data.get("author")?.as_str()?.parse().ok()
}

/// The changed fields, without those that the reader doesn't see.
fn visible_changes(change: &NewActivity, visibility: Visibility) -> Vec<String> {
    let shown = |field: &&String| change.kind.shows(field, visibility);
    change.changed.iter().filter(shown).cloned().collect()
}

fn row<T: DeserializeOwned>(change: &NewActivity) -> Option<T> {
    T::deserialize(&change.data).inspect_err(|error| log_unreadable(change, error)).ok()
}

fn log_unreadable(change: &NewActivity, error: &serde_json::Error) {
    error!(%error, kind = change.kind.as_str(), subject.id = %change.subject_id,
        "Can't read the row of an activity");
}

fn membership(
    change: &NewActivity,
    visibility: Visibility,
    related_entities: &RelatedEntities,
) -> Option<MembershipView> {
    let row: MembershipRow = row(change)?;
    let user = related_entities.user(row.user_id)?.clone();
    let organization = related_entities.organization(row.organization_id)?.clone();
    let whole = row.into_view(user, organization);
    Some(visibility.apply(whole))
}

fn organization(change: &NewActivity) -> Option<OrganizationView> {
    row::<OrganizationRow>(change).map(OrganizationView::from)
}

fn invitation(change: &NewActivity, related_entities: &RelatedEntities) -> Option<InvitationView> {
    let row: InvitationRow = row(change)?;
    let organization = related_entities.organization(row.organization_id)?.clone();
    let organization = InvitingOrganization {
        id: organization.id,
        name: organization.name,
        slug: organization.slug,
        colour: organization.colour,
        inline_picture: None,
    };
    let inviter = row.invited_by.and_then(|id| Some(related_entities.user(id)?.name.clone()));
    Some(row.into_view(organization, inviter))
}

/// Its fields are the columns of the row, except for the author: the row has their id, the view their
/// name and picture.
fn resource(
    kind: ResourceKind,
    change: &NewActivity,
    related_entities: &RelatedEntities,
) -> Option<ResourceEntity> {
    const AUTHOR: &str = "author";
    let author = author_id(change).and_then(|id| related_entities.user(id)).cloned();
    let author = json!(author.map(UserView::without_email));
    let row = change.data.as_object()?;
    let columns = row.iter().filter(|(column, _)| *column != AUTHOR);
    let fields = columns.map(|(column, value)| (wire_field_name(column), value));
    let view = MapDeserializer::new(fields.chain([(AUTHOR.to_owned(), &author)]));
    ResourceEntity::deserialize(kind, (change.action != Action::Deleted).then_some(view))
        .inspect_err(|error| log_unreadable(change, error))
        .ok()
}

fn user(change: &NewActivity, visibility: Visibility) -> Option<UserView> {
    let user = UserView::from(row::<UserRow>(change)?);
    Some(if visibility == Visibility::Member { user.without_email() } else { user })
}
