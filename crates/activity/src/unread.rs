//! Unread marks: an organization is unread when someone else has changed something there since the
//! reader's last visit.

/// The expression for the position of the newest activity that marks an organization as unread; null where
/// none does. An open page learns the same from the stream (`StreamMessage::news`).
///
/// It belongs into a statement with the reader's membership `m` of the organization, and with the reader as
/// `$1`. A macro, so that the statement is one literal.
#[macro_export]
macro_rules! unread_position {
    () => {
        // Two conditions instead of one with a parameter, as Postgres estimates them apart: an organization
        // may have many activities of one kind and none of the other.
        "greatest((select id from activities
                    where organization_id = m.organization_id
                      and is_resource and id > m.seen_position
                      and is_shared and is_unread and actor_id is distinct from $1
                    order by id desc
                    limit 1),
                  (select id from activities
                    where organization_id = m.organization_id
                      and not is_resource and id > m.seen_position
                      and is_shared and is_unread and actor_id is distinct from $1
                    order by id desc
                    limit 1))"
    };
}
pub use unread_position;
