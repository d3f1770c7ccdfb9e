-- What home tells of each of somebody's organizations: the newest that is for its members. Most of an
-- organization's activities may be how they arrange their menus, which is told to nobody.
create index activities_told on activities (organization_id, id)
    where kind in ('organization', 'membership', 'note', 'invitation')
      and not (action = 'updated' and changed <@ array[
          'archived', 'muted', 'displayOrder', 'seenPosition',
          'author', 'invitedBy', 'userId', 'quotesVersion']);
