// Who is signed in: one token in memory, renewed by one tab for all of them.
import { accounts } from "./accounts";
import type { Session } from "./accounts/types";

/** Why somebody is sent to the login page; it says so there. */
export type Reason = "needed" | "ended" | "signed-out" | "everywhere" | "deleted";

/** What tabs tell each other. The token stays in memory: a channel is none of the browser's stores. */
type Word = { began: Session } | { ended: Reason };

const SPARE = 30_000;

let session: Session | null = null;
let wasSignedIn = false;
let leaving = false;
const heard = new Set<(session: Session) => void>();
const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("taskward");

channel?.addEventListener("message", ({ data }: MessageEvent<Word>) => {
  if ("ended" in data) {
    if (session) leave(data.ended);
  } else if (session && session.user.id !== data.began.user.id) {
    // Somebody else signed in: nothing of the one before may stay.
    location.reload();
  } else {
    take(data.began);
  }
});

function take(next: Session): void {
  session = next;
  wasSignedIn = true;
  for (const hear of heard) hear(next);
}

/** Signs in, in all tabs. */
export function begin(next: Session): void {
  take(next);
  channel?.postMessage({ began: next } satisfies Word);
}

/** Signs out in all tabs. Whatever the server shall know of it, it has to be told before. */
export function end(reason: Reason): void {
  channel?.postMessage({ ended: reason } satisfies Word);
  leave(reason);
}

/** To the login page, which knows the way back. What was in memory goes with the page. */
function leave(reason: Reason): void {
  session = null;
  if (leaving) return;
  leaving = true;
  const here = `${location.pathname}${location.search}`;
  const back = reason === "deleted" || reason === "signed-out" ? {} : { next: here };
  location.replace(`/login?${new URLSearchParams({ reason, ...back })}`);
}

/** Whether a token will do for a while. */
export function isFresh(): boolean {
  return session !== null && session.endsAt - Date.now() > Math.min(SPARE, session.life / 4);
}

/** Who is signed in, as far as this tab knows. */
export const current = (): Session | null => session;

/** Has `hear` called whenever there is another token. */
export function onSession(hear: (session: Session) => void): () => void {
  heard.add(hear);
  return () => heard.delete(hear);
}

/** Runs one of these at a time in all tabs. Web Locks exist where the page came over https or from this machine. */
function alone<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks ? navigator.locks.request("taskward-session", work) : work();
}

let renewing: Promise<Session | null> | undefined;

/**
 * A session other than the one with this token, for which the server refused it or which is about to end. Null when nobody is
 * signed in any more. Rejects with `Unreachable` when nobody can tell; then everything is as it was.
 */
export function renew(refused = session?.token): Promise<Session | null> {
  renewing ??= alone(async () => {
    // What another tab said while this one waited arrives before the next task.
    await new Promise((landed) => setTimeout(landed));
    if (session && session.token !== refused && isFresh()) return session;
    const next = await (await accounts()).renew();
    if (next) begin(next);
    return next;
  }).finally(() => {
    renewing = undefined;
  });
  return renewing;
}

/** The session to work with. Whoever has none is on the way to the login page when this answers null. */
export async function demand(refused?: string): Promise<Session | null> {
  if (session && session.token !== refused && isFresh()) return session;
  const next = await renew(refused);
  if (!next) wasSignedIn ? end("ended") : leave("needed");
  return next;
}

const never = new Promise<never>(() => {});

/** A token to send along. Where nobody is signed in any more this never ends: the login page is on its way. */
export async function token(refused?: string): Promise<string> {
  return (await demand(refused))?.token ?? never;
}

/** Where to go after signing in: a path of this site, whatever the address says. */
export function wayBack(next: string | null): string {
  const home = "/dashboard";
  if (!next?.startsWith("/")) return home;
  const url = new URL(next, location.origin);
  return url.origin === location.origin ? `${url.pathname}${url.search}` : home;
}
