/** What whoever runs the servers does by hand. */
import type { Organization, Role } from "./api";
import type { Person } from "./person";
import { psql, Running } from "./processes";

export { psql };

/** Lets the person see how the system is doing. */
export async function makeSystemAdmin(database: string, { email }: Person): Promise<void> {
  await psql(database, `update users set system_admin = true where email = '${email}'`);
}

/** Adds the person to the organization, without asking anybody. */
export function addMember(
  database: string,
  { id }: Organization,
  { email }: Person,
  role: Role = "member",
): Promise<void> {
  return psql(
    database,
    `insert into memberships (id, organization_id, user_id, role)
     select gen_random_uuid(), '${id}', id, '${role}' from users where email = '${email}'`,
  );
}

/** Locks something in the database. Gives what lets it go. */
async function locked(database: string, lock: string): Promise<() => Promise<void>> {
  const name = "has-a-lock";
  const hold = `begin; ${lock}; select pg_sleep(600)`;
  const args = ["--no-psqlrc", "--command", hold, `${database} application_name=${name}`];
  const holding = new Running("psql", args);
  const its = `from pg_stat_activity where application_name = '${name}'`;
  await holds(database, `exists (select ${its} and wait_event = 'PgSleep')`);
  return async () => {
    await psql(database, `select pg_terminate_backend(pid) ${its}`);
    await holding.stop();
  };
}

/** Keeps the worker from writing the log. Gives what lets it go on. */
export function holdUpWorker(database: string): Promise<() => Promise<void>> {
  return locked(database, "select last_position from cdc_state for update");
}

/** Keeps everybody from reading the log, also to catch up. Gives what lets them go on. */
export function holdUpCatchUp(database: string): Promise<() => Promise<void>> {
  return locked(database, "lock table activities");
}

/** Loses the replication slot, and with it what the statement changes: the log never tells of it. */
export function loseSlot(database: string, statement: string): Promise<void> {
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

/** Lets all that is in the log be older than any retention. The next worker finds it so. */
export function ageLog(database: string): Promise<void> {
  return psql(database, "update activity_partitions set opened_at = now() - interval '100 years'");
}

/** Waits until the worker has looked at an aged log: it goes on in a new part. */
export function lookedAt(database: string): Promise<void> {
  return holds(
    database,
    "exists (select from activity_partitions where opened_at > now() - interval '1 year')",
  );
}

/** Waits until the beginning of the log was dropped. */
export function beginningDropped(database: string): Promise<void> {
  return holds(database, "not exists (select from activity_partitions where first_position = 1)");
}

/** Waits until that is so in the database. */
export function holds(database: string, condition: string): Promise<void> {
  return psql(
    database,
    `set statement_timeout = '30s';
     do $$
     begin
       while not (${condition}) loop
         perform pg_sleep(0.05), pg_stat_clear_snapshot();
       end loop;
     end $$;`,
  );
}
