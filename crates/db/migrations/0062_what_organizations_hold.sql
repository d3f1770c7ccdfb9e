-- What an organization holds is whatever kind of thing isn't one of the first five: said so, neither
-- index has to be made anew for something new.

-- Catching up on what an organization holds reads nothing of its members.
drop index activities_notes;
create index activities_held on activities (organization_id, id)
    where kind not in ('user', 'session', 'organization', 'membership', 'invitation');

-- What home tells of each of somebody's organizations: the newest that is for its members. Most of an
-- organization's activities may be how they arrange their menus, which is told to nobody.
drop index activities_told;
create index activities_told on activities (organization_id, id)
    where organization_id is not null
      and not (action = 'updated' and changed <@ array[
          'archived', 'muted', 'displayOrder', 'seenPosition',
          'author', 'invitedBy', 'userId', 'quotesVersion']);

-- Whose names show in which organization beside what it holds, members or not. Every table with an
-- `author` belongs here.
create view authors as
    select author as user_id, organization_id from notes where author is not null;
