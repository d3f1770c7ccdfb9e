//! The newest activities of several organizations together.

use contract::OrganizationId;
use sqlx::PgExecutor;

use super::history::{HistoryEntry, HistoryRow, hidden_fields};
use crate::ActivityKind;

/// Whether a reader may see activities about an organization's invitations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationVisibility {
    /// The reader sees them.
    Visible,
    /// They are left out.
    Hidden,
}

/// An organization whose history the reader may see.
pub type ReadableOrganization = (OrganizationId, InvitationVisibility);

/// The newest of an organization that are about resources, or about the rest. See `history::newest`.
macro_rules! newest {
    ($class:literal) => {
        concat!(
            "(select * from activities
               where organization_id = readable.organization_id and ",
            $class,
            "    and is_shared and in_history
                 and (kind <> 'invitation' or readable.shows_invitations)
               order by id desc
               limit $4)"
        )
    };
}

/// At most `limit` entries of all organizations together, newest first: those that
/// [`history`](super::history()) would return.
///
/// Each organization's newest activities are read through the index `activities_shared`, resources apart
/// from the rest.
///
/// # Errors
/// When the database can't answer.
pub async fn recent_activity(
    executor: impl PgExecutor<'_>,
    organizations: &[ReadableOrganization],
    limit: i64,
) -> Result<Vec<HistoryEntry>, sqlx::Error> {
    let (ids, visibilities): (Vec<OrganizationId>, Vec<InvitationVisibility>) =
        organizations.iter().copied().unzip();
    let shows_invitations: Vec<bool> = visibilities
        .into_iter()
        .map(|visibility| visibility == InvitationVisibility::Visible)
        .collect();
    let rows: Vec<HistoryRow> = sqlx::query_as(concat!(
        "select a.id, a.committed_at, a.kind, a.action, a.subject_id, a.organization_id, a.user_id,
                a.actor_id, a.mutation_id, a.data, f.data as former,
                array(select field from unnest(a.changed) as field
                       where field <> all($3)) as changed
           from (select newest.*
                   from unnest($1::uuid[], $2::boolean[])
                        as readable (organization_id, shows_invitations)
                  cross join lateral (",
        newest!("is_resource"),
        " union all ",
        newest!("not is_resource"),
        ") newest
                  order by newest.id desc
                  limit $4) a
           left join lateral (
                select b.data
                  from activities b
                 where a.kind = 'organization' and a.action = 'updated'
                   and b.kind = 'organization' and b.organization_id = a.organization_id
                   and b.id < a.id and b.is_shared and not b.is_resource
                 order by b.id desc
                 limit 1) f on true
          order by a.id desc",
    ))
    .bind(ids)
    .bind(shows_invitations)
    .bind(hidden_fields(&organization_kinds()))
    .bind(limit)
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(HistoryEntry::from).collect())
}

/// The kinds of activities in an organization's history.
fn organization_kinds() -> Vec<ActivityKind> {
    ActivityKind::all().filter(|kind| kind.belongs_to_organization()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The migration that defines the column `in_history`.
    const FLAGS: &str = include_str!("../../../db/migrations/0120_catch_up.sql");

    #[test]
    fn histories_leave_out_exactly_the_updates_of_hidden_fields() {
        let definition = FLAGS.split("add column in_history").nth(1).unwrap();
        let list = definition.split("<@ array[").nth(1).unwrap().split(']').next().unwrap();
        let mut listed: Vec<&str> = list.split('\'').skip(1).step_by(2).collect();
        let mut expected = hidden_fields(&organization_kinds());
        listed.sort_unstable();
        expected.sort_unstable();
        // Kinds may have hidden fields of the same name.
        expected.dedup();
        assert_eq!(listed, expected);
    }
}
