// Two lists of hashes beside the built files, by which a test without npm tells whether they are what the sources make.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

/** All that the built files come of. */
const INPUTS = ["build", "index.html", "package-lock.json", "package.json", "public", "src", "tsconfig.json", "vite.config.ts"];
const SEALS = ["INPUTS.sha256", "OUTPUTS.sha256"] as const;

/** The files of a folder and of those within, in an order that no system changes. */
function files(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).sort().flatMap((name) => files(join(path, name)));
}

/** As `sha256sum` prints it. */
function sums(paths: string[], folder = "."): string {
  const line = (path: string) => `${createHash("sha256").update(readFileSync(join(folder, path))).digest("hex")}  ${path}\n`;
  return paths.map(line).join("");
}

export function seal(): Plugin {
  return {
    name: "seal",
    apply: "build",
    writeBundle({ dir }) {
      if (!dir) throw new Error("the bundle has no folder");
      const [inputs, outputs] = SEALS;
      const made = files(dir).map((path) => path.slice(dir.length + 1));
      writeFileSync(join(dir, inputs), sums(INPUTS.flatMap(files)));
      writeFileSync(join(dir, outputs), sums(made.filter((path) => !SEALS.some((seal) => seal === path)), dir));
    },
  };
}
