//! Checks that an organization keeps an admin.

use contract::{MembershipId, OrganizationId};
use sqlx::PgConnection;

use crate::error::ApiFailure;

/// Checks that the organization has an admin other than `except`.
///
/// The caller must have locked the organization with `access::lock_exclusive`. Otherwise two admins
/// could leave at the same time, because each transaction still sees the other admin.
///
/// # Errors
/// 409 if there is no other admin.
pub async fn require_another_admin(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    except: MembershipId,
) -> Result<(), ApiFailure> {
    let another: bool = sqlx::query_scalar(
        "select exists (select from memberships
                         where organization_id = $1 and role = 'admin' and id <> $2)",
    )
    .bind(organization_id)
    .bind(except)
    .fetch_one(connection)
    .await?;
    if another { Ok(()) } else { Err(ApiFailure::LastAdmin) }
}

#[cfg(test)]
mod tests {
    use contract::ErrorCode;
    use contract::view::{List, MembershipView};
    use serde_json::json;

    use crate::fixtures;
    use crate::test_server::TestServer;

    #[tokio::test]
    async fn concurrent_leaving_keeps_one_admin() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        for round in 0..5 {
            let wind = fixtures::create_organization(&ada, &format!("north-wind-{round}")).await;
            let membership = fixtures::add_member(&ada, wind.id, &grace).await;
            let path = format!("/memberships/{}", membership.id);
            let _: MembershipView = ada.patch(&path, &json!({"role": "admin"})).await.ok();

            let nothing = json!({});
            let leave = format!("/organizations/{}/leave", wind.id);
            let (ada_leaves, grace_leaves) =
                tokio::join!(ada.post(&leave, &nothing), grace.post(&leave, &nothing));
            let (left, stayed) = match ada_leaves.status.is_success() {
                true => (ada_leaves, grace_leaves),
                false => (grace_leaves, ada_leaves),
            };
            left.no_content();
            assert_eq!(stayed.error().code, ErrorCode::LastAdmin);
        }
        let ada_has: List<MembershipView> = ada.get("/me/menu").await.ok();
        let grace_has: List<MembershipView> = grace.get("/me/menu").await.ok();
        assert_eq!(ada_has.total + grace_has.total, 5);
    }

    #[tokio::test]
    async fn concurrent_demotion_keeps_one_admin() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        let graces =
            format!("/memberships/{}", fixtures::add_member(&ada, wind.id, &grace).await.id);
        let _: MembershipView = ada.patch(&graces, &json!({"role": "admin"})).await.ok();
        let menu: List<MembershipView> = ada.get("/me/menu").await.ok();
        let adas = format!("/memberships/{}", menu.items[0].id);

        let demotion = json!({"role": "member"});
        tokio::join!(ada.patch(&graces, &demotion), grace.patch(&adas, &demotion));
        let roles = [&ada, &grace].map(|person| async move {
            let menu: List<MembershipView> = person.get("/me/menu").await.ok();
            menu.items[0].role
        });
        let [adas, graces] = roles;
        assert_ne!(adas.await, graces.await);
    }
}
