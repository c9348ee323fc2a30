// Writes generated/ as graphql-codegen's client preset does, from a schema (the server's own, unless another is named)
// and operations.graphql. Without graphql-codegen's command line, which brings two hundred packages more.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { codegen } from "@graphql-codegen/core";
import { preset } from "@graphql-codegen/client-preset";
import { parse } from "graphql";

const schema = parse(readFileSync(process.argv[2] ?? "../../schema.graphql", "utf8"));
const rawSDL = readFileSync("operations.graphql", "utf8");
const files = await preset.buildGeneratesSection({
  baseOutputDir: "generated/",
  schema,
  documents: [{ location: "operations.graphql", document: parse(rawSDL), rawSDL }],
  config: {
    useTypeImports: true,
    strictScalars: true,
    enumsAsTypes: true,
    emitLegacyCommonJSImports: false,
    importExtension: ".js",
    scalars: { DateTime: "string" },
  },
  presetConfig: { fragmentMasking: false, persistedDocuments: true },
  plugins: [],
  pluginMap: {},
  profiler: { run: (work) => work(), collect: () => [] },
});
mkdirSync("generated", { recursive: true });
for (const file of files) writeFileSync(file.filename, await codegen(file));
