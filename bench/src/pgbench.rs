//! Runs the statements of a request with `pgbench`: what Postgres alone answers, without the server.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};
use std::process::Stdio;
use std::time::Duration;

use sqlx::PgPool;
use tokio::process::Command;

use crate::error::BenchError;
use crate::server::Server;

/// Whether `pgbench` is installed.
#[must_use]
pub fn is_installed() -> bool {
    std::process::Command::new("pgbench").arg("--version").output().is_ok()
}

/// The statements that Postgres executes for each of `count` requests that `send` makes, with their
/// parameters as literals. Others, such as those of background tasks, occur less often.
///
/// # Errors
/// When a request or a statement fails, or the log can't be read.
pub async fn statements_of<E: Into<BenchError>>(
    server: &Server,
    count: usize,
    send: impl AsyncFnOnce(usize) -> Result<(), E>,
) -> Result<Vec<String>, BenchError> {
    log_statements(&server.pool, true).await?;
    let mut log = std::fs::File::open(server.postgres_log())?;
    log.seek(SeekFrom::End(0))?;
    let sent = send(count).await.map_err(Into::into);
    log_statements(&server.pool, false).await?;
    sent?;
    let mut text = String::new();
    log.read_to_string(&mut text)?;
    let mut executions: BTreeMap<String, usize> = BTreeMap::new();
    for statement in parse(&text) {
        *executions.entry(statement).or_default() += 1;
    }
    let of_requests = executions.into_iter().filter(|(_, executed)| *executed >= count);
    Ok(of_requests.map(|(statement, _)| statement).collect())
}

/// How often all of the statements are executed in a second, one after the other, over that many
/// connections.
///
/// # Errors
/// When `pgbench` fails.
pub async fn measure(
    server: &Server,
    statements: &[String],
    connections: usize,
    time: Duration,
) -> Result<f64, BenchError> {
    let script = server.socket_folder().join("pgbench.sql");
    std::fs::write(&script, statements.iter().map(|it| format!("{it};\n")).collect::<String>())?;
    let output = Command::new("pgbench")
        .args(["--no-vacuum", "--protocol", "prepared", "--username", "tributary"])
        .args(["--jobs", "2", "--client", &connections.to_string()])
        .args(["--time", &time.as_secs().max(1).to_string()])
        .arg("--host")
        .arg(server.socket_folder())
        .arg("--file")
        .arg(&script)
        .arg("tributary")
        .stdin(Stdio::null())
        .output()
        .await?;
    let report = String::from_utf8_lossy(&output.stdout);
    let rate = report.lines().find_map(|line| line.strip_prefix("tps = "));
    let rate = rate.and_then(|rate| rate.split(' ').next()?.parse().ok());
    rate.ok_or_else(|| {
        BenchError::NoAnswer(format!("pgbench: {}", String::from_utf8_lossy(&output.stderr)))
    })
}

/// Lets Postgres log each statement with its parameters, or no more.
async fn log_statements(pool: &PgPool, log: bool) -> Result<(), BenchError> {
    let statement = if log {
        "alter system set log_statement = 'all'"
    } else {
        "alter system reset log_statement"
    };
    sqlx::query(statement).execute(pool).await?;
    sqlx::query("select pg_reload_conf()").execute(pool).await?;
    let expected = if log { "all" } else { "none" };
    while sqlx::query_scalar::<_, String>("show log_statement").fetch_one(pool).await? != expected {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// The statements with parameters in a log of Postgres: `execute <name>: <statement>`, whose further lines
/// begin with a tab, and then `parameters: $1 = '…', $2 = NULL`.
fn parse(log: &str) -> Vec<String> {
    let log = log.replace("\n\t", " ");
    let mut statements = Vec::new();
    let mut lines = log.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((_, executed)) = line.split_once("LOG:  execute ") else { continue };
        let Some((_, statement)) = executed.split_once(": ") else { continue };
        let parameters = lines.peek().and_then(|next| next.split_once("parameters: "));
        statements.push(with_literals(statement, parameters.map_or("", |(_, list)| list)));
    }
    statements
}

/// Replaces `$1` and so on by the values of a list such as `$1 = 'a', $2 = NULL`.
fn with_literals(statement: &str, list: &str) -> String {
    let mut values = Vec::new();
    let mut rest = list;
    while let Some((_, value)) = rest.split_once(" = ") {
        let end = literal_length(value);
        values.push(&value[..end]);
        rest = &value[end..];
    }
    let mut text = String::new();
    let mut parts = statement.split('$');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.find(|it: char| !it.is_ascii_digit()).unwrap_or(part.len());
        let number: Option<usize> = part[..digits].parse().ok();
        match number.and_then(|number| values.get(number.checked_sub(1)?)) {
            Some(value) => text.extend([value, &part[digits..]]),
            None => text.extend(["$", part]),
        }
    }
    text
}

/// The length of the literal at the beginning of a text: `NULL`, or quoted, with quotes inside doubled.
fn literal_length(text: &str) -> usize {
    let Some(quoted) = text.strip_prefix('\'') else {
        return text.find(',').unwrap_or(text.len());
    };
    let mut characters = quoted.char_indices().peekable();
    while let Some((index, character)) = characters.next() {
        if character == '\'' && characters.next_if(|(_, next)| *next == '\'').is_none() {
            return index + 2;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_get_their_parameters_as_literals() {
        let log = "2026-11-29 22:00:00 UTC [7] LOG:  execute sqlx_s_1: select *\n\tfrom users\n\
                   \twhere id = $1 and name <> $2 and title = $3 and $10 = '$'\n\
                   2026-11-29 22:00:00 UTC [7] DETAIL:  parameters: $1 = '{\"a,b\"}', \
                   $2 = 'O''Hara, $1', $3 = NULL\n\
                   2026-11-29 22:00:00 UTC [8] LOG:  execute <unnamed>: select 1\n\
                   2026-11-29 22:00:00 UTC [8] LOG:  checkpoint starting\n";
        let first = "select * from users where id = '{\"a,b\"}' and name <> 'O''Hara, $1' \
                     and title = NULL and $10 = '$'";
        assert_eq!(parse(log), [first, "select 1"]);
    }
}
