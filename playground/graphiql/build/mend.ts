// What is mended in other people's code on its way into the bundle, until they do.
import type { Plugin } from "vite";

interface Mend {
  file: RegExp;
  /** Stands in the file. */
  is: string | RegExp;
  becomes: string;
}

const MENDS: Mend[] = [
  {
    // GraphiQL prints JSON with prettier, half a megabyte of it. jsonc-parser does the same and is in the bundle anyway.
    file: /\/@graphiql\/react\/dist\/utility\/jsonc\.js$/,
    is: /^([^]*?)async function formatJSONC\(content\) \{\n[^]*?\n\}\n/,
    becomes: `import { applyEdits, format } from "jsonc-parser";
$1function formatJSONC(content) {
	return applyEdits(content, format(content, undefined, { insertSpaces: true, tabSize: 2 }));
}
`,
  },
  {
    // Screen readers are told the names of functions for icons, of which nothing is left in a bundle.
    file: /\/@graphiql\/react\/dist\/icons\/index\.js$/,
    is: /\bgenerateIcon\((Svg\w+)\)/g,
    becomes: 'generateIcon(Object.defineProperty($1, "name", { value: "$1" }))',
  },
  {
    // Variables that leave out what has a default are right.
    file: /\/graphql-language-service\/esm\/utils\/getVariablesJSONSchema\.js$/,
    is: "if (fieldRequired) {",
    becomes: "if (fieldRequired && field.defaultValue === undefined) {",
  },
];

/** Mends what the table names. Stops the build where that is not as it was: then look whether it is still needed. */
export function mend(): Plugin {
  return {
    name: "mend",
    enforce: "pre",
    transform(code, id) {
      const found = MENDS.find(({ file }) => file.test(id));
      if (!found) return undefined;
      if (code.split(found.is).length < 2) throw new Error(`${id} is not as it was: see build/mend.ts`);
      return { code: code.replace(found.is, found.becomes), map: null };
    },
  };
}
