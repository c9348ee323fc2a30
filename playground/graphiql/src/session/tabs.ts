// What the tabs of one browser have in common: the cookie, and therefore who is signed in.
import type { Session } from "./server";

const NAME = "taskward-session";

let last: Promise<unknown> = Promise.resolve();

/**
 * Does something that no other tab does meanwhile. Browsers that know no locks, or keep them for https, do one thing at a
 * time in this tab; that the others may come in between is what the server has its grace for.
 */
export function alone<Result>(work: () => Promise<Result>): Promise<Result> {
  const locks: LockManager | undefined = navigator.locks;
  if (locks) return locks.request(NAME, work) as Promise<Result>;
  const next = last.then(work, work);
  last = next.catch(() => {});
  return next;
}

const channel = new BroadcastChannel(NAME);

/** Tells the other tabs who is signed in from here on. It passes through memory and is kept nowhere. */
export function tell(session: Session | null): void {
  channel.postMessage(session);
}

/** Hears what other tabs tell. */
export function hear(listener: (session: Session | null) => void): void {
  channel.addEventListener("message", ({ data }: MessageEvent<Session | null>) => listener(data));
}

/** That somebody was signed in here, and nothing else. Without it nobody asks the server at every visit. */
export const memory = {
  get isSet(): boolean {
    try {
      return localStorage.getItem(NAME) !== null;
    } catch {
      // Storage may be switched off. Then a reload signs out.
      return false;
    }
  },
  set(isSignedIn: boolean): void {
    try {
      if (isSignedIn) localStorage.setItem(NAME, "yes");
      else localStorage.removeItem(NAME);
    } catch {
      // As above.
    }
  },
};
