// Accounts that Better Auth keeps in this application. Its session is a cookie; what Taskward is shown is a JWT of it, which
// Taskward verifies by the keys at /api/auth/jwks.
import { Client, fetchExchange } from "@urql/core";
import { isForItsToken, isUnreachable, sentenceOf } from "../errors";
import { type Accounts, Refused, type Session, Unreachable } from "./types";

const api = new Client({ url: "/graphql", preferGetMethod: false, exchanges: [fetchExchange] });

type Auth = ReturnType<typeof import("better-auth/client").createAuthClient<object>>;

let loaded: Promise<Auth> | undefined;

interface Answer<T> {
  data: T | null;
  error: { status: number; code?: string | undefined; message?: string | undefined } | null;
}

/**
 * Its tokens tell the second that they were made in: one of the second that tokens were cut off in is refused as well. In
 * milliseconds, and a little more.
 */
const SECOND = 1100;

/** What Better Auth's refusals are about. */
const FIELDS: Record<string, string> = {
  INVALID_EMAIL: "email",
  USER_ALREADY_EXISTS: "email",
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: "email",
  PASSWORD_TOO_SHORT: "newPassword",
  PASSWORD_TOO_LONG: "newPassword",
  INVALID_PASSWORD: "password",
};

async function ask<T>(question: (auth: Auth) => Promise<Answer<T>>): Promise<T | null> {
  loaded ??= import("better-auth/client").then(({ createAuthClient }) => createAuthClient({}));
  const { data, error } = await loaded.then(question).catch((): never => {
    loaded = undefined;
    throw new Unreachable();
  });
  if (!error) return data;
  if (!error.code && error.status >= 500) throw new Unreachable();
  const tooMany = error.status === 429 ? "Too many tries. Wait a little." : undefined;
  const text = tooMany ?? error.message ?? "That did not work.";
  throw new Refused(text, FIELDS[error.code ?? ""], error.status === 401);
}

interface Claims {
  user_id: string;
  email: string;
  iat: number;
  exp: number;
}

/** Reads a token without judging it: that is Taskward's affair. */
function claimsOf(token: string): Claims {
  const text = atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (letter) => letter.charCodeAt(0))));
}

/**
 * The session as it is, with a fresh token in a header: one request, and no error where nobody is signed in. Made without Better
 * Auth's client, which the first page need not wait for.
 */
async function renew(isCutOff: boolean): Promise<Session | null> {
  if (isCutOff) await new Promise((over) => setTimeout(over, SECOND));
  const response = await fetch("/api/auth/get-session").catch((): never => {
    throw new Unreachable();
  });
  if (!response.ok) throw new Unreachable();
  const token = response.headers.get("set-auth-jwt");
  if (token === null) return null;
  const { user_id: id, email, iat, exp } = claimsOf(token);
  const life = (exp - iat) * 1000;
  return { token, life, endsAt: Date.now() + life, user: { id, email } };
}

async function signedIn(isCutOff = false): Promise<Session> {
  const session = await renew(isCutOff);
  if (!session) throw new Refused("The sign-in did not last. Does this browser take cookies?");
  return session;
}

/** Ends the tokens that are out there. Better Auth ends sessions, from which no token comes any more, and knows of no others. */
async function endTokens(token: string): Promise<void> {
  // As Better Auth's client, it is not needed for the first page.
  const { LogoutEverywhereDocument } = await import("../graphql/accounts");
  const fetchOptions = { headers: { authorization: `Bearer ${token}` } };
  const { error } = await api.mutation(LogoutEverywhereDocument, {}, { fetchOptions }).toPromise();
  if (isUnreachable(error)) throw new Unreachable();
  if (error) throw new Refused(sentenceOf(error), undefined, isForItsToken(error));
}

export const betterAuth: Accounts = {
  renew,
  async register(email, password) {
    await ask((auth) => auth.signUp.email({ email, password, name: email.split("@")[0] ?? email }));
    return signedIn();
  },
  async signIn(email, password) {
    await ask((auth) => auth.signIn.email({ email, password }));
    return signedIn();
  },
  async signOut() {
    await ask((auth) => auth.signOut());
  },
  async signOutEverywhere(token) {
    // First what tokens come from. Asked again, after the second half failed, that is refused as it is done already.
    await ask((auth) => auth.revokeSessions()).catch((error: unknown) => {
      if (!(error instanceof Refused) || !error.isForItsToken) throw error;
    });
    await endTokens(token);
  },
  async signIns() {
    const sessions = (await ask((auth) => auth.listSessions())) ?? [];
    return sessions.map(({ token, updatedAt, userAgent, ipAddress }) => ({
      id: token,
      lastUsedAt: new Date(updatedAt).toISOString(),
      userAgent: userAgent ?? null,
      ipAddress: ipAddress ?? null,
    }));
  },
  async endSignIn(token, id) {
    await ask((auth) => auth.revokeSession({ token: id }));
    // Those who are signed in still get another one by themselves.
    await endTokens(token);
  },
  async changePassword(token, currentPassword, newPassword) {
    // Before as well, as nothing is to be changed while Taskward cannot be told.
    await endTokens(token);
    await ask((auth) => auth.changePassword({ currentPassword, newPassword, revokeOtherSessions: true }));
    const session = await signedIn();
    return endTokens(session.token).then(
      () => signedIn(true),
      () => session,
    );
  },
  async deleteAccount(_, password) {
    // Taskward is told by `lib/server/better-auth.ts`, before there is nobody left to speak for.
    await ask((auth) => auth.deleteUser({ password }));
  },
};
