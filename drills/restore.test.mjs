// Backups that are restored in each of the ways that docs/operations/backup-and-restore.md describes. After
// each, the log has a new epoch, every old cursor is answered with `reset`, REST shows what was restored,
// and new changes arrive live.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Cluster } from "./support/postgres.mjs";
import { until } from "./support/processes.mjs";
import { Person, Server, serverProgram } from "./support/server.mjs";

const epochOf = async (cluster, database) =>
  Number(await cluster.psql("select epoch from cdc_state", database));

/** A workspace on a server, with a person who writes notes into one of its organizations. */
class Workspace {
  /** Titles by the moment at which they were written. */
  kept = [];
  lost = [];
  cursors = [];

  static async create(t, settings) {
    const workspace = new Workspace();
    workspace.t = t;
    workspace.program = await serverProgram(t);
    workspace.cluster = await Cluster.create(t, settings);
    workspace.server = await workspace.serve(workspace.cluster);
    workspace.person = await Person.signIn(workspace.server.origin);
    const { items } = await workspace.person.request("GET", "/me/menu");
    workspace.organization = items[0].organization.id;
    return workspace;
  }

  serve(cluster, database) {
    return Server.start(this.t, this.program, cluster.url(database), { DEMO: "true" });
  }

  /** Writes a few notes, awaits that the log has them, and remembers the cursors before and after. */
  async write(titles, prefix) {
    const path = `/organizations/${this.organization}/notes`;
    for (let number = 1; number <= 5; number += 1) {
      const title = `${prefix} ${number}`;
      this.cursors.push((await this.person.request("GET", "/me")).cursor);
      const { id } = await this.person.request("POST", path, { title });
      titles.push(title);
      const isLogged = () =>
        this.cluster.psql(`select 1 from activities where subject_id = '${id}'`);
      await until("the log has the note", 10, async () => (await isLogged()) === "1");
    }
    this.cursors.push((await this.person.request("GET", "/me")).cursor);
    this.epoch = await epochOf(this.cluster);
  }
}

/** Checks what holds after every restore. `server` serves the restored `database` of `cluster`. */
async function checkRestored(workspace, server, cluster, database) {
  const person = workspace.person.at(server.origin);
  const healthy = async () => (await server.report()).cdc === "ok";
  await until("changes reach the log", 30, healthy);
  await until(
    "a new epoch",
    30,
    async () => (await epochOf(cluster, database)) !== workspace.epoch,
  );

  const notes = `/organizations/${workspace.organization}/notes`;
  const { items } = await until("REST answers", 20, () =>
    person.request("GET", `${notes}?limit=100`),
  );
  const titles = items.map((it) => it.title);
  for (const title of workspace.kept) assert.ok(titles.includes(title), `${title} is there`);
  for (const title of workspace.lost) assert.ok(!titles.includes(title), `${title} is gone`);

  // New changes reach the positions that the lost ones had.
  const stream = `/organizations/${workspace.organization}/sync/stream`;
  const { cursor } = await person.request("GET", "/me");
  const title = "Written after the restore";
  let created;
  for (let number = 0; number < 10; number += 1) {
    created = await person.request("POST", notes, { title });
  }
  const received = await person.read(`${stream}?cursor=${cursor}`, ({ event, id, data }) =>
    event === "reset" || data?.subjectId === created.id ? { event, id } : undefined,
  );
  assert.equal(received.event, "change", "a new cursor is honoured");
  for (const old of workspace.cursors) {
    for (const path of [stream, "/me/stream"]) {
      const first = await person.read(`${path}?cursor=${old}`, ({ event }) => event);
      assert.equal(first, "reset", `${path} with the cursor ${old} from before`);
    }
  }
  const incident = "select count(*) from cdc_incidents where kind = 'new_epoch'";
  assert.notEqual(await cluster.psql(incident, database), "0", "the incident is recorded");
}

async function dumped(t) {
  const workspace = await Workspace.create(t);
  await workspace.write(workspace.kept, "Before the dump");
  const file = join(workspace.cluster.sockets, "tributary.dump");
  await workspace.cluster.tool("pg_dump", ["-Fc", "-f", file, "tributary"]);
  await workspace.write(workspace.lost, "After the dump");
  return { workspace, file };
}

