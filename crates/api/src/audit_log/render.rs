//! From rows of the log to what a member reads: with names, and without what isn't for them.

use std::collections::{BTreeSet, HashMap};

use contract::activity::{
    ActivityView, FormerNames, Mentioned, NamedInvitation, NamedMembership, NamedOrganization,
    Subject,
};
use contract::{Email, Name, PictureId, Role, UserId};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::PgPool;
use tracing::warn;

use activity::{ActivityKind, log::Past};

/// Tells all of it, with the names of today.
///
/// # Errors
/// When the database can't answer.
pub async fn tell(pool: &PgPool, past: Vec<Past>) -> Result<Vec<ActivityView>, sqlx::Error> {
    let names = read_names(pool, &past).await?;
    Ok(past.into_iter().filter_map(|past| view(past, &names)).collect())
}

type Names = HashMap<UserId, (Name, Option<PictureId>)>;

async fn read_names(pool: &PgPool, past: &[Past]) -> Result<Names, sqlx::Error> {
    let changes = past.iter().map(|past| &past.activity.change);
    let people: BTreeSet<_> =
        changes.flat_map(|change| [change.actor_id, change.user_id]).flatten().collect();
    if people.is_empty() {
        return Ok(Names::new());
    }
    let names: Vec<(UserId, Name, Option<PictureId>)> =
        sqlx::query_as("select id, name, picture from users where id = any($1)")
            .bind(people.into_iter().map(UserId::uuid).collect::<Vec<_>>())
            .fetch_all(pool)
            .await?;
    Ok(names.into_iter().map(|(id, name, picture)| (id, (name, picture))).collect())
}

fn view(Past { activity, former }: Past, names: &Names) -> Option<ActivityView> {
    let change = activity.change;
    let mentioned = |id: UserId| {
        let (name, picture) = names.get(&id).cloned().unzip();
        Mentioned { id, name, picture: picture.flatten() }
    };
    let person = change.user_id.map(mentioned);
    let subject = match change.kind {
        ActivityKind::Organization => organization(&change.data, former.as_ref())?,
        ActivityKind::Membership => membership(&change.data, person?)?,
        ActivityKind::Invitation => invitation(&change.data, person)?,
        ActivityKind::Resource(kind) => Subject::Resource(kind, read(&change.data)?),
        ActivityKind::User | ActivityKind::Session => return None,
    };
    Some(ActivityView {
        position: activity.position,
        action: change.action,
        subject,
        actor: change.actor_id.map(mentioned),
        changed: change.changed,
        at: activity.committed_at,
    })
}

fn organization(data: &Value, former: Option<&Value>) -> Option<Subject> {
    let FormerNames { name, slug } = read(data)?;
    let before = former.and_then(read);
    Some(Subject::Organization(NamedOrganization { name, slug, before }))
}

fn membership(data: &Value, person: Mentioned) -> Option<Subject> {
    #[derive(Deserialize)]
    struct Row {
        role: Role,
    }
    let Row { role } = read(data)?;
    Some(Subject::Membership(NamedMembership { person, role }))
}

fn invitation(data: &Value, person: Option<Mentioned>) -> Option<Subject> {
    #[derive(Deserialize)]
    struct Row {
        email: Email,
        role: Role,
    }
    let Row { email, role } = read(data)?;
    Some(Subject::Invitation(NamedInvitation { email, person, role }))
}

/// What the log holds of a row. One that an older schema wrote may lack something.
fn read<T: DeserializeOwned>(data: &Value) -> Option<T> {
    T::deserialize(data).map_err(|problem| warn!(%problem, "a row of the log can't be read")).ok()
}
