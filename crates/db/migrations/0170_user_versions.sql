-- Who shares an organization with a user sees the user's `version`. It counted changes of every column, so it
-- told others that an address had changed, or that the user had signed in elsewhere. Now it counts what all of
-- them see, and the address, which admins see too, has a version of its own. A column that is added to users
-- is private until it is named here.
alter table users
    add column email_version bigint not null default 1;

create function bump_user_versions() returns trigger
    language plpgsql as
$$
begin
    new.version := old.version
        + ((old.name, old.picture) is distinct from (new.name, new.picture))::int;
    new.email_version := old.email_version + (old.email is distinct from new.email)::int;
    new.updated_at := now();
    return new;
end;
$$;

drop trigger users_bump_version on users;
create trigger users_bump_versions
    before update on users
    for each row when (old.* is distinct from new.*) execute function bump_user_versions();
