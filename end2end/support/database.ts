//! Direct access to the server's database with psql.
import type { Organization, Role } from "./api";
import type { Person } from "./person";
import { BackgroundProcess, run } from "./processes";

/** Executes SQL statements. Throws when one of them fails. */
export async function psql(database: string, statements: string): Promise<void> {
  await run("psql", ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", database], statements);
}

/** Waits until an SQL condition is true. Throws after `seconds`. */
export function waitForCondition(database: string, condition: string, seconds = 30): Promise<void> {
  return psql(
    database,
    `set statement_timeout = '${seconds}s';
     do $$
     begin
       while not (${condition}) loop
         perform pg_sleep(0.05), pg_stat_clear_snapshot();
       end loop;
     end $$;`,
  );
}

/** Takes a lock in a session of its own. Returns a function that releases it. */
export async function holdLock(database: string, lock: string): Promise<() => Promise<void>> {
  const name = "holds-a-lock";
  const hold = `begin; ${lock}; select pg_sleep(600)`;
  const args = ["--no-psqlrc", "--command", hold, `${database} application_name=${name}`];
  const session = new BackgroundProcess("psql", args);
  const fromSession = `from pg_stat_activity where application_name = '${name}'`;
  await waitForCondition(database, `exists (select ${fromSession} and wait_event = 'PgSleep')`);
  return async () => {
    await psql(database, `select pg_terminate_backend(pid) ${fromSession}`);
    await session.stop();
  };
}

/** Makes the user a system admin, which the app itself can't. */
export async function makeSystemAdmin(database: string, { email }: Person): Promise<void> {
  await psql(database, `update users set system_admin = true where email = '${email}'`);
}

/** Adds the user to the organization without an invitation. */
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
