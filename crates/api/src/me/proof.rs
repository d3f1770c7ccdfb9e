//! `POST /me/proof`: the user proves again who they are, before a sensitive change.

use axum::extract::State;
use axum::response::Response;
use contract::FieldProblem;
use contract::second_factor::{Code, Prove};
use tracing::instrument;

use crate::Api;
use crate::auth::account;
use crate::auth::request_actor::RequestActor;
use crate::auth::second_factor::{self, AcceptedCode};
use crate::auth::session::proof;
use crate::auth::submission::Submission;
use crate::error::ApiFailure;
use crate::mail::{SignInChange, queue};

/// Records a proof for the session: the code if the account has two-factor authentication, otherwise the
/// password. Responds with 204, or redirects a form to its `next`.
#[instrument(skip_all)]
pub async fn prove(
    State(api): State<Api>,
    request_actor: RequestActor,
    Submission { content, kind }: Submission<Prove>,
) -> Response {
    let outcome = async { record(&api, &request_actor, content?).await };
    kind.respond_done("/confirm", outcome.await)
}

async fn record(
    api: &Api,
    request_actor: &RequestActor,
    Prove { password, code }: Prove,
) -> Result<(), ApiFailure> {
    let code = match (second_factor::is_enabled(&api.pool, request_actor.user_id()).await?, code) {
        (true, None) => return Err(required("code", "Enter a code.")),
        (true, code) => code,
        (false, _) => {
            let password = password.ok_or_else(|| required("password", "Enter a password."))?;
            proof::check_password(api, request_actor, password, "password").await?;
            None
        }
    };
    let mut transaction = request_actor.begin(&api.pool).await?;
    if let Some(code) = code {
        use_code(api, request_actor, &mut transaction, &code).await?;
    }
    proof::record(&mut transaction, &api.clock, request_actor.person.session_id).await?;
    transaction.commit().await?;
    api.mail.wake();
    Ok(())
}

async fn use_code(
    api: &Api,
    request_actor: &RequestActor,
    connection: &mut sqlx::PgConnection,
    code: &Code,
) -> Result<(), ApiFailure> {
    let user_id = request_actor.user_id();
    api.limits.count_step_up(user_id)?;
    let accepted = second_factor::use_code(&mut *connection, &api.clock, user_id, code).await?;
    if accepted == AcceptedCode::Recovery
        && let Some(email) = account::lock_email(&mut *connection, user_id).await?
    {
        queue::sign_in_changed(connection, &email, SignInChange::RecoveryCodeUsed).await?;
    }
    Ok(())
}

fn required(field: &str, message: &str) -> ApiFailure {
    ApiFailure::field(
        field,
        FieldProblem { code: "required".to_owned(), message: message.to_owned() },
    )
}

#[cfg(test)]
mod tests;
