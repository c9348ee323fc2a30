// Better Auth in memory, for one test. Says "ready <port>" once it listens, and takes orders on its standard input:
// "rotate" lets its key expire, so that it signs with a new one from then on and still publishes the old. Ends with its
// input. What it would mail is at /mail.
import { webcrypto } from "node:crypto";
import http from "node:http";
import readline from "node:readline";

// Node 18, which Debian 12 has, keeps it to itself; what follows looks for it while it is loaded.
globalThis.crypto ??= webcrypto;
const { betterAuth } = await import("better-auth");
const { memoryAdapter } = await import("better-auth/adapters/memory");
const { toNodeHandler } = await import("better-auth/node");
const { bearer, jwt } = await import("better-auth/plugins");

const database = { user: [], session: [], account: [], verification: [], jwks: [] };
const mails = [];
let answer = (_, response) => response.writeHead(503).end();
const server = http.createServer((request, response) => answer(request, response));
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const { port } = server.address();

const auth = betterAuth({
  baseURL: `http://localhost:${port}`,
  secret: process.env.BETTER_AUTH_SECRET,
  database: memoryAdapter(database),
  emailAndPassword: { enabled: true },
  emailVerification: { sendOnSignUp: true, sendVerificationEmail: async ({ token }) => void mails.push(token) },
  session: { cookieCache: { enabled: true, strategy: "jwt" } },
  telemetry: { enabled: false },
  plugins: [
    jwt({
      jwks: { keyPairConfig: { alg: process.env.ALGORITHM } },
      sessionCookieCache: process.env.SESSION_BY_KEY === "on",
    }),
    bearer(),
  ],
});
const handler = toNodeHandler(auth);
answer = (request, response) =>
  request.url === "/mail" ? response.end(mails.join("\n")) : handler(request, response);

readline.createInterface({ input: process.stdin }).on("line", () => {
  for (const key of database.jwks) key.expiresAt = new Date(Date.now() - 1000);
  console.log("rotated");
}).on("close", () => process.exit(0));
console.log(`ready ${port}`);
