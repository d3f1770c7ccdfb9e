-- Which history of the WAL the log is read from. A database that was restored to an earlier moment,
-- or a replica that took over, goes on with another one, and gives out its places again.
-- Null: nothing was ever read.
alter table cdc_state add column wal_timeline text;

-- So a place in the WAL doesn't name one transaction for ever. What is redelivered is known by
-- `recorded_lsn`, which the worker reads under its lock.
alter table activities drop constraint activities_commit_unique;
