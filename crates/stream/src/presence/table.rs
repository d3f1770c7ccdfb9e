//! The table `presences`. All times are the database's, so the clocks of the nodes don't matter.

use std::collections::HashMap;

use contract::event::PresenceSnapshot;
use contract::view::UserView;
use contract::{Name, NodeId, OrganizationId, PictureId, UserId};
use sqlx::{FromRow, PgExecutor};

/// How long a reader remains present after their last stream closed. A page that reloads or
/// reconnects to another node is back by then.
const LEAVE_GRACE_SECONDS: f64 = 8.0;

/// How long ago a node may have reported itself before it and its readers count as gone.
const NODE_TIMEOUT_SECONDS: f64 = 15.0;

/// How many people a snapshot contains; the others are only counted.
const MAX_PEOPLE: i64 = 20;

/// Replaces the present readers of `node` with `presences`. Those who aren't in it are marked as
/// left.
///
/// # Errors
/// When the statement fails.
pub(super) async fn write_presences(
    executor: impl PgExecutor<'_>,
    node: NodeId,
    presences: &[(OrganizationId, UserId)],
) -> Result<(), sqlx::Error> {
    let (organizations, users): (Vec<_>, Vec<_>) =
        presences.iter().map(|(organization, user)| (organization.uuid(), user.uuid())).unzip();
    sqlx::query(
        "with present as (
             select * from unnest($2::uuid[], $3::uuid[]) as reader (organization_id, user_id)
         ), left_now as (
             update presences p set left_at = now()
              where p.node_id = $1 and p.left_at is null
                and not exists (select from present
                                 where present.organization_id = p.organization_id
                                   and present.user_id = p.user_id)
         )
         insert into presences (organization_id, user_id, node_id)
         select organization_id, user_id, $1 from present
         on conflict on constraint presences_pkey
            do update set left_at = null where presences.left_at is not null",
    )
    .bind(node)
    .bind(organizations)
    .bind(users)
    .execute(executor)
    .await?;
    Ok(())
}

/// Deletes the rows of readers whose grace is over or whose node is gone. Several nodes may do so at
/// the same time.
///
/// # Errors
/// When the statement fails.
pub(super) async fn delete_expired(executor: impl PgExecutor<'_>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "delete from presences
          where (organization_id, user_id, node_id) in (
                select p.organization_id, p.user_id, p.node_id
                  from presences p
                 where p.left_at <= now() - make_interval(secs => $1)
                    or (p.left_at is null
                        and not exists (select from nodes where nodes.id = p.node_id))
                   for update skip locked)",
    )
    .bind(LEAVE_GRACE_SECONDS)
    .execute(executor)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct PresenceRow {
    organization_id: OrganizationId,
    user_id: UserId,
    name: Name,
    picture: Option<PictureId>,
    version: i64,
    total: i64,
}

/// Reads the presence in each of these organizations, on all nodes. Organizations where nobody is
/// present are missing. The join with `memberships` leaves out readers who were removed meanwhile.
///
/// # Errors
/// When the statement fails.
pub(super) async fn read_snapshots(
    executor: impl PgExecutor<'_>,
    organizations: &[OrganizationId],
) -> Result<HashMap<OrganizationId, PresenceSnapshot>, sqlx::Error> {
    let rows: Vec<PresenceRow> = sqlx::query_as(
        "with present as (
             select distinct p.organization_id, p.user_id
               from presences p
               left join nodes n on n.id = p.node_id
              where p.organization_id = any($1)
                and case when p.left_at is null
                         then n.seen_at > now() - make_interval(secs => $2)
                         else p.left_at > now() - make_interval(secs => $3) end
         ), ranked as (
             select present.organization_id, present.user_id, u.name, u.picture, u.version,
                    count(*) over (partition by present.organization_id) as total,
                    row_number() over (partition by present.organization_id
                                       order by lower(u.name), u.id) as rank
               from present
               join memberships m on m.organization_id = present.organization_id
                                 and m.user_id = present.user_id
               join users u on u.id = present.user_id
         )
         select organization_id, user_id, name, picture, version, total
           from ranked
          where rank <= $4
          order by organization_id, rank",
    )
    .bind(organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>())
    .bind(NODE_TIMEOUT_SECONDS)
    .bind(LEAVE_GRACE_SECONDS)
    .bind(MAX_PEOPLE)
    .fetch_all(executor)
    .await?;
    let mut snapshots = HashMap::<_, PresenceSnapshot>::new();
    for PresenceRow { organization_id, user_id, name, picture, version, total } in rows {
        let snapshot = snapshots.entry(organization_id).or_default();
        snapshot.total = total;
        snapshot.people.push(UserView {
            id: user_id,
            name,
            email: None,
            email_version: None,
            picture,
            version,
        });
    }
    Ok(snapshots)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use testing::TestDatabase;

    #[tokio::test]
    async fn snapshot_contains_the_first_people_by_name_and_counts_all() {
        let database = TestDatabase::create().await;
        let [team, node] = [(); 2].map(|()| Uuid::now_v7());
        sqlx::query("insert into organizations (id, name, slug) values ($1, 'Crowd', 'crowd')")
            .bind(team)
            .execute(&database.pool)
            .await
            .unwrap();
        let users: Vec<UserId> = sqlx::query_scalar(
            "with crowd as (
                 insert into users (id, email, name)
                 select gen_random_uuid(), n || '@example.com', 'Person ' || lpad(n::text, 2, '0')
                   from generate_series(1, 25) n returning id
             ), member as (
                 insert into memberships (id, organization_id, user_id, role)
                 select gen_random_uuid(), $1, id, 'member' from crowd
             ), node as (
                 insert into nodes (id, address, version, role, streams, lag_ms, started_at)
                 values ($2, 'here', '1', 'holder', 25, 0, now())
             )
             select id from crowd",
        )
        .bind(team)
        .bind(node)
        .fetch_all(&database.pool)
        .await
        .unwrap();
        let (team, node) = (OrganizationId::from_uuid(team), NodeId::from_uuid(node));
        let presences: Vec<_> = users.into_iter().map(|user| (team, user)).collect();
        write_presences(&database.pool, node, &presences).await.unwrap();
        let snapshots = read_snapshots(&database.pool, &[team]).await.unwrap();
        let names: Vec<_> = snapshots[&team].people.iter().map(|it| it.name.to_string()).collect();
        let first: Vec<_> = (1..=20).map(|number| format!("Person {number:02}")).collect();
        assert_eq!((names, snapshots[&team].total), (first, 25));
    }
}
