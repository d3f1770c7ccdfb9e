//! `DELETE /memberships/{id}`, and the removal that leaving an organization uses too.

use axum::extract::State;
use axum::http::StatusCode;
use contract::view::MembershipView;
use contract::{Capability, MembershipId, Role};
use sqlx::PgConnection;
use tracing::instrument;

use super::last_admin::require_another_admin;
use super::lock;
use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::ApiPath;

/// Removes a member. Admins remove everyone; other members only themselves.
///
/// # Errors
/// 404 for outsiders, 403 for members who aren't admins, 409 for the only admin.
#[instrument(skip_all)]
pub async fn remove_membership(
    State(api): State<Api>,
    request_actor: RequestActor,
    ApiPath(id): ApiPath<MembershipId>,
) -> Result<StatusCode, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    let (membership, access) =
        lock::lock_membership(&mut transaction, id, request_actor.user_id()).await?;
    access.require(Capability::ReadOrganization)?;
    if membership.user.id != request_actor.user_id() {
        access.require(Capability::ManageMembers)?;
    }
    remove(&mut transaction, &membership).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes the membership. The caller locks its organization first.
///
/// # Errors
/// 409 if it is the only admin's.
pub async fn remove(
    connection: &mut PgConnection,
    membership: &MembershipView,
) -> Result<(), ApiFailure> {
    if membership.role == Role::Admin {
        require_another_admin(connection, membership.organization_id, membership.id).await?;
    }
    sqlx::query("delete from memberships where id = $1 and organization_id = $2")
        .bind(membership.id)
        .bind(membership.organization_id)
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use contract::ErrorCode;
    use contract::view::List;

    use super::*;
    use crate::fixtures;
    use crate::test_server::TestServer;

    #[tokio::test]
    async fn removed_member_has_no_access() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        let membership = fixtures::add_member(&ada, wind.id, &grace).await;
        ada.delete(&format!("/memberships/{}", membership.id)).await.no_content();
        let error = grace.get("/organizations/north-wind").await.error();
        assert_eq!(error.code, ErrorCode::NotFound);
    }

    #[tokio::test]
    async fn member_removes_only_themselves() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        let own = format!("/memberships/{}", fixtures::add_member(&ada, wind.id, &grace).await.id);
        let menu: List<MembershipView> = ada.get("/me/menu").await.ok();
        let adas = format!("/memberships/{}", menu.items[0].id);
        assert_eq!(grace.delete(&adas).await.error().code, ErrorCode::Forbidden);
        grace.delete(&own).await.no_content();
    }

    #[tokio::test]
    async fn the_only_admin_cannot_be_removed() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::create_organization(&ada, "north-wind").await;
        let menu: List<MembershipView> = ada.get("/me/menu").await.ok();
        let error = ada.delete(&format!("/memberships/{}", menu.items[0].id)).await.error();
        assert_eq!(error.code, ErrorCode::LastAdmin);
    }
}
