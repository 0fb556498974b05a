import { randomBytes } from "node:crypto";
import pg from "pg";

/**
 * A dump, restored at once into a new database: one moment of the source, whose sessions are cut off meanwhile, which a
 * template demands. pg_dump needs no such cut, but must be as new as the server, and the embedded one comes without it.
 */
export async function copyDatabase(sourceUrl: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const source = new URL(sourceUrl).pathname.slice(1);
  const name = `restored_${randomBytes(6).toString("hex")}`;
  const admin = new URL(sourceUrl);
  admin.pathname = "/postgres";
  const run = async (...statements: string[]) => {
    const client = new pg.Client({ connectionString: admin.href });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  try {
    await run(
      `alter database ${source} allow_connections false`,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${source}'`,
      `create database ${name} template ${source}`,
    );
  } finally {
    await run(`alter database ${source} allow_connections true`);
  }
  const url = new URL(sourceUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(`drop database ${name} with (force)`) };
}
