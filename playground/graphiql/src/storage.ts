// What GraphiQL keeps in the browser: tabs, history, sizes. Whoever writes a password or a token into the editors, as
// `changePassword` asks for, must not find it there again.

const NAMESPACE = "graphiql:";
/** Lists of what was in the editors, as JSON. Everything else is the text of an editor, or a size. */
const LISTS = ["tabState", "queries", "favorites"].map((name) => NAMESPACE + name);
/** The name of an argument, of a member or of a variable, and the string that stands behind it. */
const SECRET = /("?\b\w*(?:password|token|secret)\w*"?\s*:\s*)(?:"""[^]*?"""|"(?:[^"\\\n]|\\.)*"?)/gi;

/** A document, or the JSON of variables, without its secrets. */
const without = (text: string): string => text.replace(SECRET, '$1""');

function fit(key: string, value: string): string {
  if (!LISTS.includes(key)) return without(value);
  return JSON.stringify(JSON.parse(value), (_, part: unknown) => (typeof part === "string" ? without(part) : part));
}

const keys = (): string[] => Object.keys(localStorage).filter((key) => key.startsWith(NAMESPACE));

/** The browser's storage, as far as it is GraphiQL's; null where there is none. */
export function storage(): Storage | null {
  try {
    localStorage.getItem(NAMESPACE);
  } catch {
    return null;
  }
  return {
    key: (place) => keys()[place] ?? null,
    getItem: (key) => localStorage.getItem(key),
    setItem: (key, value) => localStorage.setItem(key, fit(key, value)),
    removeItem: (key) => localStorage.removeItem(key),
    clear: () => keys().forEach((key) => localStorage.removeItem(key)),
    get length() {
      return keys().length;
    },
  };
}
