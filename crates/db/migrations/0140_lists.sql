-- What lists are sorted and counted by, so that a page costs the same in every organization. These tables
-- aren't in the publication: they change together with rows whose changes are in the log.

-- The names of an organization's members as they are sorted: in lower case. A list by name can't use an
-- index of `users`, which has the names of all organizations.
create table member_names (
    membership_id   uuid primary key,
    organization_id uuid not null,
    user_id         uuid not null,
    role            text not null,
    name            text not null
);

create index member_names_organization_name on member_names (organization_id, name, membership_id);
create index member_names_organization_role_name on member_names (organization_id, role, name, membership_id);
create index member_names_user_id on member_names (user_id);

create index memberships_organization_role on memberships (organization_id, role, id);
create index memberships_organization_created_at on memberships (organization_id, created_at, id);

-- How many rows of a kind an organization has: of a kind of resource, or members with a role. Each
-- statement that changes a number adds a row to `row_count_changes`, so that transactions don't wait for
-- each other; the server adds these rows up in `row_counts` from time to time. A number is the sum of both.
create table row_counts (
    organization_id uuid   not null,
    kind            text   not null,
    rows            bigint not null,
    primary key (organization_id, kind)
);

create table row_count_changes (
    organization_id uuid   not null,
    kind            text   not null,
    change          bigint not null
);

create index row_count_changes_organization_kind
    on row_count_changes (organization_id, kind) include (change);

-- Counts the rows of a table with an organization. The argument is the kind.
create function count_added_rows() returns trigger
    language plpgsql as
$$
begin
    insert into row_count_changes (organization_id, kind, change)
    select organization_id, tg_argv[0], count(*) from added group by organization_id;
    return null;
end;
$$;

create function count_removed_rows() returns trigger
    language plpgsql as
$$
begin
    insert into row_count_changes (organization_id, kind, change)
    select organization_id, tg_argv[0], -count(*) from removed group by organization_id;
    return null;
end;
$$;

create function count_moved_row() returns trigger
    language plpgsql as
$$
begin
    insert into row_count_changes (organization_id, kind, change)
    values (old.organization_id, tg_argv[0], -1), (new.organization_id, tg_argv[0], 1);
    return null;
end;
$$;

create function count_no_rows() returns trigger
    language plpgsql as
$$
begin
    delete from row_counts where kind = tg_argv[0];
    delete from row_count_changes where kind = tg_argv[0];
    return null;
end;
$$;

create trigger notes_count_added
    after insert on notes
    referencing new table as added
    for each statement execute function count_added_rows('note');

create trigger notes_count_removed
    after delete on notes
    referencing old table as removed
    for each statement execute function count_removed_rows('note');

create trigger notes_count_moved
    after update of organization_id on notes
    for each row when (old.organization_id is distinct from new.organization_id)
    execute function count_moved_row('note');

create trigger notes_count_none
    after truncate on notes
    for each statement execute function count_no_rows('note');

create function list_new_members() returns trigger
    language plpgsql as
$$
begin
    -- The lock waits for a transaction that changes the name at the same time and wouldn't find the new row.
    insert into member_names (membership_id, organization_id, user_id, role, name)
    select m.id, m.organization_id, m.user_id, m.role, lower(u.name)
      from added m
      join users u on u.id = m.user_id
       for share of u;
    insert into row_count_changes (organization_id, kind, change)
    select organization_id, role, count(*) from added group by organization_id, role;
    return null;
end;
$$;

create trigger memberships_list_new_members
    after insert on memberships
    referencing new table as added
    for each statement execute function list_new_members();

create function unlist_members() returns trigger
    language plpgsql as
$$
begin
    delete from member_names n using removed m where n.membership_id = m.id;
    insert into row_count_changes (organization_id, kind, change)
    select organization_id, role, -count(*) from removed group by organization_id, role;
    return null;
end;
$$;

create trigger memberships_unlist_members
    after delete on memberships
    referencing old table as removed
    for each statement execute function unlist_members();

create function list_member_role() returns trigger
    language plpgsql as
$$
begin
    update member_names
       set role = new.role, organization_id = new.organization_id, user_id = new.user_id,
           membership_id = new.id
     where membership_id = old.id;
    insert into row_count_changes (organization_id, kind, change)
    values (old.organization_id, old.role, -1), (new.organization_id, new.role, 1);
    return null;
end;
$$;

create trigger memberships_list_member_role
    after update on memberships
    for each row when ((old.id, old.organization_id, old.user_id, old.role)
        is distinct from (new.id, new.organization_id, new.user_id, new.role))
    execute function list_member_role();

create function unlist_all_members() returns trigger
    language plpgsql as
$$
begin
    delete from member_names;
    delete from row_counts where kind in ('admin', 'member');
    delete from row_count_changes where kind in ('admin', 'member');
    return null;
end;
$$;

create trigger memberships_unlist_all_members
    after truncate on memberships
    for each statement execute function unlist_all_members();

create function list_member_name() returns trigger
    language plpgsql as
$$
begin
    update member_names set name = lower(new.name) where user_id = new.id;
    return null;
end;
$$;

create trigger users_list_member_name
    after update of name on users
    for each row when (lower(old.name) is distinct from lower(new.name))
    execute function list_member_name();

-- Nothing is added while the present rows are counted.
lock table memberships, users, notes in share mode;

insert into member_names (membership_id, organization_id, user_id, role, name)
select m.id, m.organization_id, m.user_id, m.role, lower(u.name)
  from memberships m
  join users u on u.id = m.user_id;

insert into row_counts (organization_id, kind, rows)
select organization_id, role, count(*) from memberships group by organization_id, role
 union all
select organization_id, 'note', count(*) from notes group by organization_id;
