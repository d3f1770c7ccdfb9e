-- What the CDC worker sees. Full identity, so that an update tells which fields changed and a
-- deletion tells what was deleted.
alter table users replica identity full;
alter table sessions replica identity full;
alter table organizations replica identity full;
alter table memberships replica identity full;
alter table invitations replica identity full;

create publication tributary
    for table users, sessions, organizations, memberships, invitations;
