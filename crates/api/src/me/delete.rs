//! `DELETE /me`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use contract::{Name, OrganizationId, Role, UserId};
use sqlx::{FromRow, PgConnection};
use tracing::instrument;

use crate::Api;
use crate::auth::cookie;
use crate::auth::session::proof::RecentlyProven;
use crate::error::ApiFailure;
use crate::response_headers::CLEAR_CACHE;
use crate::security_log::{self, Event};

/// Deletes the account and the organizations without other members.
///
/// # Errors
/// 409 while the user is the only admin of an organization with other members, 403 if the last proof of who
/// they are is too old.
#[instrument(skip_all)]
pub async fn delete_me(
    State(api): State<Api>,
    proven: RecentlyProven,
) -> Result<impl IntoResponse, ApiFailure> {
    let user_id = proven.user_id();
    let mut transaction = proven.begin(&api.pool).await?;
    lock(&mut transaction, user_id).await?;
    let organizations = organizations_of(&mut transaction, user_id).await?;
    let without_admin = organizations.iter().filter(|it| it.would_lack_an_admin());
    let without_admin: Vec<Name> = without_admin.map(|it| it.name.clone()).collect();
    if !without_admin.is_empty() {
        return Err(ApiFailure::LastAdminOf(without_admin));
    }
    let abandoned: Vec<OrganizationId> =
        organizations.iter().filter(|it| it.others == 0).map(|it| it.id).collect();
    sqlx::query("delete from organizations where id = any($1)")
        .bind(abandoned)
        .execute(&mut *transaction)
        .await?;
    sqlx::query("delete from users where id = $1").bind(user_id).execute(&mut *transaction).await?;
    transaction.commit().await?;
    security_log::record(Event::AccountDeleted(user_id));
    Ok((cookie::clear(api.settings), [CLEAR_CACHE], StatusCode::NO_CONTENT))
}

/// Locks the account, so that it can't join another organization, and then its organizations, so that
/// no other admin leaves.
async fn lock(connection: &mut PgConnection, user_id: UserId) -> Result<(), sqlx::Error> {
    sqlx::query("select from users where id = $1 for update")
        .bind(user_id)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "select from organizations
          where id in (select organization_id from memberships where user_id = $1)
          order by id
            for update",
    )
    .bind(user_id)
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct MyOrganization {
    id: OrganizationId,
    name: Name,
    my_role: Role,
    others: i64,
    other_admins: i64,
}

impl MyOrganization {
    fn would_lack_an_admin(&self) -> bool {
        self.my_role == Role::Admin && self.others > 0 && self.other_admins == 0
    }
}

async fn organizations_of(
    connection: &mut PgConnection,
    user_id: UserId,
) -> Result<Vec<MyOrganization>, sqlx::Error> {
    sqlx::query_as(
        "select o.id, o.name, mine.role as my_role,
                count(other.id) as others,
                count(other.id) filter (where other.role = 'admin') as other_admins
           from memberships mine
           join organizations o on o.id = mine.organization_id
           left join memberships other
             on other.organization_id = mine.organization_id and other.id <> mine.id
          where mine.user_id = $1
          group by mine.id, o.id
          order by o.name, o.id",
    )
    .bind(user_id)
    .fetch_all(connection)
    .await
}

#[cfg(test)]
mod tests {
    use contract::ErrorCode;
    use contract::view::{List, MembershipView, SlugView};
    use serde_json::json;

    use crate::fixtures;
    use crate::test_server::TestServer;

    #[tokio::test]
    async fn deleting_an_account_deletes_organizations_without_other_members() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        fixtures::create_organization(&ada, "north-wind").await;
        ada.delete("/me").await.no_content();
        assert_eq!(ada.get("/me").await.error().code, ErrorCode::NotSignedIn);
        fixtures::end_quarantines(&server).await;
        let slug: SlugView = grace.get("/slugs/north-wind").await.ok();
        assert!(slug.available);
    }

    #[tokio::test]
    async fn the_only_admin_cannot_delete_their_account() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        let membership = fixtures::add_member(&ada, wind.id, &grace).await;
        let error = ada.delete("/me").await.error();
        assert_eq!(error.code, ErrorCode::LastAdmin);
        assert!(error.message.starts_with("You're the only admin of north-wind."), "{error}");

        let path = format!("/memberships/{}", membership.id);
        let _: MembershipView = ada.patch(&path, &json!({"role": "admin"})).await.ok();
        ada.delete("/me").await.no_content();
        let members: List<MembershipView> =
            grace.get("/organizations/north-wind/members").await.ok();
        assert_eq!(members.total, 1);
    }
}
