// Who is signed in. The access token is in memory, here and nowhere else; what outlives the page is a cookie.
import { logIn, logOut, Refused, refresh, register, type Session } from "./server";
import { alone, hear, memory, tell } from "./tabs";

export interface State {
  session: Session | null;
  /** Nobody is signed in yet, but the cookie may know better. */
  isResuming: boolean;
  /** Somebody has been signed in here, who will hardly want another account. */
  isKnown: boolean;
  /** What happened to the sign-in without anybody's doing. */
  notice: string | null;
}

const ENDED = "Your sign-in has ended: sign in again.";
/** A token is renewed so long before its end, or a quarter of its life if that is less, in milliseconds. */
const AHEAD = 60_000;
/** Longest time to the next look at the clock: timers stand still while a machine sleeps. */
const LOOK = 600_000;
/** Pauses between tries while the server is away: the first, and the longest. */
const AGAIN = [2_000, 60_000] as const;

let state: State = { session: null, isResuming: memory.isSet, isKnown: memory.isSet, notice: null };
/** Grows whenever somebody signs in or out, or a token is renewed, in whichever tab. */
let generation = 0;
/** The server does not renew this sign-in any more. Its token counts to its end. */
let isLast = false;
/** The last try to renew the token did not reach the server. */
let isOwed = false;
let pause: number = AGAIN[0];
let timer: ReturnType<typeof setTimeout> | undefined;
let renewal: Promise<boolean> | undefined;
const listeners = new Set<() => void>();

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export const getState = (): State => state;

function change(next: Partial<State>): void {
  state = { ...state, ...next };
  for (const listener of listeners) listener();
}

/** Takes over who is signed in. */
function take(session: Session | null, notice: string | null = null): void {
  generation += 1;
  isLast = false;
  isOwed = false;
  pause = AGAIN[0];
  memory.set(session !== null);
  change({ session, notice, isResuming: false, isKnown: state.isKnown || session !== null });
  plan();
}

function takeAndTell(session: Session | null, notice: string | null = null): void {
  take(session, notice);
  tell(session);
}

export async function signIn(email: string, password: string): Promise<void> {
  await alone(async () => takeAndTell(await logIn(email, password)));
}

export async function signUp(email: string, password: string, name: string): Promise<void> {
  await alone(async () => takeAndTell(await register(email, password, name)));
}

/** Signs out in all tabs. */
export async function signOut(): Promise<void> {
  await alone(async () => {
    await logOut();
    takeAndTell(null);
  });
}

/** The token to send, renewed when it is about to end; null where nobody is signed in. Fails when it cannot be told. */
export async function freshToken(): Promise<string | null> {
  if (isDue()) await renew();
  return state.session?.token ?? null;
}

/** The server has refused this token. Gives one that may count in its place, or null. */
export async function tokenInsteadOf(refused: string): Promise<string | null> {
  const { session } = state;
  if (session?.token === refused) {
    change({ session: { ...session, expiresAt: 0 } });
    isLast = false;
  }
  return freshToken();
}

/**
 * Gets a new token for the cookie: one for whoever asks while it is on its way, and one for all tabs. Tells whether it came.
 * Fails where there is none that counts either, for want of a server.
 */
export function renew(): Promise<boolean> {
  const before = generation;
  renewal ??= alone(async () => {
    // Another tab was faster.
    if (generation !== before && !isDue()) return true;
    try {
      takeAndTell(await refresh());
      return true;
    } catch (error) {
      fail(error);
      return false;
    }
  }).finally(() => {
    renewal = undefined;
  });
  return renewal;
}

function fail(error: unknown): void {
  const left = remaining();
  if (error instanceof Refused && error.has("UNAUTHENTICATED")) {
    isOwed = false;
    isLast = left > 0;
    if (isLast) plan();
    else takeAndTell(null, ENDED);
    return;
  }
  const wait = error instanceof Refused ? error.complaints.find(({ retryAfter }) => retryAfter)?.retryAfter : undefined;
  isOwed = true;
  change({ isResuming: false, notice: error instanceof Error ? `${error.message} Trying again.` : null });
  plan(wait ? wait * 1000 : pause);
  pause = Math.min(pause * 2, AGAIN[1]);
  if (left <= 0) throw error;
}

/** How long the token still counts, in milliseconds. */
const remaining = (): number => (state.session?.expiresAt ?? 0) - Date.now();

function isDue(): boolean {
  const { session } = state;
  if (!session) return memory.isSet;
  return isOwed || remaining() <= (isLast ? 0 : Math.min(AHEAD, session.life / 4));
}

/** Renews the token in time, or after a while. */
function plan(wait?: number): void {
  clearTimeout(timer);
  const { session } = state;
  if (!session && !memory.isSet) return;
  const ahead = isLast || !session ? 0 : Math.min(AHEAD, session.life / 4);
  const delay = wait ?? Math.max(0, remaining() - ahead);
  timer = setTimeout(() => (isDue() ? void renew().catch(() => {}) : plan()), Math.min(delay, LOOK));
}

hear((session) => take(session, session ? null : state.notice));
document.addEventListener("visibilitychange", () => document.hidden || plan());
addEventListener("online", () => plan(0));
if (memory.isSet) void renew().catch(() => {});
