-- Catch-up reads what a reader has missed by organization and by user, so that its cost doesn't depend on
-- what happened elsewhere. What decides who reads an activity is computed once, when it is written.
alter table activities
    -- Whether it is about a resource of an organization, such as a note.
    add column is_resource boolean not null generated always as (
        kind not in ('user', 'session', 'organization', 'membership', 'invitation')) stored,
    -- Whether it concerns members of the organization other than its subject. Most activities of an
    -- organization may be how its members arrange their menus, which concerns nobody else.
    add column is_shared boolean not null generated always as (
        organization_id is not null
        and not (action = 'updated' and changed <@ case kind
            when 'membership' then array['archived', 'muted', 'displayOrder', 'seenPosition']
            when 'invitation' then array['userId']
            else '{}'::text[] end)) stored,
    -- Whether it marks the organization as unread for its members, except for the actor.
    add column is_unread boolean not null generated always as (
        kind not in ('user', 'session', 'membership', 'invitation')
        or (kind = 'membership' and (action <> 'updated' or 'role' = any(changed)))) stored,
    -- Whether histories show it. They leave out what changes only as a consequence of another change.
    add column in_history boolean not null generated always as (
        organization_id is not null
        and not (action = 'updated' and changed <@ array[
            'archived', 'muted', 'displayOrder', 'seenPosition',
            'author', 'invitedBy', 'userId', 'quotesVersion'])) stored;

-- One index for catch-up, the audit log and unread marks instead of three: each index costs the writer.
-- Resources are apart from the rest, because each has readers that don't read the other.
drop index activities_organization_id;
drop index activities_held;
drop index activities_told;
create index activities_shared on activities (organization_id, is_resource, id)
    where is_shared;

-- Nobody reads the sessions of a user from the log.
drop index activities_user_id;
create index activities_user_id on activities (user_id, id)
    where user_id is not null and kind <> 'session';

-- The organizations whose members learn of a change of a user: those of which the user was a member when
-- the change was written, and those with something that the user wrote.
create table activity_organizations (
    activity_id     bigint  not null,
    organization_id uuid    not null,
    is_member       boolean not null,
    is_author       boolean not null,
    primary key (activity_id, organization_id)
);
create index activity_organizations_organization_id
    on activity_organizations (organization_id, activity_id);

create view user_organizations as
    select user_id, organization_id, bool_or(is_member) as is_member, bool_or(not is_member) as is_author
      from (select user_id, organization_id, true as is_member from memberships
            union all
            select user_id, organization_id, false from authors) its
     group by user_id, organization_id;

insert into activity_organizations (activity_id, organization_id, is_member, is_author)
select a.id, o.organization_id, o.is_member, o.is_author
  from activities a
  join user_organizations o using (user_id)
 where a.kind = 'user' and a.action = 'updated' and a.changed && array['name', 'picture', 'email'];
