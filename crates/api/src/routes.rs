//! The table of routes from which routers are built.
//!
//! A route can only be added with its [`Audience`], so that a test can ask for every route whether each
//! kind of person is served or refused (`server/src/tests/access.rs`).

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{self, MethodRouter};

/// The people who may use a route. Everybody else is refused, as the variants say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody, without a session.
    Anyone,
    /// Every account, for what belongs to it. Visitors get 401.
    Accounts,
    /// The account that owns what the path names. Other accounts get 404.
    Owner,
    /// Members of the organization. Other accounts get 404.
    Members,
    /// Admins of the organization. Members get 403, other accounts 404.
    Admins,
    /// The author of what the path names, and admins of its organization. Other members get 403, other
    /// accounts 404.
    AuthorAndAdmins,
    /// The subject of the membership, and admins of its organization. Other members get 403, other accounts
    /// 404.
    SubjectAndAdmins,
    /// The invited account. Other accounts get 404.
    Invited,
    /// Members of the organization, and who is invited to it. Other accounts get 404.
    MembersAndInvited,
    /// Accounts with the invitation's link and the address that it was sent to. Other accounts get 403.
    LinkHolders,
    /// System admins. Other accounts get 403.
    SystemAdmins,
}

/// An endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method. `GET` includes `HEAD`.
    pub method: Method,
    /// The path, with parameters in braces.
    pub path: &'static str,
    /// The people who may use the route.
    pub audience: Audience,
}

/// A router that knows its routes.
#[derive(Clone, Debug)]
pub struct Routes<S = ()> {
    router: Router<S>,
    table: Vec<Route>,
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// Creates a table without routes.
    #[must_use]
    pub fn new() -> Self {
        Self { router: Router::new(), table: Vec::new() }
    }

    /// Adds `GET path`.
    #[must_use]
    pub fn get<H, T>(self, path: &'static str, audience: Audience, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.add(Method::GET, path, audience, routing::get(handler))
    }

    /// Adds `POST path`.
    #[must_use]
    pub fn post<H, T>(self, path: &'static str, audience: Audience, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.add(Method::POST, path, audience, routing::post(handler))
    }

    /// Adds `PATCH path`.
    #[must_use]
    pub fn patch<H, T>(self, path: &'static str, audience: Audience, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.add(Method::PATCH, path, audience, routing::patch(handler))
    }

    /// Adds `DELETE path`.
    #[must_use]
    pub fn delete<H, T>(self, path: &'static str, audience: Audience, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.add(Method::DELETE, path, audience, routing::delete(handler))
    }

    /// Adds a handler with layers of its own. `endpoint` answers `method` only.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is where routes are added to the table")]
    pub fn add(
        mut self,
        method: Method,
        path: &'static str,
        audience: Audience,
        endpoint: MethodRouter<S>,
    ) -> Self {
        self.table.push(Route { method, path, audience });
        Self { router: self.router.route(path, endpoint), table: self.table }
    }

    /// Adds the routes of another area.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.table.extend(other.table);
        Self { router: self.router.merge(other.router), table: self.table }
    }

    /// Returns all routes.
    #[must_use]
    pub fn table(&self) -> &[Route] {
        &self.table
    }

    /// Returns the router.
    pub fn into_router(self) -> Router<S> {
        self.router
    }
}
