//! `GET /organizations/{id}/notes`

use axum::Json;
use axum::extract::State;
use contract::note::NoteView;
use contract::view::List;
use contract::{Capability, NoteId, OrganizationId, OrganizationRef, ResourceKind};
use serde::Deserialize;
use sqlx::PgExecutor;
use tracing::instrument;

use super::row::select_notes;
use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;
use crate::extract::{ApiPath, ApiQuery};
use crate::organizations::access;
use crate::paging::{self, PageLimit};
use crate::row_count::{self, Counted};

/// The page to read.
#[derive(Debug, Deserialize)]
pub struct NotesQuery {
    after: Option<NoteId>,
    #[serde(default)]
    limit: PageLimit,
}

/// Returns a page of the organization's notes, newest first.
///
/// # Errors
/// 404 for outsiders, 422 for an invalid parameter.
#[instrument(skip_all)]
pub async fn list_notes(
    State(api): State<Api>,
    reader: SignedIn,
    ApiPath(reference): ApiPath<OrganizationRef>,
    ApiQuery(query): ApiQuery<NotesQuery>,
) -> Result<Json<List<NoteView>>, ApiFailure> {
    let mut connection = api.pool.acquire().await?;
    let access = access::find(&mut *connection, &reference, reader.user_id).await?;
    access.require(Capability::ReadOrganization)?;
    let limit = query.limit.get();
    let organization_id = access.organization.id;
    let counted = Counted::Resources(ResourceKind::Note);
    let total = row_count::read(&mut *connection, organization_id, counted).await?;
    let page = page(&mut *connection, organization_id, query.after, limit).await?;
    Ok(Json(List { total, ..page }))
}

async fn page(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    after: Option<NoteId>,
    limit: i64,
) -> Result<List<NoteView>, sqlx::Error> {
    let rows: Vec<NoteView> = sqlx::query_as(select_notes!(
        "where r.organization_id = $1 and ($2::uuid is null or r.id < $2)
         order by r.id desc limit $3"
    ))
    .bind(organization_id)
    .bind(after)
    .bind(limit + 1)
    .fetch_all(executor)
    .await?;
    let (rows, more) = paging::split_page(rows, limit);
    let mut list = List::single_page(rows);
    list.next = list.items.last().filter(|_| more).map(|note| note.id.to_string());
    Ok(list)
}

#[cfg(test)]
mod tests {
    use contract::ErrorCode;

    use super::*;
    use crate::fixtures;
    use crate::test_server::TestServer;

    #[tokio::test]
    async fn notes_are_paged_newest_first() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::create_organization(&ada, "north-wind").await;
        fixtures::create_organization(&ada, "south-wind").await;
        for title in ["One", "Two", "Three"] {
            fixtures::create_note(&ada, "north-wind", title).await;
        }
        fixtures::create_note(&ada, "south-wind", "Elsewhere").await;
        let path = "/organizations/north-wind/notes?limit=2";
        let first: List<NoteView> = ada.get(path).await.ok();
        let rest: List<NoteView> =
            ada.get(&format!("{path}&after={}", first.next.as_ref().unwrap())).await.ok();
        let titles = |list: &List<NoteView>| {
            list.items.iter().map(|note| note.title.to_string()).collect::<Vec<_>>()
        };
        assert_eq!((titles(&first), first.total), (vec!["Three".to_owned(), "Two".to_owned()], 3));
        assert_eq!((titles(&rest), rest.total), (vec!["One".to_owned()], 3));
        assert_eq!(rest.next, None);
    }

    #[tokio::test]
    async fn invalid_parameters_name_their_field() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::create_organization(&ada, "north-wind").await;
        for (query, field) in [("limit=0", "limit"), ("limit=201", "limit"), ("after=x", "after")] {
            let error = ada.get(&format!("/organizations/north-wind/notes?{query}")).await.error();
            assert_eq!(error.code, ErrorCode::InvalidFields, "{query}");
            assert!(error.fields.contains_key(field), "{query}: {error:?}");
        }
    }
}
