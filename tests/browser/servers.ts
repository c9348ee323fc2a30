// Servers as people start them, each with data of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The server under test. */
export const BINARY = process.env.TASKWARD_BIN ?? fileURLToPath(new URL("../../target/debug/taskward", import.meta.url));
/** How long a server may take to listen and to stop, in milliseconds. */
const PATIENCE = 20_000;

export interface Server {
  url: string;
  /** The same, with nothing between. */
  ask<Data>(query: string, variables?: Record<string, unknown>, token?: string): Promise<Data>;
  stop(): Promise<void>;
}

/** Starts Taskward on a free port, with SQLite and without limits of tries, unless the settings say otherwise. */
export async function startTaskward(settings: Record<string, string> = {}): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "taskward-browser-"));
  const process = spawn(BINARY, [], {
    cwd: folder,
    env: { DATA_DIR: join(folder, "data"), PORT: "0", RATE_LIMITS: "off", LOG: "error", ...settings },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const stop = async () => {
    await ended(process);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const url = await listening(process);
    const ask = <Data>(query: string, variables = {}, token?: string) => send<Data>(url, query, variables, token);
    return { url, ask, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function listening(process: ChildProcess): Promise<string> {
  if (!process.stdout) throw new Error("the server has no output");
  const giveUp = setTimeout(() => process.kill("SIGKILL"), PATIENCE);
  process.on("error", () => process.stdout?.destroy());
  try {
    for await (const line of createInterface(process.stdout)) {
      const url = line.match(/ listens on (http:\S+)/)?.[1];
      if (url) return url;
    }
  } finally {
    clearTimeout(giveUp);
    process.stdout.resume();
  }
  throw new Error(`${BINARY} did not start: is it built (cargo build), or is TASKWARD_BIN wrong?`);
}

async function ended(process: ChildProcess): Promise<void> {
  if (process.pid === undefined || process.exitCode !== null || process.signalCode !== null) return;
  const over = new Promise((resolve) => process.once("exit", resolve));
  const giveUp = setTimeout(() => process.kill("SIGKILL"), PATIENCE);
  process.kill("SIGTERM");
  await over;
  clearTimeout(giveUp);
}

async function send<Data>(url: string, query: string, variables: unknown, token?: string): Promise<Data> {
  const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const response = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}
