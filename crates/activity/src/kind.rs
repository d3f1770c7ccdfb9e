//! What kinds of things the log tells of.

use contract::ResourceKind;

/// What kind of thing an activity is about. One for each table of the publication. Where the
/// log and the streams treat tables differently, the difference is said here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActivityKind {
    /// A row of `users`.
    User,
    /// A row of `sessions`. Nobody gets it as data: its end ends streams.
    Session,
    /// A row of `organizations`.
    Organization,
    /// A row of `memberships`.
    Membership,
    /// A row of `invitations`.
    Invitation,
    /// A row of a table of what organizations hold. The organization's own stream tells of it, and
    /// that of each member only that there is news. It is everybody's there; whose name shows
    /// beside it is in `author`.
    Resource(ResourceKind),
}

impl ActivityKind {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let own =
            [Self::User, Self::Session, Self::Organization, Self::Membership, Self::Invitation];
        own.into_iter().chain(ResourceKind::ALL.iter().copied().map(Self::Resource))
    }

    /// The table.
    #[must_use]
    pub const fn table(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Session => "sessions",
            Self::Organization => "organizations",
            Self::Membership => "memberships",
            Self::Invitation => "invitations",
            Self::Resource(kind) => kind.collection(),
        }
    }

    /// Whether it concerns an organization, whose trail then tells of it.
    #[must_use]
    pub const fn is_of_organization(self) -> bool {
        match self {
            Self::User | Self::Session => false,
            Self::Organization | Self::Membership | Self::Invitation | Self::Resource(_) => true,
        }
    }

    /// Whether an organization holds it.
    #[must_use]
    pub const fn is_resource(self) -> bool {
        matches!(self, Self::Resource(_))
    }

    /// As the log's column holds it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Session => "session",
            Self::Organization => "organization",
            Self::Membership => "membership",
            Self::Invitation => "invitation",
            Self::Resource(kind) => kind.as_str(),
        }
    }

    /// The fields that are nobody's business but their subject's, not even that they changed: what
    /// a member arranged in their own menu and has seen, and where a person is signed in.
    #[must_use]
    pub const fn private_fields(self) -> &'static [&'static str] {
        match self {
            Self::Membership => &["archived", "muted", "displayOrder", "seenPosition"],
            Self::User => &["sessionsVersion"],
            _ => &[],
        }
    }
}

/// The log tells of a kind that this release doesn't know.
#[derive(Debug, thiserror::Error)]
#[error("the log's kind `{0}` isn't known")]
pub struct UnknownKind(String);

impl TryFrom<String> for ActivityKind {
    type Error = UnknownKind;

    fn try_from(text: String) -> Result<Self, UnknownKind> {
        Self::all().find(|kind| kind.as_str() == text).ok_or(UnknownKind(text))
    }
}

/// The same as [`ActivityKind::is_resource`], of a row of `activities`. The index `activities_held` says
/// it in the same words.
macro_rules! resource_rows {
    () => {
        "kind not in ('user', 'session', 'organization', 'membership', 'invitation')"
    };
}
pub(crate) use resource_rows;

#[cfg(test)]
mod tests {
    use super::*;
    use testing::TestDatabase;

    #[tokio::test]
    async fn there_is_a_kind_for_each_table_of_the_publication() {
        let database = TestDatabase::create().await;
        let published: Vec<String> = sqlx::query_scalar(
            "select tablename::text from pg_publication_tables where pubname = 'tributary'
              order by 1",
        )
        .fetch_all(&database.pool)
        .await
        .unwrap();
        let mut known: Vec<_> = ActivityKind::all().map(ActivityKind::table).collect();
        known.sort_unstable();
        assert_eq!(known, published);
    }

    #[tokio::test]
    async fn every_published_row_can_be_told_whole_and_every_author_by_name() {
        let database = TestDatabase::create().await;
        let (unfit, unnamed): (Vec<String>, Vec<String>) = sqlx::query_as(
            "with published as (
                 select c.oid, c.relname::text, c.relreplident
                   from pg_publication_rel p join pg_class c on c.oid = p.prrelid
             )
             select array(select relname from published where relreplident <> 'f'),
                    array(select relname from published
                           where exists (select from pg_attribute
                                          where attrelid = oid and attname = 'author')
                             and relname not in (select table_name
                                                   from information_schema.view_table_usage
                                                  where view_name = 'authors'))",
        )
        .fetch_one(&database.pool)
        .await
        .unwrap();
        assert_eq!(unfit, [""; 0], "these need `replica identity full`");
        assert_eq!(unnamed, [""; 0], "these belong in the view `authors`");
    }

    #[test]
    fn what_is_held_is_the_same_in_sql() {
        let index = include_str!("../../db/migrations/0062_what_organizations_hold.sql");
        assert!(index.contains(resource_rows!()));
        for kind in ActivityKind::all() {
            let named = resource_rows!().contains(&format!("'{}'", kind.as_str()));
            assert_eq!(kind.is_resource(), !named, "{kind:?}");
        }
    }
}
