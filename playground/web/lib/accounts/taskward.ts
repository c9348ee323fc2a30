// Taskward's own accounts. Its refresh token is in a cookie that no script can read.
import { type AnyVariables, Client, fetchExchange, type OperationResult, type TypedDocumentNode } from "@urql/core";
import { codeOf, fieldOf, isForItsToken, isUnreachable, sentenceOf } from "../errors";
import * as api from "../graphql/accounts";
import { type Accounts, Refused, type Session, Unreachable } from "./types";

/** Nothing is remembered, retried or renewed: this is what renewing is made of. */
const client = new Client({
  url: "/graphql",
  preferGetMethod: false,
  requestPolicy: "network-only",
  exchanges: [fetchExchange],
});

function answered<T>({ data, error }: OperationResult<T, AnyVariables>): T {
  if (isUnreachable(error)) throw new Unreachable();
  if (error) throw new Refused(sentenceOf(error), fieldOf(error), isForItsToken(error));
  if (!data) throw new Unreachable();
  return data;
}

const headersOf = (token?: string) => ({
  fetchOptions: {
    headers: { "taskward-refresh": "cookie", ...(token ? { authorization: `Bearer ${token}` } : {}) },
  },
});

function mutate<T, V extends AnyVariables>(document: TypedDocumentNode<T, V>, variables: V, token?: string) {
  return client.mutation(document, variables, headersOf(token)).toPromise();
}

function sessionOf({ accessToken, expiresIn, user }: api.SessionPartsFragment): Session {
  const life = expiresIn * 1000;
  return { token: accessToken, life, endsAt: Date.now() + life, user };
}

export const taskward: Accounts = {
  async renew() {
    const result = await mutate(api.RefreshDocument, {});
    if (codeOf(result.error) === "UNAUTHENTICATED") return null;
    return sessionOf(answered(result).refresh);
  },
  async register(email, password) {
    return sessionOf(answered(await mutate(api.RegisterDocument, { input: { email, password } })).register);
  },
  async signIn(email, password) {
    return sessionOf(answered(await mutate(api.LoginDocument, { input: { email, password } })).login);
  },
  async signOut() {
    answered(await mutate(api.LogoutDocument, {}));
  },
  async signOutEverywhere(token) {
    answered(await mutate(api.LogoutEverywhereDocument, {}, token));
  },
  async signIns(token) {
    return answered(await client.query(api.SignInsDocument, {}, headersOf(token)).toPromise()).signIns;
  },
  async endSignIn(token, id) {
    answered(await mutate(api.EndSignInDocument, { id }, token));
  },
  async changePassword(token, currentPassword, newPassword) {
    const input = { currentPassword, newPassword };
    return sessionOf(answered(await mutate(api.ChangePasswordDocument, { input }, token)).changePassword);
  },
  async deleteAccount(token, password) {
    answered(await mutate(api.DeleteAccountDocument, { input: { password } }, token));
  },
};

/** Has a link mailed. Says nothing of whether there is such an account. */
export async function requestPasswordReset(email: string): Promise<void> {
  answered(await mutate(api.RequestPasswordResetDocument, { input: { email } }));
}

/** Takes the token of that link. */
export async function resetPassword(token: string, newPassword: string): Promise<void> {
  answered(await mutate(api.ResetPasswordDocument, { input: { token, newPassword } }));
}

/** Whether the user's address was shown to be theirs. */
export async function isVerified(token: string): Promise<boolean> {
  return answered(await client.query(api.AddressDocument, {}, headersOf(token)).toPromise()).me.emailVerified;
}

/** Has a link mailed that shows it. */
export async function requestVerification(token: string): Promise<void> {
  answered(await mutate(api.RequestEmailVerificationDocument, {}, token));
}

/** Takes the token of a link that verifies an address, and answers which. */
export async function verifyEmail(token: string): Promise<string> {
  return answered(await mutate(api.VerifyEmailDocument, { input: { token } })).verifyEmail.user.email;
}
