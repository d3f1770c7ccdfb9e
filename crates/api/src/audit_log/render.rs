//! Converts activities to views: adds the names of people and drops fields that aren't public.

use std::collections::{BTreeSet, HashMap};

use contract::activity::{
    ActivityView, InvitationSubject, MembershipSubject, OrganizationSubject, PersonSummary,
    PreviousNames, Subject,
};
use contract::{Action, Name, PictureId, UserId};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::PgPool;
use tracing::warn;

use activity::row::{InvitationRow, MembershipRow, OrganizationRow};
use activity::{ActivityKind, log::HistoryEntry};

/// Converts the activities to views, with the present names and pictures of the people. Activities
/// that can't be parsed are left out and logged.
///
/// # Errors
/// When the database can't be read.
pub async fn render(
    pool: &PgPool,
    past: Vec<HistoryEntry>,
) -> Result<Vec<ActivityView>, sqlx::Error> {
    let people = load_people(pool, &past).await?;
    Ok(past.into_iter().filter_map(|past| view(past, &people)).collect())
}

type People = HashMap<UserId, (Name, Option<PictureId>)>;

async fn load_people(pool: &PgPool, past: &[HistoryEntry]) -> Result<People, sqlx::Error> {
    let changes = past.iter().map(|past| &past.activity.change);
    let people: BTreeSet<_> =
        changes.flat_map(|change| [change.actor_id, change.user_id]).flatten().collect();
    if people.is_empty() {
        return Ok(People::new());
    }
    let people: Vec<(UserId, Name, Option<PictureId>)> =
        sqlx::query_as("select id, name, picture from users where id = any($1)")
            .bind(people.into_iter().map(UserId::uuid).collect::<Vec<_>>())
            .fetch_all(pool)
            .await?;
    Ok(people.into_iter().map(|(id, name, picture)| (id, (name, picture))).collect())
}

fn view(HistoryEntry { activity, former }: HistoryEntry, people: &People) -> Option<ActivityView> {
    let change = activity.change;
    let summary = |id: UserId| {
        let (name, picture) = people.get(&id).cloned().unzip();
        PersonSummary { id, name, picture: picture.flatten() }
    };
    let person = change.user_id.map(summary);
    let is_invited = change.user_id.is_some() && change.actor_id == change.user_id;
    let mut actor = change.actor_id.map(summary);
    let subject = match change.kind {
        ActivityKind::Organization => organization(&change.data, former.as_ref())?,
        ActivityKind::Membership => membership(&change.data, person?)?,
        ActivityKind::Invitation => {
            // An invitation says who has the address only once that person has joined.
            let has_joined = is_invited && change.action == Action::Deleted;
            if is_invited && !has_joined {
                actor = None;
                if !change.changed.iter().any(|field| field == "rejectedAt") {
                    // The person opened the link.
                    return None;
                }
            }
            invitation(&change.data, person.filter(|_| has_joined))?
        }
        ActivityKind::Resource(kind) => Subject::Resource(kind, read(&change.data)?),
        ActivityKind::User | ActivityKind::Session => return None,
    };
    Some(ActivityView {
        position: activity.position,
        action: change.action,
        subject,
        actor,
        changed: change.changed,
        at: activity.committed_at,
    })
}

fn organization(data: &Value, former: Option<&Value>) -> Option<Subject> {
    let OrganizationRow { name, slug, .. } = read(data)?;
    let before = former.and_then(read::<PreviousNames>);
    Some(Subject::Organization(OrganizationSubject { name, slug, before }))
}

fn membership(data: &Value, person: PersonSummary) -> Option<Subject> {
    let MembershipRow { role, .. } = read(data)?;
    Some(Subject::Membership(MembershipSubject { person, role }))
}

fn invitation(data: &Value, person: Option<PersonSummary>) -> Option<Subject> {
    let InvitationRow { email, role, .. } = read(data)?;
    Some(Subject::Invitation(InvitationSubject { email, person, role }))
}

/// Parses a row from the log. Logs an error for a row of an older schema that lacks a field.
fn read<T: DeserializeOwned>(data: &Value) -> Option<T> {
    T::deserialize(data)
        .map_err(|error| warn!(%error, "failed to parse a row in the activity log"))
        .ok()
}
