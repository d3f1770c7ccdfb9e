//! Faults in the path from the WAL to the streams: the worker, the slot and the log.
import { holdLock, psql, waitForCondition } from "./database";

/** Keeps the worker from writing the log. Returns a function that lets it continue. */
export function blockWorker(database: string): Promise<() => Promise<void>> {
  return holdLock(database, "select last_position from cdc_state for update");
}

/** Keeps everyone from reading the log, and so from catching up. Returns a function that ends it. */
export function blockCatchUp(database: string): Promise<() => Promise<void>> {
  return holdLock(database, "lock table activities");
}

/** Drops the replication slot right after the statement, so that the log never has its changes. */
export function dropSlot(database: string, statement: string): Promise<void> {
  return psql(
    database,
    `do $$
     begin
       ${statement};
       while exists (select from pg_replication_slots where slot_name like 'tributary%') loop
         perform pg_terminate_backend(active_pid) from pg_replication_slots
           where active_pid is not null and slot_name like 'tributary%';
         begin
           perform pg_drop_replication_slot(slot_name) from pg_replication_slots
             where slot_name like 'tributary%';
         exception when object_in_use then
           perform pg_sleep(0.01);
         end;
       end loop;
     end $$;`,
  );
}

/** Makes every log partition older than any retention. The worker notices when it next starts. */
export function expireLog(database: string): Promise<void> {
  return psql(database, "update activity_partitions set opened_at = now() - interval '100 years'");
}

/** Waits until the worker has opened a new partition after `expireLog`. */
export function waitForLogRotation(database: string): Promise<void> {
  return waitForCondition(
    database,
    "exists (select from activity_partitions where opened_at > now() - interval '1 year')",
  );
}

/** Waits until the first log partition is dropped. */
export function waitForLogTruncation(database: string): Promise<void> {
  return waitForCondition(
    database,
    "not exists (select from activity_partitions where first_position = 1)",
  );
}
