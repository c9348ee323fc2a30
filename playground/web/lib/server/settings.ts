import "server-only";

/** Who keeps the accounts: Taskward itself, unless ACCOUNTS=better-auth. */
export function keepsAccounts(): "taskward" | "better-auth" {
  const set = process.env["ACCOUNTS"] ?? "taskward";
  if (set === "taskward" || set === "better-auth") return set;
  throw new Error(`ACCOUNTS must be taskward or better-auth, not ${set}.`);
}

/** A setting that there has to be. */
export function needed(name: string): string {
  const set = process.env[name];
  if (!set) throw new Error(`${name} must be set where ACCOUNTS=better-auth.`);
  return set;
}

/** Where Taskward is, as seen from this server. */
export const taskwardUrl = (): string => process.env["TASKWARD_URL"] ?? "http://127.0.0.1:8080";
