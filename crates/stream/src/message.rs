//! Writes an activity as a reader sees it.

use contract::permission::MembershipVisibility as Visibility;
use contract::view::{
    InvitationView, InvitingOrganization, MembershipView, MenuPreferences, OrganizationView,
    UserView,
};
use contract::{
    Action, Colour, Description, Email, Entity, InvitationId, MembershipId, Name, OrganizationId,
    PictureId, Position, ResourceEntity, ResourceKind, Role, Slug, StreamMessage, Timestamp,
    UserId,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use serde_json::json;
use tracing::error;

use super::related_entities::RelatedEntities;
use super::scope::Scope;
use activity::news::is_news;
use activity::{Activity, ActivityKind, NewActivity, field_of};

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
    let is_news = scope == Scope::User && is_news(change);
    Some(StreamMessage {
        position: activity.position,
        action: change.action,
        subject_id: change.subject_id,
        organization_id: change.organization_id,
        user_id: change.user_id.filter(|_| !is_user),
        actor_id: change.actor_id,
        mutation_id: change.mutation_id,
        changed,
        news: is_news.then_some(activity.position),
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
        news: Some(activity.position),
        entity: Entity::News,
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
    #[derive(Deserialize)]
    struct Row {
        id: MembershipId,
        organization_id: OrganizationId,
        user_id: UserId,
        role: Role,
        archived: bool,
        muted: bool,
        display_order: f64,
        // The log may have rows from before there were these.
        #[serde(default)]
        seen_position: Position,
        #[serde(default)]
        preferences_version: i64,
        version: i64,
        created_at: Timestamp,
    }
    let row: Row = row(change)?;
    let whole = MembershipView {
        id: row.id,
        organization_id: row.organization_id,
        user: related_entities.user(row.user_id)?.clone(),
        role: row.role,
        version: row.version,
        created_at: row.created_at,
        preferences: Some(MenuPreferences {
            archived: row.archived,
            muted: row.muted,
            display_order: row.display_order,
            seen: row.seen_position,
            version: row.preferences_version,
        }),
        organization: Some(related_entities.organization(row.organization_id)?.clone()),
    };
    Some(visibility.apply(whole))
}

fn organization(change: &NewActivity) -> Option<OrganizationView> {
    #[derive(Deserialize)]
    struct Row {
        id: OrganizationId,
        name: Name,
        slug: Slug,
        // The log may have rows from before there were these.
        #[serde(default)]
        colour: Option<Colour>,
        #[serde(default)]
        picture: Option<PictureId>,
        #[serde(default)]
        description: Description,
        version: i64,
        created_at: Timestamp,
    }
    let Row { id, name, slug, colour, picture, description, version, created_at } = row(change)?;
    let colour = colour.unwrap_or_else(|| Colour::following(id.uuid()));
    Some(OrganizationView { id, name, slug, colour, picture, description, version, created_at })
}

fn invitation(change: &NewActivity, related_entities: &RelatedEntities) -> Option<InvitationView> {
    #[derive(Deserialize)]
    struct Row {
        id: InvitationId,
        organization_id: OrganizationId,
        email: Email,
        user_id: Option<UserId>,
        role: Role,
        invited_by: Option<UserId>,
        rejected_at: Option<Timestamp>,
        expires_at: Timestamp,
        version: i64,
        created_at: Timestamp,
    }
    let row: Row = row(change)?;
    let organization = related_entities.organization(row.organization_id)?.clone();
    Some(InvitationView {
        id: row.id,
        organization: InvitingOrganization {
            id: organization.id,
            name: organization.name,
            slug: organization.slug,
            colour: organization.colour,
        },
        email: row.email,
        user_id: row.user_id,
        role: row.role,
        invited_by: row.invited_by.and_then(|id| Some(related_entities.user(id)?.name.clone())),
        rejected_at: row.rejected_at,
        expires_at: row.expires_at,
        version: row.version,
        created_at: row.created_at,
    })
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
    let fields = columns.map(|(column, value)| (field_of(column), value));
    let view = MapDeserializer::new(fields.chain([(AUTHOR.to_owned(), &person)]));
    ResourceEntity::read(kind, (change.action != Action::Deleted).then_some(view))
        .inspect_err(|error| unreadable(change, error))
        .ok()
}

fn user(change: &NewActivity, visibility: Visibility) -> Option<UserView> {
    #[derive(Deserialize)]
    struct Row {
        id: UserId,
        name: Name,
        email: Email,
        #[serde(default)]
        picture: Option<PictureId>,
        version: i64,
    }
    let Row { id, name, email, picture, version } = row(change)?;
    Some(UserView {
        id,
        name,
        email: (visibility != Visibility::Member).then_some(email),
        picture,
        version,
    })
}
