/** What whoever runs the servers does by hand. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Person } from "./person";

const run = promisify(execFile);

/** Runs one statement on the database of the server. */
export async function psql(database: string, statement: string): Promise<void> {
  const options = ["--no-psqlrc", "--set=ON_ERROR_STOP=1", "--command", statement];
  await run("psql", [...options, database]);
}

/** Lets the person see how the system is doing. */
export async function makeSystemAdmin(database: string, { email }: Person): Promise<void> {
  await psql(database, `update users set system_admin = true where email = '${email}'`);
}
