//! Which stream, and what the tabs of a browser have in common because of it.

use std::time::Duration;

use super::tab::machine::UNSEEN_FOR;
use contract::{Cursor, OrganizationId, UserId};

/// A browser gives all its tabs six connections to a server (HTTP/1.1). An organization's stream
/// takes one of them, so it is let go soon after its pages are out of sight.
const ORGANIZATION_UNSEEN_FOR: Duration = Duration::from_secs(10);

/// One of the streams that a page can follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// What concerns the person.
    User(UserId),
    /// What an organization holds, as that person sees it.
    Organization(UserId, OrganizationId),
}

impl Source {
    /// Where it is, from that cursor on.
    pub(super) fn address(self, cursor: Cursor) -> String {
        match self {
            Self::User(_) => format!("/me/stream?cursor={cursor}"),
            Self::Organization(_, organization) => {
                format!("/organizations/{organization}/sync/stream?cursor={cursor}")
            }
        }
    }

    /// Names the channel on which the tabs that follow it hear each other.
    pub(super) fn channel(self) -> String {
        match self {
            Self::User(user) => format!("tributary-{user}"),
            Self::Organization(user, organization) => format!("tributary-{user}-{organization}"),
        }
    }

    /// Names the lock whose holder connects.
    pub(super) fn lock(self) -> String {
        match self {
            Self::User(user) => format!("tributary-stream-{user}"),
            Self::Organization(user, organization) => {
                format!("tributary-stream-{user}-{organization}")
            }
        }
    }

    /// How long nobody may look before it is let go.
    pub(super) const fn unseen_for(self) -> Duration {
        match self {
            Self::User(_) => UNSEEN_FOR,
            Self::Organization(..) => ORGANIZATION_UNSEEN_FOR,
        }
    }

    /// Whether it has to wait for a place among the streams of the browser.
    pub(super) const fn needs_place(self) -> bool {
        matches!(self, Self::Organization(..))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::realtime::tab::tests::at;

    #[test]
    fn each_stream_has_its_own_address_channel_and_lock() {
        let user = UserId::from_uuid(Uuid::from_u128(1));
        let organization = |number| OrganizationId::from_uuid(Uuid::from_u128(number));
        let sources = [
            Source::User(user),
            Source::Organization(user, organization(2)),
            Source::Organization(user, organization(3)),
        ];
        for (index, one) in sources.iter().enumerate() {
            for other in &sources[index + 1..] {
                assert_ne!(one.address(at(1)), other.address(at(1)));
                assert_ne!(one.channel(), other.channel());
                assert_ne!(one.lock(), other.lock());
            }
        }
        assert_eq!(sources[0].address(at(7)), "/me/stream?cursor=00000001.7");
    }

    #[test]
    fn an_organizations_stream_waits_for_a_place_and_is_let_go_sooner() {
        let user = UserId::from_uuid(Uuid::from_u128(1));
        let mine = Source::User(user);
        let shared = Source::Organization(user, OrganizationId::from_uuid(Uuid::from_u128(2)));
        assert!(shared.needs_place() && !mine.needs_place());
        assert!(shared.unseen_for() < mine.unseen_for());
    }
}
