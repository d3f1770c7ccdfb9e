//! `/notes`, and the lists of them.

use super::transport::{Request, send};
use crate::contract::note::{CreateNote, NoteView, UpdateNote};
use crate::contract::view::List;
use crate::contract::{ApiError, NoteId, OrganizationId};

/// `GET /organizations/{id}/notes`: one page, the newest first; `after` is the `next` of the page
/// before.
///
/// # Errors
/// `not_found` for whoever isn't a member.
pub async fn of_organization(
    organization: OrganizationId,
    after: Option<&str>,
) -> Result<List<NoteView>, ApiError> {
    let mut path = format!("/organizations/{organization}/notes?limit=200");
    if let Some(after) = after {
        path.push_str("&after=");
        path.push_str(after);
    }
    send(Request::get(path)).await?.json()
}

/// `POST /organizations/{id}/notes`
///
/// # Errors
/// `invalid_fields` for a text that can't be a note's, `not_found` for whoever isn't a member.
pub async fn create(organization: OrganizationId, note: &CreateNote) -> Result<NoteView, ApiError> {
    send(Request::post(format!("/organizations/{organization}/notes")).json(note)).await?.json()
}

/// `PATCH /notes/{id}`: changes the version that the caller saw.
///
/// # Errors
/// `conflict` when there is a newer one: the error's `newer` is that. `not_found` once it is gone.
pub async fn update(id: NoteId, version: i64, changes: &UpdateNote) -> Result<NoteView, ApiError> {
    let request = Request::patch(format!("/notes/{id}")).if_match(version).json(changes);
    send(request).await?.json()
}

/// `DELETE /notes/{id}`: deletes the version that the caller saw.
///
/// # Errors
/// `conflict` when there is a newer one: the error's `newer` is that. `forbidden` for whoever is
/// neither its author nor admin.
pub async fn delete(id: NoteId, version: i64) -> Result<(), ApiError> {
    send(Request::delete(format!("/notes/{id}")).if_match(version)).await?.done()
}
