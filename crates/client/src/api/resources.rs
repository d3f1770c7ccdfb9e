//! The resources of organizations, such as `/notes`. Each kind has the same four endpoints.

use super::transport::{Request, send};
use contract::view::List;
use contract::{ApiError, OrganizationId, Resource};

/// `GET /organizations/{id}/{collection}`: a page of at most 200 items, newest first; `after` is
/// the `next` of the previous page.
///
/// # Errors
/// `not_found` if the reader isn't a member.
pub async fn list<T: Resource>(
    organization: OrganizationId,
    after: Option<&str>,
) -> Result<List<T>, ApiError> {
    let mut path = format!("{}?limit=200", collection_path::<T>(organization));
    if let Some(after) = after {
        path.push_str("&after=");
        path.push_str(after);
    }
    send(Request::get(path)).await?.json()
}

/// `POST /organizations/{id}/{collection}`
///
/// # Errors
/// `invalid_fields` if a field isn't valid, `not_found` if the reader isn't a member.
pub async fn create<T: Resource>(
    organization: OrganizationId,
    request: &T::Create,
) -> Result<T, ApiError> {
    send(Request::post(collection_path::<T>(organization)).json(request)).await?.json()
}

/// `PATCH /{collection}/{id}`: changes the item if `version` is still its latest version.
///
/// # Errors
/// `conflict` if there is a newer version, which is in the error's `newer`; `not_found` once the
/// item is deleted.
pub async fn update<T: Resource>(
    id: T::Id,
    version: i64,
    changes: &T::Update,
) -> Result<T, ApiError> {
    send(Request::patch(item_path::<T>(id)).if_match(version).json(changes)).await?.json()
}

/// `DELETE /{collection}/{id}`: deletes the item if `version` is still its latest version.
///
/// # Errors
/// `conflict` if there is a newer version, which is in the error's `newer`; `forbidden` if the
/// caller is neither its author nor an admin.
pub async fn delete<T: Resource>(id: T::Id, version: i64) -> Result<(), ApiError> {
    send(Request::delete(item_path::<T>(id)).if_match(version)).await?.into_result()
}

fn collection_path<T: Resource>(organization: OrganizationId) -> String {
    format!("/organizations/{organization}/{}", T::KIND.collection())
}

fn item_path<T: Resource>(id: T::Id) -> String {
    format!("/{}/{id}", T::KIND.collection())
}
