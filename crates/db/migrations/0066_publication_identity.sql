-- The catalog rows of the publication that the log was read through, by table; '' is the publication
-- itself. Rows that were replaced since then show that it was changed for a while, even if it looks as
-- before. Null: not recorded yet.
alter table cdc_state add column publication_rows jsonb;
