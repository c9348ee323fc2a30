// Makes Better Auth's tables, or brings them up to date: in a schema of their own beside Taskward's.
import { getMigrations } from "better-auth/db/migration";
import { Pool } from "pg";
import { plugin } from "../lib/server/token.mjs";

const schema = process.env.BETTER_AUTH_SCHEMA ?? "better_auth";
const database = new Pool({
  connectionString: process.env.DATABASE_URL,
  options: `-c search_path=${schema}`,
});
await database.query(`create schema if not exists "${schema.replaceAll('"', '""')}"`);
const { runMigrations } = await getMigrations({ database, plugins: [plugin()], telemetry: { enabled: false } });
await runMigrations();
await database.end();
