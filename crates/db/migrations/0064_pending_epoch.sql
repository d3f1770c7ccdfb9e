-- Why a new epoch of the log has to begin. Set before the replication slot is replaced and cleared
-- when the epoch begins, so that an interruption in between is noticed.
alter table cdc_state add column pending_epoch_reason text;
