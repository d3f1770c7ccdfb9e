-- Up to where in the log the subject has seen what happened in the organization: what others did
-- there since is new to them. Private, like the rest of how they arranged their menu.
alter table memberships
    add column seen_position bigint not null default 0;
