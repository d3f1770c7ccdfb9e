//! Reads the tables of `docs/user-stream.md`, for the tests that compare them with the code.

const DOCS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/user-stream.md"));

/// The rows of a table, the header first.
pub(super) type Table = Vec<Vec<String>>;

/// The first table below that heading.
pub(super) fn table(heading: &str) -> Table {
    let rows = below(heading).skip_while(|line| !line.starts_with('|'));
    rows.take_while(|line| line.starts_with('|')).filter(|line| !is_rule(line)).map(cells).collect()
}

/// The letters of the reasons listed below that heading, in order.
pub(super) fn reasons(heading: &str) -> Vec<String> {
    let letters = below(heading).filter_map(|line| line.strip_prefix("- *")?.split_once("*: "));
    letters.map(|(letter, _)| letter.to_owned()).filter(|letter| letter.len() == 1).collect()
}

/// The letters that the table's cells use, sorted and deduplicated.
pub(super) fn used_reasons(table: &Table) -> Vec<String> {
    let mut letters: Vec<_> =
        table.iter().flatten().filter_map(|it| it.strip_prefix("– ")).collect();
    letters.sort_unstable();
    letters.dedup();
    letters.into_iter().map(str::to_owned).collect()
}

fn below(heading: &str) -> impl Iterator<Item = &'static str> {
    let head = format!("## {heading}");
    let mut lines = DOCS.lines();
    assert!(lines.any(|line| line == head), "`docs/user-stream.md` has no heading `{heading}`");
    lines.take_while(|line| !line.starts_with("## "))
}

fn is_rule(line: &str) -> bool {
    line.chars().all(|character| "|-: ".contains(character))
}

fn cells(line: &str) -> Vec<String> {
    line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}
