//! `GET /organizations/{id}`

use axum::Json;
use axum::extract::State;
use contract::view::OrganizationView;
use contract::{Capability, OrganizationRef};
use tracing::instrument;

use super::access;
use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;
use crate::extract::ApiPath;

/// Returns the organization. A former slug works too; the view has the present one.
///
/// # Errors
/// 404 for outsiders.
#[instrument(skip_all)]
pub async fn get_organization(
    State(api): State<Api>,
    reader: SignedIn,
    ApiPath(reference): ApiPath<OrganizationRef>,
) -> Result<Json<OrganizationView>, ApiFailure> {
    let access = access::find(&api.pool, &reference, reader.user_id).await?;
    access.require(Capability::ReadOrganization)?;
    Ok(Json(access.organization))
}

#[cfg(test)]
mod tests {
    use contract::ErrorCode;
    use serde_json::json;

    use super::*;
    use crate::fixtures;
    use crate::test_server::TestServer;

    #[tokio::test]
    async fn former_slugs_lead_to_the_organization() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::create_organization(&ada, "first").await;
        for (from, to) in [("first", "second"), ("second", "third")] {
            let path = format!("/organizations/{from}");
            let _: OrganizationView = ada.patch(&path, &json!({"slug": to})).await.ok();
        }
        for slug in ["first", "second", "third", "FIRST"] {
            let found: OrganizationView = ada.get(&format!("/organizations/{slug}")).await.ok();
            assert_eq!(found.slug.as_str(), "third");
        }
    }

    #[tokio::test]
    async fn hidden_and_missing_organizations_give_the_same_error() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        fixtures::create_organization(&ada, "north-wind").await;
        let hidden = grace.get("/organizations/north-wind").await.error();
        let nothing = grace.get("/organizations/south-wind").await.error();
        assert_eq!(hidden.code, ErrorCode::NotFound);
        assert_eq!((hidden.code, hidden.message), (nothing.code, nothing.message));
    }
}
