-- Confirmed email addresses, links that are sent by mail, and the queue of messages. None of these
-- tables is in the publication.

-- The addresses whose owners have opened a link that was sent there. An address counts as confirmed while
-- it is the account's present one, so a change by plain SQL makes it unconfirmed.
--
-- Accounts from before this migration have no row here: nobody checked their addresses. They work as
-- before, but receive no invitations by address until the owner of the address has confirmed it.
create table confirmed_emails (
    user_id      uuid        primary key references users on delete cascade,
    email        email_text  not null,
    confirmed_at timestamptz not null default now(),
    constraint confirmed_emails_confirmed_at_is_calendar_time check (is_calendar_time(confirmed_at))
);

-- Links that can be used once: to finish a sign-up, to confirm an address, to choose a new password.
create table account_links (
    id             uuid        primary key,
    purpose        text        not null,
    -- The address that the link was asked for.
    email          email_text  not null,
    -- The account. Null for a sign-up, and for a password until the message is written.
    user_id        uuid        references users on delete cascade,
    -- The name of a sign-up.
    name           name_text,
    -- Whether a sign-up makes a system admin.
    system_admin   boolean     not null default false,
    -- Whether opening the link proves that the person reads mail to the address.
    proves_address boolean     not null default true,
    -- Null until the message is written, so that no secret waits in the queue.
    token_hash     bytea,
    created_at     timestamptz not null default now(),
    expires_at     timestamptz not null,
    constraint account_links_token_hash_unique unique (token_hash),
    constraint account_links_purpose_known
        check (purpose in ('sign_up', 'confirm_email', 'reset_password')),
    constraint account_links_created_at_is_calendar_time check (is_calendar_time(created_at)),
    constraint account_links_expires_at_is_calendar_time check (is_calendar_time(expires_at))
);

create index account_links_user_id on account_links (user_id);
create index account_links_email on account_links (email);
create index account_links_expires_at on account_links (expires_at);

-- Messages to send, and those that were sent. The text isn't stored: it is written when it is sent.
create table mail_messages (
    id              uuid        primary key,
    kind            text        not null,
    recipient       email_text  not null,
    link_id         uuid        references account_links on delete set null,
    -- What the text needs besides, such as a new address. Never a secret.
    details         jsonb       not null default '{}',
    attempts        integer     not null default 0,
    next_attempt_at timestamptz not null default now(),
    sent_at         timestamptz,
    -- When the last attempt failed and no other follows.
    failed_at       timestamptz,
    last_error      text,
    -- The file of a message that was written to a folder.
    file_name       text,
    created_at      timestamptz not null default now(),
    constraint mail_messages_next_attempt_at_is_calendar_time check (is_calendar_time(next_attempt_at)),
    constraint mail_messages_sent_at_is_calendar_time check (is_calendar_time(sent_at)),
    constraint mail_messages_failed_at_is_calendar_time check (is_calendar_time(failed_at)),
    constraint mail_messages_created_at_is_calendar_time check (is_calendar_time(created_at))
);

create index mail_messages_due on mail_messages (next_attempt_at)
 where sent_at is null and failed_at is null;
create index mail_messages_created_at on mail_messages (created_at);
create index mail_messages_link_id on mail_messages (link_id);

-- An invitation reaches an account by its address only when that address is confirmed. The invited
-- person confirms the address, or uses the link of the invitation.
--
-- The account with an invited address isn't part of what admins see of an invitation, so it makes no new
-- version: a version would tell them that the address has got an account.
drop trigger invitations_bump_version on invitations;
create trigger invitations_bump_version
    before update on invitations
    for each row when ((to_jsonb(old) - 'user_id') is distinct from (to_jsonb(new) - 'user_id'))
    execute function bump_version();

update invitations set user_id = null where user_id is not null;
