import type { Accounts } from "./types";

/** Who keeps the accounts: the setting ACCOUNTS, which `app/layout.tsx` writes into the page. */
export function keeper(): "taskward" | "better-auth" {
  return document.documentElement.dataset["accounts"] === "better-auth" ? "better-auth" : "taskward";
}

/** Loads what the keeper of the accounts needs, and nothing of the other. */
export async function accounts(): Promise<Accounts> {
  return keeper() === "better-auth"
    ? (await import("./better-auth")).betterAuth
    : (await import("./taskward")).taskward;
}
