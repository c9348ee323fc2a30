import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { mend } from "./build/mend.ts";
import { seal } from "./build/seal.ts";

export default defineConfig({
  // Wherever the page lies, its files lie beside it.
  base: "./",
  plugins: [react(), mend(), seal()],
  worker: { format: "es", plugins: () => [mend()] },
  build: {
    target: "es2022",
    // The page may load files of its own server and nothing from within itself.
    assetsInlineLimit: 0,
    license: { fileName: "LICENSES.md" },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 6000,
    rolldownOptions: {
      onLog(level, log, tell) {
        // "use client" says something to servers that render React, of which there is none.
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") tell(level, log);
      },
    },
  },
  // For `npm run dev`, beside a server that was started with `cargo run`.
  server: { proxy: { "/graphql": { target: process.env.TASKWARD_URL ?? "http://127.0.0.1:8080", ws: true } } },
});
