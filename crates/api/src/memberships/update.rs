//! `PATCH /memberships/{id}`

use axum::Json;
use axum::extract::State;
use contract::request::UpdateMembership;
use contract::view::MembershipView;
use contract::{Capability, MembershipId, Role};
use sqlx::PgConnection;
use tracing::instrument;

use super::last_admin::require_another_admin;
use super::{lock, row};
use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::{ApiPath, JsonBody};
use crate::organizations::access::OrganizationAccess;

/// Changes a member's role (admins only) or the menu preferences (the member only).
///
/// # Errors
/// 404 for outsiders, 403 if the user may not make one of the changes, 409 if it would demote the only
/// admin. A failure changes nothing.
#[instrument(skip_all)]
pub async fn update_membership(
    State(api): State<Api>,
    request_actor: RequestActor,
    ApiPath(id): ApiPath<MembershipId>,
    JsonBody(update): JsonBody<UpdateMembership>,
) -> Result<Json<MembershipView>, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    let (membership, access) =
        lock::lock_membership(&mut transaction, id, request_actor.user_id()).await?;
    let is_subject = membership.user.id == request_actor.user_id();
    let visibility = access
        .access
        .membership_visibility(is_subject)
        .ok_or_else(ApiFailure::not_found_or_hidden)?;

    if changes_preferences(&update) && !is_subject {
        return Err(ApiFailure::Forbidden);
    }
    if let Some(role) = update.role {
        authorize_role_change(&mut transaction, &access, &membership, role).await?;
    }
    write(&mut transaction, &membership, update).await?;
    let membership = row::find(&mut *transaction, id).await?.ok_or(ApiFailure::Conflict)?;
    transaction.commit().await?;
    Ok(Json(visibility.apply(membership)))
}

/// Admins change roles. An organization keeps at least one admin.
async fn authorize_role_change(
    connection: &mut PgConnection,
    access: &OrganizationAccess,
    membership: &MembershipView,
    role: Role,
) -> Result<(), ApiFailure> {
    access.require(Capability::ManageMembers)?;
    if membership.role == Role::Admin && role != Role::Admin {
        require_another_admin(connection, membership.organization_id, membership.id).await?;
    }
    Ok(())
}

const fn changes_preferences(update: &UpdateMembership) -> bool {
    update.archived.is_some()
        || update.muted.is_some()
        || update.display_order.is_some()
        || update.seen.is_some()
}

/// Skips an update that changes nothing, because it would send a message to all readers. The seen
/// position never decreases.
async fn write(
    connection: &mut PgConnection,
    membership: &MembershipView,
    UpdateMembership { role, archived, muted, display_order, seen }: UpdateMembership,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update memberships
            set role = coalesce($3, role),
                archived = coalesce($4, archived),
                muted = coalesce($5, muted),
                display_order = coalesce($6, display_order),
                seen_position = greatest($7, seen_position)
          where id = $1 and organization_id = $2
            and (role, archived, muted, display_order, seen_position) is distinct from
                (coalesce($3, role), coalesce($4, archived), coalesce($5, muted),
                 coalesce($6, display_order), greatest($7, seen_position))",
    )
    .bind(membership.id)
    .bind(membership.organization_id)
    .bind(role)
    .bind(archived)
    .bind(muted)
    .bind(display_order)
    .bind(seen)
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use contract::ErrorCode;
    use contract::view::List;
    use serde_json::json;

    use super::*;
    use crate::fixtures;
    use crate::test_server::TestServer;

    #[tokio::test]
    async fn admin_changes_a_role() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        let path = format!("/memberships/{}", fixtures::add_member(&ada, wind.id, &grace).await.id);
        let updated: MembershipView = ada.patch(&path, &json!({"role": "admin"})).await.ok();
        assert_eq!(updated.role, Role::Admin);
        assert!(updated.user.email.is_some());
        assert_eq!(updated.preferences, None);
    }

    #[tokio::test]
    async fn only_the_member_changes_menu_preferences() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        let path = format!("/memberships/{}", fixtures::add_member(&ada, wind.id, &grace).await.id);
        let update = json!({"archived": true, "muted": true, "displayOrder": 4.5});
        let updated: MembershipView = grace.patch(&path, &update).await.ok();
        let preferences = updated.preferences.unwrap();
        assert!(preferences.archived && preferences.muted);
        assert_eq!(preferences.display_order.to_bits(), 4.5_f64.to_bits());
        for update in [json!({"archived": false}), json!({"muted": false, "role": "admin"})] {
            assert_eq!(ada.patch(&path, &update).await.error().code, ErrorCode::Forbidden);
        }
    }

    #[tokio::test]
    async fn update_with_a_forbidden_part_changes_nothing() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        let before = fixtures::add_member(&ada, wind.id, &grace).await;
        let path = format!("/memberships/{}", before.id);
        let update = json!({"muted": true, "role": "admin"});
        assert_eq!(grace.patch(&path, &update).await.error().code, ErrorCode::Forbidden);
        let menu: List<MembershipView> = grace.get("/me/menu").await.ok();
        assert_eq!(menu.items, [before]);
    }

    #[tokio::test]
    async fn the_only_admin_cannot_be_demoted() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::create_organization(&ada, "north-wind").await;
        let menu: List<MembershipView> = ada.get("/me/menu").await.ok();
        let path = format!("/memberships/{}", menu.items[0].id);
        let error = ada.patch(&path, &json!({"role": "member"})).await.error();
        assert_eq!(error.code, ErrorCode::LastAdmin);
    }

    #[tokio::test]
    async fn unchanged_update_makes_no_new_version() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::create_organization(&ada, "north-wind").await;
        let menu: List<MembershipView> = ada.get("/me/menu").await.ok();
        let path = format!("/memberships/{}", menu.items[0].id);
        let same = json!({"role": "admin", "muted": false});
        let updated: MembershipView = ada.patch(&path, same).await.ok();
        assert_eq!(updated, menu.items[0]);
    }

    #[tokio::test]
    async fn membership_is_hidden_from_outsiders() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let linus = server.person("Linus").await;
        fixtures::create_organization(&ada, "north-wind").await;
        let menu: List<MembershipView> = ada.get("/me/menu").await.ok();
        let path = format!("/memberships/{}", menu.items[0].id);
        for update in [json!({"role": "member"}), json!({"muted": true}), json!({})] {
            assert_eq!(linus.patch(&path, &update).await.error().code, ErrorCode::NotFound);
        }
        assert_eq!(linus.delete(&path).await.error().code, ErrorCode::NotFound);
        assert_eq!(linus.delete("/memberships/nonsense").await.error().code, ErrorCode::NotFound);
    }
}
