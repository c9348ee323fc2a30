// Who is signed in: one token in memory, renewed by one tab for all of them.
import { accounts } from "./accounts";
import type { Session } from "./accounts/types";
import { leave as leavePage, unsaved } from "./unsaved";

/** Why somebody is sent to the login page; it says so there. */
export type Reason = "needed" | "ended" | "signed-out" | "everywhere" | "deleted";

/** What tabs tell each other. The token stays in memory: a channel is none of the browser's stores. */
type Word = { began: Session } | { ended: Reason };

const SPARE = 30_000;
const never = new Promise<never>(() => {});

let session: Session | null = null;
let wasSignedIn = false;
let leaving = false;
const heard = new Set<(session: Session) => void>();
// On the server, where pages are drawn first, there are no tabs.
const channel = typeof window === "undefined" ? null : new BroadcastChannel("taskward");

channel?.addEventListener("message", ({ data }: MessageEvent<Word>) => {
  if ("ended" in data) {
    if (session) leave(data.ended);
  } else if (session && session.user.id !== data.began.user.id) {
    reload();
  } else {
    take(data.began);
  }
});

// A page that was left is not to come back out of the browser's memory.
if (typeof window !== "undefined") {
  addEventListener("pageshow", ({ persisted }) => persisted && leaving && location.reload());
}

function take(next: Session): void {
  session = next;
  wasSignedIn = true;
  for (const hear of heard) hear(next);
}

/** Begins anew: somebody else is signed in, and nothing of the one before may stay. */
function reload(): Promise<never> {
  leaving = true;
  leavePage();
  location.reload();
  return never;
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
  leavePage();
  const here = `${location.pathname}${location.search}`;
  const back = reason === "deleted" || reason === "signed-out" ? {} : { next: here };
  const lost = unsaved() > 0 ? { lost: String(unsaved()) } : {};
  location.replace(`/login?${new URLSearchParams({ reason, ...back, ...lost })}`);
}

/** When a token is to be renewed, by this machine's clock: before its end, and no sooner than it must be if its life is short. */
export const renewalOf = ({ endsAt, life }: Session): number => endsAt - Math.min(SPARE, life / 4);

/** Whether a token will do for a while. */
export const isFresh = (): boolean => session !== null && Date.now() < renewalOf(session);

/** Who is signed in, as far as this tab knows. */
export const current = (): Session | null => session;

/** Has `hear` called whenever there is another token. */
export function onSession(hear: (session: Session) => void): () => void {
  heard.add(hear);
  return () => heard.delete(hear);
}

const LOCK = "taskward-session";

/**
 * Runs one of these at a time in all tabs, and tells it whether it had to wait. Web Locks exist where the page came over https or
 * from this machine.
 */
async function alone<T>(work: (hadToWait: boolean) => Promise<T>): Promise<T> {
  if (!navigator.locks) return work(false);
  const tried = await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) =>
    lock ? { result: await work(false) } : null,
  );
  return tried ? tried.result : navigator.locks.request(LOCK, () => work(true));
}

/** How long a word of another tab may take, in milliseconds: it and the lock come different ways. */
const WORD = 30;
const EXPECTED_WORD = 300;

/** Waits for a session that another tab tells of, but not for longer than this. */
function heardOf(patience: number): Promise<void> {
  return new Promise((over) => {
    const stop = onSession(() => done());
    const timer = setTimeout(() => done(), patience);
    function done() {
      clearTimeout(timer);
      stop();
      over();
    }
  });
}

let renewing: Promise<Session | null> | undefined;

/**
 * A session other than the one with this token, for which the server refused it or which is about to end. Null when nobody is
 * signed in any more. Rejects with `Unreachable` when nobody can tell; then everything is as it was.
 */
export function renew(refused = session?.token): Promise<Session | null> {
  const isAnother = () => session !== null && session.token !== refused && isFresh();
  renewing ??= alone(async (hadToWait) => {
    if (!isAnother()) await heardOf(hadToWait ? EXPECTED_WORD : WORD);
    if (isAnother()) return session;
    const isCutOff = session !== null && session.token === refused && isFresh();
    const next = await (await accounts()).renew(isCutOff);
    // The cookie is another's by now, who signed in where this tab does not hear of it.
    if (session && next && session.user.id !== next.user.id) return reload();
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

/** A token to send along. Where nobody is signed in any more this never ends: the login page is on its way. */
export async function token(refused?: string): Promise<string> {
  return (await demand(refused))?.token ?? never;
}

/** Where to go after signing in: a path of this site, whatever the address says. */
export function wayBack(next: string | null): string {
  const home = "/dashboard";
  if (!next?.startsWith("/") || !URL.canParse(next, location.origin)) return home;
  const { origin, pathname, search } = new URL(next, location.origin);
  // Two slashes would begin the name of another host.
  const isElsewhere = origin !== location.origin || pathname.startsWith("//");
  return isElsewhere || pathname === "/login" || pathname === "/register" ? home : `${pathname}${search}`;
}
