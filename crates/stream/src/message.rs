//! Writes an activity as a reader sees it.

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
use activity::unread::marks_unread;
use activity::{Activity, ActivityKind, NewActivity, wire_field_name};

/// The message that `activity` is on a stream of this scope, to a reader with this visibility.
///
/// None where there is nothing to say: sessions are nobody's data, an update may have changed only
/// what this reader doesn't see, and what surrounds the subject may be gone by now; the subject's
/// own deletion then follows in the log.
#[must_use]
pub fn compose(
    activity: &Activity,
    scope: Scope,
    visibility: Visibility,
    related_entities: &RelatedEntities,
) -> Option<StreamMessage> {
    let change = &activity.change;
    if scope == Scope::User && change.kind.is_resource() {
        return news(activity);
    }
    let shown = change.action != Action::Deleted;
    let entity = match change.kind {
        ActivityKind::Membership if shown => {
            Entity::Membership(Some(membership(change, visibility, related_entities)?))
        }
        ActivityKind::Membership => Entity::Membership(None),
        ActivityKind::Organization if shown => Entity::Organization(Some(organization(change)?)),
        ActivityKind::Organization => Entity::Organization(None),
        ActivityKind::Invitation if shown => {
            Entity::Invitation(Some(invitation(change, related_entities)?))
        }
        ActivityKind::Invitation => Entity::Invitation(None),
        ActivityKind::Resource(kind) => Entity::Resource(held(kind, change, related_entities)?),
        ActivityKind::User if shown => Entity::User(Some(user(change, visibility)?)),
        ActivityKind::User | ActivityKind::Session => return None,
    };
    let changed = visible_changes(change, visibility);
    if change.action == Action::Updated && changed.is_empty() {
        return None;
    }
    let is_user = change.kind == ActivityKind::User;
    let is_news = scope == Scope::User && marks_unread(change);
    Some(StreamMessage {
        position: activity.position,
        action: change.action,
        subject_id: change.subject_id,
        organization_id: change.organization_id,
        user_id: change.user_id.filter(|_| !is_user),
        actor_id: change.actor_id,
        mutation_id: change.mutation_id,
        changed,
        unread: is_news.then_some(activity.position),
        entity,
        at: activity.committed_at,
    })
}

/// That something is new in an organization, for those who don't follow what it holds.
fn news(activity: &Activity) -> Option<StreamMessage> {
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

/// The role that a membership's activity gives to its subject.
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

/// Who sent an invitation.
#[must_use]
pub fn invited_by(change: &NewActivity) -> Option<UserId> {
    change.data.get("invited_by")?.as_str()?.parse().ok()
}

/// Whose name shows beside something that an organization holds.
#[must_use]
pub fn author(change: &NewActivity) -> Option<UserId> {
    change.data.get("author")?.as_str()?.parse().ok()
}

/// What is private shows to its subject only.
fn visible_changes(change: &NewActivity, visibility: Visibility) -> Vec<String> {
    let private = change.kind.private_fields();
    let is_visible = |field: &str| visibility == Visibility::Subject || !private.contains(&field);
    change.changed.iter().filter(|field| is_visible(field)).cloned().collect()
}

fn row<T: DeserializeOwned>(change: &NewActivity) -> Option<T> {
    T::deserialize(&change.data).inspect_err(|error| unreadable(change, error)).ok()
}

fn unreadable(change: &NewActivity, error: &serde_json::Error) {
    error!(%error, kind = change.kind.as_str(), subject.id = %change.subject_id,
        "An activity's row can't be read");
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
    };
    let inviter = row.invited_by.and_then(|id| Some(related_entities.user(id)?.name.clone()));
    Some(row.into_view(organization, inviter))
}

/// Its fields are the row's columns, but for its author, who is shown as a person.
fn held(
    kind: ResourceKind,
    change: &NewActivity,
    related_entities: &RelatedEntities,
) -> Option<ResourceEntity> {
    const AUTHOR: &str = "author";
    let shown = author(change).and_then(|id| related_entities.user(id)).cloned();
    let person = json!(shown.map(|author| UserView { email: None, ..author }));
    let row = change.data.as_object()?;
    let columns = row.iter().filter(|(column, _)| *column != AUTHOR);
    let fields = columns.map(|(column, value)| (wire_field_name(column), value));
    let view = MapDeserializer::new(fields.chain([(AUTHOR.to_owned(), &person)]));
    ResourceEntity::deserialize(kind, (change.action != Action::Deleted).then_some(view))
        .inspect_err(|error| unreadable(change, error))
        .ok()
}

fn user(change: &NewActivity, visibility: Visibility) -> Option<UserView> {
    let user = UserView::from(row::<UserRow>(change)?);
    Some(UserView { email: user.email.filter(|_| visibility != Visibility::Member), ..user })
}
