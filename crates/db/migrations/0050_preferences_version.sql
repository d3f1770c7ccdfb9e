-- How the subject of a membership arranges it in their own menu has versions of its own: nobody else
-- is told of it, so nobody else's version of the membership may grow with it.
alter table memberships
    add column preferences_version bigint not null default 1;

create function bump_membership_versions() returns trigger
    language plpgsql as
$$
declare
    arranged memberships := old;
begin
    arranged.archived := new.archived;
    arranged.muted := new.muted;
    arranged.display_order := new.display_order;
    arranged.seen_position := new.seen_position;
    new.preferences_version :=
        old.preferences_version + (arranged is distinct from old)::int;
    -- Whatever else differs is for everybody who sees the membership.
    arranged.version := new.version;
    arranged.preferences_version := new.preferences_version;
    arranged.updated_at := new.updated_at;
    new.version := old.version + (arranged is distinct from new)::int;
    new.updated_at := now();
    return new;
end;
$$;

drop trigger memberships_bump_version on memberships;
create trigger memberships_bump_versions
    before update on memberships
    for each row when (old.* is distinct from new.*) execute function bump_membership_versions();
