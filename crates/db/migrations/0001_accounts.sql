-- People, how they prove who they are, and where they are signed in.
--
-- Secrets live in tables of their own (`credentials`, `session_tokens`, `invitation_tokens`).
-- Those are not in the publication, so a hash can't reach the log or the wire by mistake.

-- Every change of a row makes it one version newer, whoever makes it, plain SQL included. A client
-- compares versions to tell which of two reads is the fresher.
create function bump_version() returns trigger
    language plpgsql as
$$
begin
    new.version := old.version + 1;
    new.updated_at := now();
    return new;
end;
$$;

-- The rules of the types `Name`, `Email` and `Slug`, for whoever writes by plain SQL.
create domain name_text as text
    check (char_length(value) between 1 and 100)
    check (value = btrim(value))
    check (value !~ '[\u0001-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]');

create domain email_text as text
    check (value = lower(value))
    check (char_length(value) <= 254)
    check (value ~ '^[!#-''*+./0-9=?^_`a-z{|}~-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+$');

create domain slug_text as text
    check (value ~ '^[a-z0-9][a-z0-9-]{0,48}[a-z0-9]$');

create table users (
    id           uuid        primary key,
    email        email_text  not null,
    name         name_text   not null,
    system_admin boolean     not null default false,
    version      bigint      not null default 1,
    created_at   timestamptz not null default now(),
    updated_at   timestamptz not null default now(),
    constraint users_email_unique unique (email)
);

create trigger users_bump_version
    before update on users
    for each row execute function bump_version();

create table credentials (
    user_id       uuid        primary key references users on delete cascade,
    password_hash text        not null,
    updated_at    timestamptz not null default now()
);

create table sessions (
    id         uuid        primary key,
    user_id    uuid        not null references users on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);

create index sessions_user_id on sessions (user_id);
create index sessions_expires_at on sessions (expires_at);

create table session_tokens (
    session_id   uuid        primary key references sessions on delete cascade,
    token_hash   bytea       not null,
    last_used_at timestamptz not null default now(),
    constraint session_tokens_hash_unique unique (token_hash)
);
