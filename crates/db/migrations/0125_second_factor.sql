-- Second factors, sign-ins that wait for one, and when a session has last proved who uses it. None of these
-- tables is in the publication.

-- The secret of an account's authenticator app (RFC 6238). It isn't encrypted: the server needs it in clear
-- to compare codes, and has no key outside of the database (docs/decisions/0025).
create table authenticator_apps (
    user_id      uuid        primary key references users on delete cascade,
    secret       bytea       not null,
    -- Null until the person has entered a code of the app; sign-in asks for none until then.
    confirmed_at timestamptz,
    -- The time step of the last accepted code. None is accepted twice (RFC 6238, section 5.2).
    last_step    bigint,
    created_at   timestamptz not null default now(),
    constraint authenticator_apps_secret_length check (octet_length(secret) = 20),
    constraint authenticator_apps_confirmed_at_is_calendar_time check (is_calendar_time(confirmed_at)),
    constraint authenticator_apps_created_at_is_calendar_time check (is_calendar_time(created_at))
);

-- The recovery codes that weren't used. A code has 120 random bits, so a fast hash is enough.
create table recovery_codes (
    user_id   uuid  not null references users on delete cascade,
    code_hash bytea not null,
    primary key (user_id, code_hash)
);

-- Sign-ins whose password was right and that wait for a code.
create table pending_sign_ins (
    token_hash bytea       primary key,
    user_id    uuid        not null references users on delete cascade,
    -- Wrong codes so far.
    attempts   integer     not null default 0,
    expires_at timestamptz not null,
    constraint pending_sign_ins_expires_at_is_calendar_time check (is_calendar_time(expires_at))
);

create index pending_sign_ins_user_id on pending_sign_ins (user_id);
create index pending_sign_ins_expires_at on pending_sign_ins (expires_at);

-- When the session's user has last proved who they are. Null for sessions from before this migration.
alter table session_tokens
    add column proven_at timestamptz,
    add constraint session_tokens_proven_at_is_calendar_time check (is_calendar_time(proven_at));
