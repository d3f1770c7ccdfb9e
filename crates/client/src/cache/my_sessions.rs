//! The reader's sessions.

use serde::{Deserialize, Serialize};

use super::patch::{Patch, Patched};
use crate::api;
use contract::view::SessionView;
use contract::{ApiError, Entity, SessionId, StreamMessage, UserId};

/// The reader's sessions, most recently used first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MySessions {
    /// The sessions.
    pub items: Vec<SessionView>,
}

impl MySessions {
    /// Fetches them.
    ///
    /// # Errors
    /// Those of `GET /me/sessions`.
    pub async fn fetch() -> Result<Self, ApiError> {
        api::me::sessions().await.map(|list| Self { items: list.items })
    }

    /// Removes a session that was ended.
    pub fn remove(&mut self, id: SessionId) {
        self.items.retain(|session| session.id != id);
    }

    /// Removes all sessions except the current one.
    pub fn remove_others(&mut self) {
        self.items.retain(|session| session.current);
    }
}

/// Messages contain no sessions; one only says that the list has changed.
impl Patch for MySessions {
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched {
        let is_reader =
            matches!(message.entity, Entity::User(_)) && message.subject_id == reader.uuid();
        if is_reader && message.changed.iter().any(|field| field == "sessionsVersion") {
            Patched::Stale
        } else {
            Patched::Unchanged
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::fixtures::*;

    #[test]
    fn only_a_change_of_the_readers_sessions_makes_them_stale() {
        let mut sessions = MySessions { items: Vec::new() };
        let me = of_reader(member(ORGANIZATION, 1, "Ada")).user;
        let mut message = user_renamed(&me, "Ada King");
        assert_eq!(sessions.patch(&message, READER), Patched::Unchanged);
        message.changed = vec!["name".to_owned(), "sessionsVersion".to_owned()];
        assert_eq!(sessions.patch(&message, READER), Patched::Stale);
        assert_eq!(sessions.patch(&message, OTHER), Patched::Unchanged);
    }
}
