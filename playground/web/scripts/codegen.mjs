// Makes of ../../schema.graphql and lib/operations/*.graphql:
// - lib/graphql/*.ts, typed documents for the application
// - trusted-documents.json, for a server that shall run nothing else (TRUSTED_DOCUMENTS)
// With --check it writes nothing, and fails where they are not what it would write.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { codegen } from "@graphql-codegen/core";
import * as typedDocumentNode from "@graphql-codegen/typed-document-node";
import * as typescriptOperations from "@graphql-codegen/typescript-operations";
import { formatDocument, stringifyDocument } from "@urql/core";
import { buildASTSchema, parse, validate } from "graphql";

const schema = parse(readFileSync("../../schema.graphql", "utf8"));
const files = {};
const manifest = {};
for (const name of readdirSync("lib/operations").sort()) {
  const location = `lib/operations/${name}`;
  const document = parse(readFileSync(location, "utf8"), { noLocation: true });
  const faults = validate(buildASTSchema(schema), document);
  for (const { message } of faults) console.error(`${location}: ${message}`);
  if (faults.length > 0) process.exit(1);
  const filename = `lib/graphql/${name.replace(/graphql$/, "ts")}`;
  const code = await codegen({
    schema,
    documents: [{ location, document }],
    filename,
    config: {
      useTypeImports: true,
      strictScalars: true,
      enumsAsTypes: true,
      scalars: { DateTime: "string", ID: "string" },
      dedupeFragments: true,
    },
    plugins: [{ typescriptOperations: {} }, { typedDocumentNode: {} }],
    pluginMap: { typescriptOperations, typedDocumentNode },
  });
  files[filename] =
    `// Made by \`npm run codegen\` of ${location} and the server's schema. Changes here are lost.\n${code}`;
  for (const [, tree] of code.matchAll(/^export const \w+Document = (\{.*\}) as unknown/gm)) {
    // The texts as clients send them: of this very tree, and, where there is a cache, with the names of types.
    const made = JSON.parse(tree);
    for (const text of [made, formatDocument(made)].map(stringifyDocument)) {
      manifest[createHash("sha256").update(text).digest("hex")] = text;
    }
  }
}
files["trusted-documents.json"] = `${JSON.stringify(manifest, null, 2)}\n`;

const stale = Object.entries(files).filter(([name, text]) => !existsSync(name) || readFileSync(name, "utf8") !== text);
if (!process.argv.includes("--check")) {
  for (const [name, text] of stale) writeFileSync(name, text);
} else if (stale.length > 0) {
  console.error(`${stale.map(([name]) => name).join(", ")}: not up to date. Run \`npm run codegen\`.`);
  process.exit(1);
}
