-- Which members' names look alike, so that a page doesn't compare all names each time it is shown. The server
-- computes what a name looks like (Unicode UTS 39), as Postgres has no tables for it, and writes it here soon
-- after a name or a member is new.

-- A hash of the name's skeleton; null until it is computed. When the server's tables or its rules change, a
-- migration sets all to null.
alter table member_names add column look bytea;

create index member_names_organization_look on member_names (organization_id, look, membership_id);
create index member_names_missing_look on member_names (organization_id) where look is null;

-- Looks that several members of an organization have, or have had until a name changed. No foreign key: it
-- would lock the organization while members are locked, against the order in which an organization is deleted.
create table shared_looks (
    organization_id uuid  not null,
    look            bytea not null,
    primary key (organization_id, look)
);

create or replace function list_member_name() returns trigger
    language plpgsql as
$$
begin
    update member_names
       set name = lower(new.name), look = null
     where user_id = new.id;
    return null;
end;
$$;

-- Letters of one name may look different in the other case.
drop trigger users_list_member_name on users;
create trigger users_list_member_name
    after update of name on users
    for each row when (old.name is distinct from new.name)
    execute function list_member_name();

-- The look of a member who is moved is compared with those of the new organization.
create or replace function list_member_role() returns trigger
    language plpgsql as
$$
declare
    is_same boolean := (old.organization_id, old.user_id) = (new.organization_id, new.user_id);
begin
    update member_names
       set role = new.role, organization_id = new.organization_id, user_id = new.user_id,
           membership_id = new.id,
           look = case when is_same then look end
     where membership_id = old.id;
    insert into row_count_changes (organization_id, kind, change)
    values (old.organization_id, old.role, -1), (new.organization_id, new.role, 1);
    return null;
end;
$$;
