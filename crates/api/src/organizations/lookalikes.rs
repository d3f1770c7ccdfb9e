//! `GET /organizations/{id}/lookalikes`
//!
//! Names look alike when they have the same skeleton (Unicode UTS 39, section 4), whatever their case:
//! "Ada" and "Аda" with a Cyrillic А, "paypal" and "paypaI". Nothing is stored, since the skeletons change
//! with Unicode's tables.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use contract::view::{List, LookalikeView};
use contract::{Capability, MembershipId, Name, OrganizationId, OrganizationRef};
use sqlx::PgPool;
use tracing::instrument;
use unicode_security::confusable_detection::skeleton;

use super::access;
use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;
use crate::extract::ApiPath;

/// How many members are returned. In an organization with more, many have the same name, and the page says
/// so often enough.
const MAX_LOOKALIKES: usize = 1000;

/// Returns the members whose names look like other members' names. Both are returned, because nobody knows
/// which of them imitates the other.
///
/// # Errors
/// 404 for outsiders.
#[instrument(skip_all)]
pub async fn list_lookalikes(
    State(api): State<Api>,
    reader: SignedIn,
    ApiPath(reference): ApiPath<OrganizationRef>,
) -> Result<Json<List<LookalikeView>>, ApiFailure> {
    let access = access::find(&api.pool, &reference, reader.user_id).await?;
    access.require(Capability::ReadOrganization)?;
    let names = names(&api.pool, access.organization.id).await?;
    // Some milliseconds for thousands of names.
    let found = tokio::task::spawn_blocking(move || find(names)).await;
    Ok(Json(List::single_page(found.map_err(ApiFailure::internal)?)))
}

/// The members in the order in which they joined.
async fn names(
    pool: &PgPool,
    organization: OrganizationId,
) -> Result<Vec<(MembershipId, Name)>, sqlx::Error> {
    sqlx::query_as(
        "select m.id, u.name
           from memberships m
           join users u on u.id = m.user_id
          where m.organization_id = $1
          order by m.id",
    )
    .bind(organization)
    .fetch_all(pool)
    .await
}

fn find(names: Vec<(MembershipId, Name)>) -> Vec<LookalikeView> {
    let mut by_look: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, (_, name)) in names.iter().enumerate() {
        by_look.entry(look(name)).or_default().push(index);
    }
    let mut found: Vec<_> = by_look
        .values()
        .filter(|alike| alike.len() > 1)
        .flat_map(|alike| {
            let [first, second] = [alike[0], alike[1]];
            alike.iter().map(move |&index| (index, if index == first { second } else { first }))
        })
        .collect();
    found.sort_unstable();
    found.truncate(MAX_LOOKALIKES);
    let view = |(index, other): (usize, usize)| LookalikeView {
        membership_id: names[index].0,
        other: names[other].1.clone(),
    };
    found.into_iter().map(view).collect()
}

/// What two names have in common that look alike.
fn look(name: &Name) -> String {
    let visible: String = name.as_str().chars().filter(|c| !is_invisible(*c)).collect();
    let skeleton: String = skeleton(&visible).flat_map(char::to_lowercase).collect();
    skeleton.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Joiners, variation selectors and tags: names may have them, and they don't tell two apart.
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{200C}'..='\u{200D}'
            | '\u{180B}'..='\u{180D}'
            | '\u{180F}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{E0020}'..='\u{E007F}'
            | '\u{E0100}'..='\u{E01EF}'
    )
}

#[cfg(test)]
mod tests {
    use contract::ErrorCode;

    use super::*;
    use crate::fixtures;
    use crate::test_server::TestServer;

    fn look_of(name: &str) -> String {
        look(&Name::parse(name).unwrap())
    }

    #[test]
    fn names_that_look_alike_have_one_look() {
        for (one, other) in [
            ("Ada Lovelace", "Аda Lоvelace"), // Cyrillic А and о
            ("paypal", "paypaI"),
            ("Ada", "ADA"),
            ("Ada King", "Ada\u{A0}\u{2003}King"),
            ("日本", "日\u{200D}本"),
            ("Zoë", "Zoe\u{308}"),
            ("Michael", "𝐌ichael"),
            ("Bob 100", "Bob 1OO"),
        ] {
            assert_eq!(look_of(one), look_of(other), "{one} and {other}");
        }
        for (one, other) in [("Ada", "Ade"), ("Zoë", "Zoe"), ("Иван", "Ivan"), ("李", "王")]
        {
            assert_ne!(look_of(one), look_of(other), "{one} and {other}");
        }
    }

    #[tokio::test]
    async fn members_whose_names_look_alike_are_named_to_members() {
        let server = TestServer::start().await;
        let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
        let linus = server.person("Linus").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        let of_grace = fixtures::add_member(&ada, wind.id, &grace).await;
        let path = "/organizations/north-wind/lookalikes";
        let none: List<LookalikeView> = ada.get(path).await.ok();
        assert_eq!(none.items, []);

        let renamed = grace.patch("/me", serde_json::json!({"name": "Аdа"})).await;
        assert!(renamed.status.is_success(), "{renamed:?}");
        let found: List<LookalikeView> = ada.get(path).await.ok();
        let others: Vec<_> = found.items.iter().map(|it| it.other.as_str()).collect();
        assert_eq!(others, ["Аdа", "Ada"]);
        assert_eq!(found.items[1].membership_id, of_grace.id);
        assert_eq!(linus.get(path).await.error().code, ErrorCode::NotFound);
    }
}