/** Restores and returns the errors, without the `expected` ones that change nothing. */
async function restoreInPlace(cluster, file, expected) {
  const args = ["--clean", "--if-exists", "-d", "tributary", file];
  const stderr = await cluster.tool("pg_restore", args).catch((error) => error.stderr);
  const errors = stderr.split("\n").filter((line) => line.includes("error: "));
  return errors.filter((line) => !expected.some((pattern) => pattern.test(line)));
}

/** Keys of partitions can't be dropped alone; they disappear with their table. */
const INHERITED_KEY = /cannot drop inherited constraint/;

/** A running worker repairs the publication before pg_restore creates it. */
const REPAIRED_PUBLICATION = /publication "tributary" already exists|already member of publication/;

test("dump restored into a new database", async (t) => {
  const { workspace, file } = await dumped(t);
  const { cluster } = workspace;
  await workspace.server.stop();
  await cluster.psql("create database restored owner tributary", "postgres");
  await cluster.tool("pg_restore", ["-d", "restored", file]);
  const server = await workspace.serve(cluster, "restored");
  await checkRestored(workspace, server, cluster, "restored");
});

test("dump restored in place while the server is stopped", async (t) => {
  const { workspace, file } = await dumped(t);
  const { server, cluster } = workspace;
  await server.stop();
  assert.deepEqual(await restoreInPlace(cluster, file, [INHERITED_KEY]), []);
  await server.start();
  await checkRestored(workspace, server, cluster);
});

test("dump restored in place while the server runs", async (t) => {
  const { workspace, file } = await dumped(t);
  const { server, cluster } = workspace;
  // Tables can be locked by requests when they are to be dropped; then it has to be done again.
  const expected = [INHERITED_KEY, REPAIRED_PUBLICATION];
  const restored = async () => (await restoreInPlace(cluster, file, expected)).length === 0;
  await until("the restore is complete", 30, restored);
  await checkRestored(workspace, server, cluster);
});

test("base backup recovered to a point in time", async (t) => {
  const workspace = await Workspace.create(t, { archive_mode: "on" });
  const { cluster } = workspace;
  const archive = await cluster.subfolder("archive");
  await cluster.psql(`alter system set archive_command = 'cp %p ${archive}/%f'`, "postgres");
  await cluster.psql("select pg_reload_conf()", "postgres");
  const restored = await Cluster.baseBackup(t, cluster);
  await workspace.write(workspace.kept, "Before the point");
  await cluster.psql("select pg_create_restore_point('good')", "postgres");
  await workspace.write(workspace.lost, "After the point");
  await workspace.server.stop();
  const file = await cluster.psql("select pg_walfile_name(pg_switch_wal())", "postgres");
  const archived = () => cluster.psql("select last_archived_wal from pg_stat_archiver", "postgres");
  await until("the WAL is archived", 20, async () => (await archived()) >= file);
  await cluster.stop();

  await restored.recover({
    restore_command: `cp ${archive}/%f %p`,
    recovery_target_name: "good",
    recovery_target_action: "promote",
    archive_mode: "off",
  });
  const server = await workspace.serve(restored);
  await checkRestored(workspace, server, restored);
});

test("standby promoted after its primary died", async (t) => {
  const workspace = await Workspace.create(t);
  const { cluster } = workspace;
  const standby = await Cluster.baseBackup(t, cluster, ["-R"]);
  await standby.start();
  await workspace.write(workspace.kept, "Before the failover");
  const lsn = await cluster.psql("select pg_current_wal_lsn()", "postgres");
  const replayed = `select pg_last_wal_replay_lsn() >= '${lsn}'`;
  await until("the standby follows", 20, async () => (await standby.psql(replayed)) === "t");
  await workspace.server.stop("SIGKILL");
  await cluster.stop("SIGQUIT");

  await standby.psql("select pg_promote()", "postgres");
  const server = await workspace.serve(standby);
  await checkRestored(workspace, server, standby);
});
