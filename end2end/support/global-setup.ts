import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server } from "./server";

/**
 * Starts the server that the tests share, unless `TRIBUTARY_URL` names a running one; then
 * `TRIBUTARY_DATABASE` must be the psql connection string of its database, and `TRIBUTARY_MAIL` the
 * folder that it writes messages to. The workers inherit the environment.
 */
export default async function setUp(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.TRIBUTARY_URL) return;
  const mail = await mkdtemp(join(tmpdir(), "tributary-mail-"));
  process.env.TRIBUTARY_MAIL = mail;
  const template = await Server.createTemplate();
  process.env.TRIBUTARY_TEMPLATE = template;
  const server = await Server.start();
  process.env.TRIBUTARY_URL = server.url;
  process.env.TRIBUTARY_DATABASE = server.database;
  return async () => {
    await server.stop();
    await rm(template, { recursive: true });
    await rm(mail, { recursive: true });
  };
}
