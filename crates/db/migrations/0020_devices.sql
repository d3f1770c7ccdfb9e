-- With which browser somebody signed in, as it named itself. Beside the token, so outside of the
-- publication: it is for the list of the person's own sessions and for nothing else.
alter table session_tokens
    add column user_agent text;

-- Grows when the person signs in or a session of theirs ends. It tells their own screens that the
-- list of sessions is another one, while the sessions themselves stay nobody's data.
alter table users
    add column sessions_version bigint not null default 0;

create function bump_sessions_version() returns trigger
    language plpgsql as
$$
declare
    session sessions := coalesce(new, old);
begin
    -- For whoever looks on: the one that comes first or goes last has no other screen to tell.
    update users set sessions_version = sessions_version + 1
     where id = session.user_id
       and exists (select from sessions where user_id = session.user_id and id <> session.id);
    return null;
end;
$$;

create trigger sessions_bump_sessions_version
    after insert or delete on sessions
    for each row execute function bump_sessions_version();
