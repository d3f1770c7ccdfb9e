import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { expect, test } from "../support/fixtures";
import { run } from "../support/processes";

const OPERATIONS = resolve(__dirname, "../../docs/operations.md");

/** The psql commands of the section on the private Postgres, as documented. */
async function documentedPsqlCommands(): Promise<string[]> {
  const [, section = ""] = (await readFile(OPERATIONS, "utf8")).split("## The private Postgres");
  const [, block = ""] = section.match(/```sh\n([\s\S]*?)```/) ?? [];
  return block.split("\n").filter((line) => /\bpsql\b/.test(line));
}

test("documented psql commands open the private database", async ({ ownServer }) => {
  const commands = await documentedPsqlCommands();
  expect(commands).toHaveLength(2);
  for (const command of commands) {
    // Without the shell's own settings, as for an operator who has none.
    const { PGHOST, PGUSER, PGDATABASE, PGPORT, ...env } = process.env;
    const output = await run("sh", ["-c", command], "select count(*) from users;", {
      ...env,
      DATA_DIR: ownServer.dataFolder,
    });
    expect(output, command).toContain("(1 row)");
  }
});
