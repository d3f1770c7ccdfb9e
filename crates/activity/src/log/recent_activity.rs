//! What happened last in several organizations.

use contract::OrganizationId;
use sqlx::PgExecutor;

use super::history::{Past, PastRow, untold};
use crate::ActivityKind;

/// Whether a reader may know of an organization's invitations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invitations {
    /// They may.
    Told,
    /// They may not.
    Untold,
}

/// An organization, and what of it is for the reader.
pub type Told = (OrganizationId, Invitations);

/// At most `limit` activities of all of them together, the newest first; those that
/// [`history`](super::history()) would tell.
///
/// Each organization's newest are read by an index that holds nothing else, see
/// `0062_what_organizations_hold.sql`; its condition has to be repeated here word for word.
///
/// # Errors
/// When the database can't answer.
pub async fn lately(
    executor: impl PgExecutor<'_>,
    told: &[Told],
    limit: i64,
) -> Result<Vec<Past>, sqlx::Error> {
    let organizations: Vec<OrganizationId> = told.iter().map(|(id, _)| *id).collect();
    let invitations: Vec<bool> =
        told.iter().map(|(_, invitations)| *invitations == Invitations::Told).collect();
    let rows: Vec<PastRow> = sqlx::query_as(
        "select a.id, a.committed_at, a.kind, a.action, a.subject_id, a.organization_id, a.user_id,
                a.actor_id, a.mutation_id, a.data, f.data as former,
                array(select field from unnest(a.changed) as field
                       where field <> all($3)) as changed
           from (select newest.*
                   from unnest($1::uuid[], $2::boolean[]) as told (organization_id, invitations)
                  cross join lateral (
                        select *
                          from activities
                         where organization_id = told.organization_id
                           and not (action = 'updated' and changed <@ array[
                               'archived', 'muted', 'displayOrder', 'seenPosition',
                               'author', 'invitedBy', 'userId', 'quotesVersion'])
                           and (kind <> 'invitation' or told.invitations)
                         order by id desc
                         limit $4) newest
                  order by newest.id desc
                  limit $4) a
           left join lateral (
                select b.data
                  from activities b
                 where a.kind = 'organization' and a.action = 'updated'
                   and b.kind = 'organization' and b.organization_id = a.organization_id
                   and b.id < a.id
                 order by b.id desc
                 limit 1) f on true
          order by a.id desc",
    )
    .bind(organizations)
    .bind(invitations)
    .bind(untold(&told_kinds()))
    .bind(limit)
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Past::from).collect())
}

/// What is told of an organization, to those who may know all of it.
fn told_kinds() -> Vec<ActivityKind> {
    ActivityKind::all().filter(|kind| kind.is_of_organization()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const THIS_FILE: &str = include_str!("recent_activity.rs");
    const INDEX: &str = include_str!("../../../db/migrations/0062_what_organizations_hold.sql");

    /// The quoted fields of the statement's list.
    fn fields(statement: &str) -> Vec<&str> {
        let list = statement.split("<@ array[").nth(1).unwrap().split(']').next().unwrap();
        list.split('\'').skip(1).step_by(2).collect()
    }

    #[test]
    fn statement_and_index_leave_out_what_is_untold_and_nothing_else() {
        let mut expected = untold(&told_kinds());
        expected.sort_unstable();
        for statement in [THIS_FILE, INDEX] {
            let mut listed = fields(statement);
            listed.sort_unstable();
            assert_eq!(listed, expected);
        }
    }
}
