// The requests by which one signs in and out. GraphiQL never sees them, so that no password ends up in its history.

/** The API beside this page, wherever that is. */
export const ENDPOINT = new URL("../graphql", document.baseURI);

export interface User {
  id: string;
  email: string;
  name: string | null;
}

/** Who is signed in, and what proves it. */
export interface Session {
  token: string;
  user: User;
  /** By this machine's clock, in milliseconds. */
  expiresAt: number;
  /** How long the token counts in all, in milliseconds. */
  life: number;
}

/** One thing that the server has against a request. */
export interface Complaint {
  message: string;
  code?: string | undefined;
  field?: string | undefined;
  retryAfter?: number | undefined;
}

/** The server has understood, and does not do it. */
export class Refused extends Error {
  readonly complaints: Complaint[];

  constructor(complaints: Complaint[]) {
    super(complaints.map(({ message }) => message).join(" "));
    this.complaints = complaints;
  }

  has(code: string): boolean {
    return this.complaints.some((complaint) => complaint.code === code);
  }
}

/** Nobody knows what the server thinks of it. */
export class Unreachable extends Error {}

interface Failure {
  message: string;
  extensions?: { code?: string; field?: string; retryAfter?: number };
}

interface Payload {
  accessToken: string;
  expiresIn: number;
  user: User;
}

/** A tab that waits for an answer keeps the others waiting: not for longer than this, in milliseconds. */
const PATIENCE = 30_000;

const GIVEN = "{ accessToken expiresIn user { id email name } }";
const REGISTER = `mutation Register($input: RegisterInput!) { given: register(input: $input) ${GIVEN} }`;
const LOG_IN = `mutation LogIn($input: LoginInput!) { given: login(input: $input) ${GIVEN} }`;
const REFRESH = `mutation Refresh { given: refresh ${GIVEN} }`;
const LOG_OUT = "mutation LogOut { given: logout { ok } }";

export const register = (email: string, password: string, name: string): Promise<Session> =>
  begin(REGISTER, { input: { email, password, name: name || null } });

export const logIn = (email: string, password: string): Promise<Session> => begin(LOG_IN, { input: { email, password } });

/** A fresh token for what the cookie holds. */
export const refresh = (): Promise<Session> => begin(REFRESH);

export async function logOut(): Promise<void> {
  await ask<unknown>(LOG_OUT);
}

async function begin(query: string, variables = {}): Promise<Session> {
  const asked = Date.now();
  const { accessToken: token, expiresIn, user } = await ask<Payload>(query, variables);
  const life = expiresIn * 1000;
  // From when it was asked for: the way back takes time as well.
  return { token, user, life, expiresAt: asked + life };
}

async function ask<Given>(query: string, variables = {}): Promise<Given> {
  const headers = {
    // As this type a refusal comes with status 200, so that a wrong password is no failure of the network.
    accept: "application/json",
    "content-type": "application/json",
    // The refresh token goes into a cookie that no script can read.
    "taskward-refresh": "cookie",
  };
  const body = JSON.stringify({ query, variables });
  const response = await reach({ method: "POST", headers, body, signal: AbortSignal.timeout(PATIENCE) });
  const { data, errors } = (await read(response)) as { data?: { given: Given } | null; errors?: Failure[] };
  if (errors?.length) throw new Refused(errors.map(complaint));
  if (!data) throw new Unreachable("The server's answer makes no sense.");
  return data.given;
}

/** The server puts the name of the field first; beside the field only a sentence is wanted. */
function complaint({ message, extensions }: Failure): Complaint {
  const { code, field, retryAfter } = extensions ?? {};
  const [, rest = ""] = message.split(`${field}: `);
  return { message: /^[A-Z]/.test(rest) ? rest : sentence(message.replace(`${field}:`, `${field}`)), code, field, retryAfter };
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** A request to the API. Says in a sentence that nothing came back. */
export async function reach(request: RequestInit): Promise<Response> {
  try {
    return await fetch(ENDPOINT, request);
  } catch (cause) {
    throw new Unreachable("The server cannot be reached.", { cause });
  }
}

/** What an answer says, if that is JSON. A proxy's page is not. */
export async function read(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw new Unreachable(`Something else than Taskward answered: HTTP ${response.status}.`, { cause });
  }
}
