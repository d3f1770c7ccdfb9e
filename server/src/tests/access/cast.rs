//! The people of the access tests, and the organization that they have to do with.

use sqlx::PgPool;
use uuid::Uuid;

use crate::testing::{Person, TestServer};
use api::token::Token;

/// What a person is to the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Isn't signed in.
    Visitor,
    /// Has an account and nothing to do with the organization.
    Outsider,
    /// Was removed from the organization.
    FormerMember,
    /// Has an open invitation.
    Invited,
    /// A member who created nothing.
    Member,
    /// One of two admins.
    Admin,
    /// An admin of the system, who isn't in the organization.
    SystemAdmin,
}

impl Role {
    /// All roles.
    pub(crate) const ALL: [Self; 7] = [
        Self::Visitor,
        Self::Outsider,
        Self::FormerMember,
        Self::Invited,
        Self::Member,
        Self::Admin,
        Self::SystemAdmin,
    ];
}

/// One person of each role, and the things that requests name.
pub(crate) struct Cast {
    people: Vec<(Role, Person)>,
    pool: PgPool,
    /// Makes addresses and slugs of this cast unique.
    pub(crate) number: u32,
    pub(crate) organization: Uuid,
    /// A note by another member.
    pub(crate) note: Uuid,
    /// The membership of that member.
    pub(crate) membership: Uuid,
    /// The open invitation of [`Role::Invited`].
    pub(crate) invitation: Uuid,
    /// The token in its link.
    pub(crate) invitation_token: String,
    /// A second session of [`Role::Admin`].
    pub(crate) session: Uuid,
    /// The organization's picture.
    pub(crate) picture: Uuid,
}

impl Cast {
    /// Creates the people and the organization in the database of `server`.
    pub(crate) async fn on(server: &TestServer, number: u32) -> Self {
        let pool = server.database.pool.clone();
        if number == 0 {
            // Hashing takes long, so everybody has the hash of this person's password.
            server.person("Template").await;
        }
        let mut people = vec![(Role::Visitor, server.visitor())];
        for role in Role::ALL.into_iter().skip(1) {
            people.push((role, server.guest(&format!("{role:?}"), &email(role, number)).await));
        }
        server.guest("Author", &format!("author{number}@example.com")).await;
        server.guest("Second admin", &format!("second{number}@example.com")).await;
        let token = Token::generate().unwrap();
        let [organization, note, membership, invitation, session, picture] =
            [(); 6].map(|()| Uuid::now_v7());
        let mut transaction = db::transaction::begin(&pool).await.unwrap();
        for statement in [
            "update users set system_admin = true where email = 'systemadmin' || $1 || '@example.com'",
            "update session_tokens set proven_at = now()",
            "insert into credentials (user_id, password_hash)
             select id, (select password_hash from credentials limit 1) from users
              where id not in (select user_id from credentials)",
            "insert into pictures (id, media_type, bytes) values ($7, 'image/png', '\\x00')",
            "insert into organizations (id, name, slug, picture) values ($2, 'Cast', 'cast-' || $1, $7)",
            "insert into memberships (id, organization_id, user_id, role)
             select case when name = 'Author' then $4 else gen_random_uuid() end, $2, id,
                    case when name in ('Admin', 'Second admin') then 'admin' else 'member' end
               from users
              where email in ('admin' || $1 || '@example.com', 'second' || $1 || '@example.com',
                              'member' || $1 || '@example.com', 'author' || $1 || '@example.com',
                              'formermember' || $1 || '@example.com')",
            "delete from memberships
              where organization_id = $2 and user_id = (select id from users where name = 'FormerMember'
                and email = 'formermember' || $1 || '@example.com')",
            "insert into notes (id, organization_id, author, title)
             select $3, $2, user_id, 'Plan' from memberships where id = $4",
            "insert into invitations (id, organization_id, email, user_id, role, expires_at)
             select $5, $2, email, id, 'member', now() + interval '1 day'
               from users where email = 'invited' || $1 || '@example.com'",
            "insert into sessions (id, user_id, expires_at)
             select $6, id, now() + interval '1 day'
               from users where email = 'admin' || $1 || '@example.com'",
        ] {
            // Each statement names the parameters that it needs; this one names them all.
            let statement = format!(
                "with parameters as (select $1::text, $2::uuid, $3::uuid, $4::uuid, $5::uuid, $6::uuid, $7::uuid)
                 {statement}"
            );
            sqlx::query(sqlx::AssertSqlSafe(statement))
                .bind(number.to_string())
                .bind(organization)
                .bind(note)
                .bind(membership)
                .bind(invitation)
                .bind(session)
                .bind(picture)
                .execute(&mut *transaction)
                .await
                .unwrap();
        }
        sqlx::query("insert into invitation_tokens (invitation_id, token_hash) values ($1, $2)")
            .bind(invitation)
            .bind(token.hash())
            .execute(&mut *transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        Self {
            people,
            pool,
            number,
            organization,
            note,
            membership,
            invitation,
            invitation_token: token.reveal().to_owned(),
            session,
            picture,
        }
    }

    /// The person of that role.
    pub(crate) fn person(&self, role: Role) -> &Person {
        let person = self.people.iter().find(|(of, _)| *of == role);
        &person.expect("a cast has one person of each role").1
    }

    /// A text that differs whenever anything that a request could change is different.
    pub(crate) async fn fingerprint(&self) -> String {
        sqlx::query_scalar(
            "select concat_ws(' ',
                 (select md5(string_agg(it::text, '' order by id)) from users it),
                 (select md5(string_agg(it::text, '' order by user_id)) from confirmed_emails it),
                 (select md5(string_agg(it::text, '' order by user_id)) from credentials it),
                 (select md5(string_agg(it::text, '' order by user_id)) from authenticator_apps it),
                 (select md5(string_agg(it::text, '' order by id)) from sessions it),
                 (select md5(string_agg(it::text, '' order by id)) from organizations it),
                 (select md5(string_agg(it::text, '' order by slug)) from organization_slugs it),
                 (select md5(string_agg(it::text, '' order by id)) from memberships it),
                 (select md5(string_agg(it::text, '' order by id)) from invitations it),
                 (select md5(string_agg(it::text, '' order by invitation_id)) from invitation_tokens it),
                 (select md5(string_agg(it::text, '' order by id)) from notes it),
                 (select md5(string_agg(it::text, '' order by id)) from pictures it))",
        )
        .fetch_one(&self.pool)
        .await
        .unwrap()
    }
}

/// The address of the person of that role.
pub(crate) fn email(role: Role, number: u32) -> String {
    format!("{role:?}{number}@example.com").to_lowercase()
}
