//! The common part of the statements that read resources.

/// The statement that reads resources `r` with their authors, followed by `$rest`. The `$column`s are
/// those that only this table has.
macro_rules! select_resource {
    ($table:literal $(, $column:literal)*; $rest:expr) => {
        concat!(
            "select r.id, r.organization_id, r.title, r.version, r.created_at,
                    r.updated_at, ",
            $("r.", $column, ", ",)*
            // The fields of `contract::author::AuthorRow`.
            "u.id as author_id, u.name as author_name, u.version as author_version,
             u.picture as author_picture
               from ", $table, " r
               left join users u on u.id = r.author ",
            $rest
        )
    };
}
pub(super) use select_resource;
