//! The table `presences`. Moments are the database's: nodes needn't agree on the time.

use std::collections::HashMap;

use contract::event::PresenceSnapshot;
use contract::view::UserView;
use contract::{Name, NodeId, OrganizationId, PictureId, UserId};
use sqlx::{FromRow, PgExecutor};

/// How long somebody whose last stream closed is still here, in seconds. A page that is loaded
/// again, or goes on at another node, is back by then.
const GRACE: f64 = 8.0;

/// How long a node may be silent before it counts as dead, and its visitors as gone, in seconds.
const SILENT_FOR: f64 = 15.0;

/// How many are told by name.
const MOST_NAMED: i64 = 20;

/// Writes down that these are the visits of the node.
///
/// # Errors
/// When the database can't.
pub(super) async fn say(
    executor: impl PgExecutor<'_>,
    node: NodeId,
    visits: &[(OrganizationId, UserId)],
) -> Result<(), sqlx::Error> {
    let (organizations, users): (Vec<_>, Vec<_>) =
        visits.iter().map(|(organization, user)| (organization.uuid(), user.uuid())).unzip();
    sqlx::query(
        "with visits as (
             select * from unnest($2::uuid[], $3::uuid[]) as visit (organization_id, user_id)
         ), left_now as (
             update presences p set left_at = now()
              where p.node_id = $1 and p.left_at is null
                and not exists (select from visits v where v.organization_id = p.organization_id
                                                       and v.user_id = p.user_id)
         )
         insert into presences (organization_id, user_id, node_id)
         select organization_id, user_id, $1 from visits
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

/// Removes who is gone. Several nodes may do so at once.
///
/// # Errors
/// When the database can't.
pub(super) async fn sweep(executor: impl PgExecutor<'_>) -> Result<(), sqlx::Error> {
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
    .bind(GRACE)
    .execute(executor)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct HereRow {
    organization_id: OrganizationId,
    user_id: UserId,
    name: Name,
    picture: Option<PictureId>,
    version: i64,
    total: i64,
}

/// Who is in these organizations. Members only, whatever the nodes say: who was removed is gone.
///
/// # Errors
/// When the database can't answer.
pub(super) async fn read(
    executor: impl PgExecutor<'_>,
    organizations: &[OrganizationId],
) -> Result<HashMap<OrganizationId, PresenceSnapshot>, sqlx::Error> {
    let rows: Vec<HereRow> = sqlx::query_as(
        "with here as (
             select distinct p.organization_id, p.user_id
               from presences p
               left join nodes n on n.id = p.node_id
              where p.organization_id = any($1)
                and case when p.left_at is null
                         then n.seen_at > now() - make_interval(secs => $2)
                         else p.left_at > now() - make_interval(secs => $3) end
         ), ranked as (
             select h.organization_id, h.user_id, u.name, u.picture, u.version,
                    count(*) over (partition by h.organization_id) as total,
                    row_number() over (partition by h.organization_id
                                       order by lower(u.name), u.id) as place
               from here h
               join memberships m on m.organization_id = h.organization_id
                                 and m.user_id = h.user_id
               join users u on u.id = h.user_id
         )
         select organization_id, user_id, name, picture, version, total
           from ranked
          where place <= $4
          order by organization_id, place",
    )
    .bind(organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>())
    .bind(SILENT_FOR)
    .bind(GRACE)
    .bind(MOST_NAMED)
    .fetch_all(executor)
    .await?;
    let mut found = HashMap::<_, PresenceSnapshot>::new();
    for HereRow { organization_id, user_id, name, picture, version, total } in rows {
        let here = found.entry(organization_id).or_default();
        here.total = total;
        here.people.push(UserView { id: user_id, name, email: None, picture, version });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use testing::TestDatabase;

    #[tokio::test]
    async fn of_a_crowd_the_first_by_name_are_told_and_all_are_counted() {
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
        let visits: Vec<_> = users.into_iter().map(|user| (team, user)).collect();
        say(&database.pool, node, &visits).await.unwrap();
        let found = read(&database.pool, &[team]).await.unwrap();
        let names: Vec<_> = found[&team].people.iter().map(|it| it.name.to_string()).collect();
        let first: Vec<_> = (1..=20).map(|number| format!("Person {number:02}")).collect();
        assert_eq!((names, found[&team].total), (first, 25));
    }
}
