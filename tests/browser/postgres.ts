// PostgreSQL for what needs it: the server that TEST_POSTGRES_URL names, or a private one that ends with the tests.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Postgres {
  /** With the name of an empty database. */
  url: string;
  stop(): Promise<void>;
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

/** Left alone with a closed pipe it stops the server and cleans up: with the tests, however they end. */
const KEEPER = `
  trap '' INT
  cd "$FOLDER" && export LC_ALL=C || exit
  $AS "$BINARIES/initdb" -D data -U postgres -A trust -E UTF8 --no-sync >initdb.log 2>&1 || exit
  $AS "$BINARIES/pg_ctl" start -w -D data -l postgres.log -o "$OPTIONS" >pg_ctl.log 2>&1 || exit
  echo ready
  read -r _
  $AS "$BINARIES/pg_ctl" stop -w -D data -m immediate >pg_ctl.log 2>&1
  rm -rf "$FOLDER"
`;

export async function startPostgres(): Promise<Postgres> {
  const folder = binaries();
  const named = process.env.TEST_POSTGRES_URL?.replace(/\/(postgres\/?)?$/, "");
  if (named) {
    const database = `taskward_browser_${Date.now()}`;
    const sql = async (text: string) => void execFileSync(join(folder, "psql"), ["-qc", text, `${named}/postgres`]);
    await sql(`create database ${database}`);
    return { url: `${named}/${database}`, stop: () => sql(`drop database if exists ${database} with (force)`) };
  }
  const data = mkdtempSync(join(tmpdir(), "taskward-postgres-"));
  const port = await freePort();
  const isRoot = process.getuid?.() === 0;
  if (isRoot) execFileSync("chown", ["postgres", data]);
  const keeper = spawn("sh", ["-c", KEEPER], {
    env: {
      ...process.env,
      FOLDER: data,
      BINARIES: folder,
      // It refuses to run as root.
      AS: isRoot ? "setpriv --reuid=postgres --regid=postgres --init-groups" : "",
      OPTIONS: `-p ${port} -k ${data} -c listen_addresses=127.0.0.1 -c fsync=off`,
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(keeper, "exit");
  const ready = once(keeper.stdout, "data");
  if ((await Promise.race([ready, ended.then(() => undefined)])) === undefined) {
    throw new Error(`PostgreSQL does not start: see the logs in ${data}`);
  }
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      keeper.stdin.end();
      await ended;
    },
  };
}
