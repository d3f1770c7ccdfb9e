-- The changes that were made by requests with a `Mutation-Id`, with their answers: a client that got no
-- answer sends the request again and gets the first one. The row is inserted in the transaction of the
-- change. Rows are kept for two days. Not in the publication.
create table request_results (
    user_id     uuid        not null references users on delete cascade,
    mutation_id uuid        not null,
    -- Method and path.
    request     text        not null,
    -- The answer. Null when the server stopped before it could be stored.
    status      smallint,
    body        text,
    created_at  timestamptz not null default now(),
    constraint request_results_pkey primary key (user_id, mutation_id)
);

create index request_results_created_at on request_results (created_at);
