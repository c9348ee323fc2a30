import type { NextConfig } from "next";

/** Where Taskward is. It is looked at when the application is built, as the way to it becomes part of it. */
const taskward = process.env["TASKWARD_URL"] ?? "http://127.0.0.1:8080";

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  // The API is at this site's own /graphql, over HTTP and WebSocket: the browser sees one origin and needs no CORS.
  rewrites: async () => [{ source: "/graphql", destination: `${taskward}/graphql` }],
  headers: async () => [
    {
      source: "/((?!graphql$).*)",
      headers: [
        { key: "x-content-type-options", value: "nosniff" },
        { key: "referrer-policy", value: "no-referrer" },
        { key: "x-frame-options", value: "DENY" },
      ],
    },
  ],
};

export default config;
