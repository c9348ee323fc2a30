// Better Auth in memory, for one test. Says "ready <port>" once it listens, and takes orders on its standard input:
// "rotate" lets its key expire, so that it signs with a new one from then on and still publishes the old. Ends with its
// input. What it would mail is at /mail.
import http from "node:http";
import readline from "node:readline";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { toNodeHandler } from "better-auth/node";
import { bearer, jwt } from "better-auth/plugins";

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
