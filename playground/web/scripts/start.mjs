// Starts Taskward and this application, and says where to click. `npm start` runs it; Ctrl-C stops both.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = join(dirname(fileURLToPath(import.meta.url)), "..");
const root = join(here, "../..");
const { env } = process;
const accounts = env.ACCOUNTS ?? "taskward";
const [webPort, port] = [env.WEB_PORT ?? "3000", env.PORT ?? "8080"];
const [web, taskward] = [`http://localhost:${webPort}`, `http://127.0.0.1:${port}`];
const data = resolve(root, env.DATA_DIR ?? "data");

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** Runs a command to its end. */
function run(command, args, options = {}) {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd: here, stdio: "inherit", ...options });
    child.on("error", () => failed(new Error(`${command} is needed, and is not there.`)));
    child.on("exit", (code) => (code === 0 ? done() : failed(new Error(`${command} ${args.join(" ")} failed.`))));
  });
}

/** The secret that Better Auth signs its cookies with: made once, and kept beside Taskward's keys. */
function secret() {
  const file = join(data, "better-auth-secret");
  if (!existsSync(file)) {
    mkdirSync(data, { recursive: true });
    writeFileSync(file, randomBytes(32).toString("base64"), { mode: 0o600 });
  }
  return readFileSync(file, "utf8").trim();
}

if (accounts !== "taskward" && accounts !== "better-auth") {
  fail(`ACCOUNTS must be taskward or better-auth, not ${accounts}.`);
}
if (accounts === "better-auth" && !env.DATABASE_URL?.startsWith("postgres")) {
  fail("Better Auth keeps its accounts in PostgreSQL: set DATABASE_URL=postgres://user:password@host/database.");
}
const settings = {
  ...env,
  ACCOUNTS: accounts,
  TASKWARD_URL: taskward,
  NEXT_TELEMETRY_DISABLED: "1",
  ...(accounts === "better-auth"
    ? { BETTER_AUTH_URL: web, BETTER_AUTH_SECRET: env.BETTER_AUTH_SECRET ?? secret() }
    : {}),
};
const next = join(here, "node_modules/next/dist/bin/next");
let binary = env.TASKWARD_BIN;
try {
  if (!existsSync(next)) await run("npm", ["ci"]);
  if (!binary) {
    await run("cargo", ["build"], { cwd: root });
    binary = resolve(root, env.CARGO_TARGET_DIR ?? "target", "debug/taskward");
  }
  await run(process.execPath, [next, "build"], { env: settings });
  if (accounts === "better-auth") await run(process.execPath, ["scripts/migrate.mjs"], { env: settings });
} catch (error) {
  fail(error.message);
}

// What the one shall not know of the other it is not told.
const { BETTER_AUTH_SECRET, ...shared } = settings;
const children = [
  spawn(resolve(binary), [], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    // Its pages may open WebSockets, and mails lead to it.
    env: { ...shared, HOST: "127.0.0.1", PORT: port, CORS_ORIGINS: web, APP_URL: web },
  }),
  spawn(process.execPath, [next, "start", "-H", "127.0.0.1", "-p", webPort], {
    cwd: here,
    stdio: ["ignore", "ignore", "inherit"],
    env: settings,
  }),
];
let isOver = false;
function stop(code) {
  if (isOver) return;
  isOver = true;
  process.exitCode = code;
  for (const child of children) child.kill("SIGTERM");
}
for (const child of children) {
  child.on("error", ({ message }) => {
    console.error(message);
    stop(1);
  });
  child.on("exit", (code) => stop(code ?? 1));
}
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stop(0));

async function answers(url) {
  while (!isOver) {
    if ((await fetch(url).catch(() => null))?.ok) return;
    await new Promise((wait) => setTimeout(wait, 100));
  }
}
await answers(`${taskward}/readyz`);
await answers(`http://127.0.0.1:${webPort}/login`);
if (!isOver) {
  console.log(`
  Tasks       ${web}
  Playground  ${taskward}/playground
  Accounts    ${accounts === "taskward" ? "Taskward's own" : "Better Auth's"}

Ctrl-C stops both.`);
}
