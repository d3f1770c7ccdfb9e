//! How what organizations hold is read: each thing with its author.

/// The statement that reads a table of what organizations hold, with what follows the joins: its
/// rows are `its`. Named are the columns that not all such tables have.
macro_rules! select_resource {
    ($table:literal $(, $column:literal)*; $rest:expr) => {
        concat!(
            "select its.id, its.organization_id, its.title, its.version, its.created_at,
                    its.updated_at, ",
            $("its.", $column, ", ",)*
            // The fields of `contract::author::AuthorRow`.
            "u.id as author_id, u.name as author_name, u.version as author_version,
             u.picture as author_picture
               from ", $table, " its
               left join users u on u.id = its.author ",
            $rest
        )
    };
}
pub(super) use select_resource;
