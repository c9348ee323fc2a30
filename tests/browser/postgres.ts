// PostgreSQL for what needs it: the server that TEST_POSTGRES_URL names, or a private one that ends with the tests.
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Postgres {
  /** With the name of an empty database. */
  url: string;
  stop(): void;
}

const DEBIAN = "/usr/lib/postgresql";

function binaries(): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort().reverse() : [];
  const folders = [...versions.map((version) => join(DEBIAN, version, "bin")), ...(process.env.PATH ?? "").split(":")];
  const found = folders.find((folder) => existsSync(join(folder, "initdb")));
  if (!found) throw new Error("PostgreSQL is needed: install it or set TEST_POSTGRES_URL");
  return found;
}

/** A port that nobody listens on. */
export function freePort(): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(String(typeof address === "object" ? address?.port : "")));
    });
  });
}

export async function startPostgres(): Promise<Postgres> {
  const database = `taskward_browser_${Date.now()}`;
  const folder = binaries();
  const named = process.env.TEST_POSTGRES_URL?.replace(/\/(postgres\/?)?$/, "");
  if (named) {
    const sql = (text: string) => execFileSync(join(folder, "psql"), ["-qc", text, `${named}/postgres`]);
    sql(`create database ${database}`);
    return { url: `${named}/${database}`, stop: () => sql(`drop database if exists ${database} with (force)`) };
  }
  const data = mkdtempSync(join(tmpdir(), "taskward-postgres-"));
  const isRoot = process.getuid?.() === 0;
  // It refuses to run as root.
  const as = isRoot ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] : [];
  const run = (...command: string[]) => {
    const [program = "", ...args] = [...as, ...command];
    execFileSync(program, args, { cwd: data, stdio: "ignore", env: { ...process.env, LC_ALL: "C" } });
  };
  if (isRoot) {
    const [uid, gid] = ["-u", "-g"].map((of) => Number(execFileSync("id", [of, "postgres"])));
    chownSync(data, uid ?? 0, gid ?? 0);
  }
  const port = await freePort();
  run(join(folder, "initdb"), "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync");
  const options = `-p ${port} -k ${data} -c listen_addresses=127.0.0.1 -c fsync=off`;
  run(join(folder, "pg_ctl"), "start", "-w", "-D", "data", "-l", "postgres.log", "-o", options);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    stop() {
      run(join(folder, "pg_ctl"), "stop", "-w", "-D", "data", "-m", "immediate");
      rmSync(data, { recursive: true, force: true });
    },
  };
}
