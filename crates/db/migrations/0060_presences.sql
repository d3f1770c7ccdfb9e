-- Who has an organization open, as each server says of the streams that it holds. Outside of the
-- publication, and unlogged: it is the present and no history, and who lost it says it again.
create unlogged table presences (
    organization_id uuid not null,
    user_id         uuid not null,
    node_id         uuid not null,
    -- Since when the last stream is closed: who is back in a moment was never away.
    left_at         timestamptz,
    constraint presences_pkey primary key (organization_id, user_id, node_id)
);

create index presences_of_node on presences (node_id);
