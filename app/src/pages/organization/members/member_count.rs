//! A number of members in words.

/// `1 member`, `2 members`.
#[must_use]
pub fn member_count(count: usize) -> String {
    match count {
        1 => "1 member".to_owned(),
        count => format!("{count} members"),
    }
}
