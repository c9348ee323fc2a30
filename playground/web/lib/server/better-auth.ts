import "server-only";
import { stringifyDocument } from "@urql/core";
import { betterAuth } from "better-auth";
import { APIError } from "better-auth/api";
import { nextCookies } from "better-auth/next-js";
import { Pool } from "pg";
import { DeleteAccountDocument } from "../graphql/accounts";
import { needed, taskwardUrl } from "./settings";
import { plugin } from "./token.mjs";

function make() {
  const schema = process.env["BETTER_AUTH_SCHEMA"] ?? "better_auth";
  return betterAuth({
    baseURL: needed("BETTER_AUTH_URL"),
    secret: needed("BETTER_AUTH_SECRET"),
    // Its tables are in a schema of their own, in the database that Taskward's are in.
    database: new Pool({ connectionString: needed("DATABASE_URL"), options: `-c search_path=${schema}` }),
    emailAndPassword: { enabled: true, minPasswordLength: 12 },
    user: { deleteUser: { enabled: true, beforeDelete: (_, request) => forget(request) } },
    // Whoever sends the header could call themselves anything, unless a proxy writes it anew.
    advanced: { ipAddress: { ipAddressHeaders: [process.env["CLIENT_ADDRESS_HEADER"] ?? []].flat() } },
    rateLimit: { enabled: process.env["RATE_LIMITS"] !== "off" },
    telemetry: { enabled: false },
    plugins: [plugin(), nextCookies()],
  });
}

/** Has Taskward erase what the user owns there. Nobody could ask for that once the account is gone. */
async function forget(request: Request | undefined): Promise<void> {
  if (!request) throw new APIError("BAD_REQUEST");
  const { token } = await auth().api.getToken({ headers: request.headers });
  const answer = await fetch(`${taskwardUrl()}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: stringifyDocument(DeleteAccountDocument), variables: { input: {} } }),
  }).catch(() => null);
  const said = (await answer?.json().catch(() => null)) as { data?: object } | null | undefined;
  if (!said?.data)
    throw new APIError("SERVICE_UNAVAILABLE", { message: "Your tasks could not be deleted. Try again." });
}

let made: ReturnType<typeof make> | undefined;

/** Better Auth as it is set, made when it is first asked. */
export const auth = () => (made ??= make());
