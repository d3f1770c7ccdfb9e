//! The stream to connect to, and the names that its tabs share.

use std::time::Duration;

use super::tab::stream_machine::IDLE_TIMEOUT;
use contract::{Cursor, OrganizationId, UserId};

/// A browser has six connections to a server for all its tabs (HTTP/1.1). An organization's stream
/// uses one of them, so it disconnects soon after all its tabs are hidden.
const ORGANIZATION_IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// The version of the messages between tabs. Tabs of a release with other messages have a leader of
/// their own, because they couldn't understand each other.
const TAB_PROTOCOL: u32 = 2;

/// A stream that a page can connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StreamSource {
    /// The user's own stream.
    User(UserId),
    /// The stream of an organization's resources, as that user sees them.
    Organization(UserId, OrganizationId),
}

impl StreamSource {
    /// Returns the path and query of the stream from that cursor. It names the user, so that a page
    /// doesn't get the stream of somebody who has signed in since.
    pub(super) fn url(self, cursor: Cursor) -> String {
        match self {
            Self::User(user) => format!("/me/stream?cursor={cursor}&user={user}"),
            Self::Organization(user, organization) => {
                format!("/organizations/{organization}/sync/stream?cursor={cursor}&user={user}")
            }
        }
    }

    /// Returns the name of the `BroadcastChannel` between the tabs of this stream.
    pub(super) fn channel(self) -> String {
        format!("tributary-{TAB_PROTOCOL}-{}", self.key())
    }

    /// Returns the name of the lock that the leading tab holds.
    pub(super) fn lock(self) -> String {
        format!("tributary-{TAB_PROTOCOL}-stream-{}", self.key())
    }

    fn key(self) -> String {
        match self {
            Self::User(user) => user.to_string(),
            Self::Organization(user, organization) => format!("{user}-{organization}"),
        }
    }

    /// Returns how long all tabs may be hidden before the stream disconnects.
    pub(super) const fn idle_timeout(self) -> Duration {
        match self {
            Self::User(_) => IDLE_TIMEOUT,
            Self::Organization(..) => ORGANIZATION_IDLE_TIMEOUT,
        }
    }

    /// Whether it needs a permit to connect.
    pub(super) const fn needs_permit(self) -> bool {
        matches!(self, Self::Organization(..))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::realtime::tab::tests::at;

    #[test]
    fn each_stream_has_its_own_url_channel_and_lock() {
        let user = UserId::from_uuid(Uuid::from_u128(1));
        let organization = |number| OrganizationId::from_uuid(Uuid::from_u128(number));
        let sources = [
            StreamSource::User(user),
            StreamSource::Organization(user, organization(2)),
            StreamSource::Organization(user, organization(3)),
        ];
        for (index, one) in sources.iter().enumerate() {
            for other in &sources[index + 1..] {
                assert_ne!(one.url(at(1)), other.url(at(1)));
                assert_ne!(one.channel(), other.channel());
                assert_ne!(one.lock(), other.lock());
            }
        }
        assert_eq!(sources[0].url(at(7)), format!("/me/stream?cursor=00000001.7&user={user}"));
    }

    #[test]
    fn organization_stream_needs_a_permit_and_disconnects_sooner() {
        let user = UserId::from_uuid(Uuid::from_u128(1));
        let mine = StreamSource::User(user);
        let shared =
            StreamSource::Organization(user, OrganizationId::from_uuid(Uuid::from_u128(2)));
        assert!(shared.needs_permit() && !mine.needs_permit());
        assert!(shared.idle_timeout() < mine.idle_timeout());
    }
}
