-- The newest place of the log.
create function log_head() returns bigint
    language sql stable as
$$
    select last_position from cdc_state
$$;

-- Up to where in the log the subject has seen what happened in the organization: what others did
-- there since is new to them. Nothing is when they join. Private, like the rest of how they
-- arranged their menu.
alter table memberships
    add column seen_position bigint not null default log_head();
