//! What organizations hold, such as `/notes`: the same four endpoints for each kind.

use super::transport::{Request, send};
use contract::view::List;
use contract::{ApiError, OrganizationId, Resource};

/// `GET /organizations/{id}/{collection}`: one page, the newest first; `after` is the `next` of the
/// page before.
///
/// # Errors
/// `not_found` for whoever isn't a member.
pub async fn of_organization<T: Resource>(
    organization: OrganizationId,
    after: Option<&str>,
) -> Result<List<T>, ApiError> {
    let mut path = format!("{}?limit=200", collection::<T>(organization));
    if let Some(after) = after {
        path.push_str("&after=");
        path.push_str(after);
    }
    send(Request::get(path)).await?.json()
}

/// `POST /organizations/{id}/{collection}`
///
/// # Errors
/// `invalid_fields` for a text that can't be such a thing's, `not_found` for whoever isn't a member.
pub async fn create<T: Resource>(
    organization: OrganizationId,
    request: &T::Create,
) -> Result<T, ApiError> {
    send(Request::post(collection::<T>(organization)).json(request)).await?.json()
}

/// `PATCH /{collection}/{id}`: changes the version that the caller saw.
///
/// # Errors
/// `conflict` when there is a newer one: the error's `newer` is that. `not_found` once it is gone.
pub async fn update<T: Resource>(
    id: T::Id,
    version: i64,
    changes: &T::Update,
) -> Result<T, ApiError> {
    send(Request::patch(one::<T>(id)).if_match(version).json(changes)).await?.json()
}

/// `DELETE /{collection}/{id}`: deletes the version that the caller saw.
///
/// # Errors
/// `conflict` when there is a newer one: the error's `newer` is that. `forbidden` for whoever is
/// neither its author nor admin.
pub async fn delete<T: Resource>(id: T::Id, version: i64) -> Result<(), ApiError> {
    send(Request::delete(one::<T>(id)).if_match(version)).await?.done()
}

fn collection<T: Resource>(organization: OrganizationId) -> String {
    format!("/organizations/{organization}/{}", T::KIND.collection())
}

fn one<T: Resource>(id: T::Id) -> String {
    format!("/{}/{id}", T::KIND.collection())
}
