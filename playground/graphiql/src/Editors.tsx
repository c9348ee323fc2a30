// What GraphiQL's editors shall be that it has no properties for.
import { pick, useGraphiQL, useGraphiQLActions, useMonaco } from "@graphiql/react";
import { useEffect } from "react";

const MONOSPACE = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";

/** As in `style.css`, where hints, links and borders have them. */
const COLORS = {
  LIGHT: { base: "vs", paper: "#ffffff", accent: "#1f5fa8", soft: "#5b6675", argument: "6a4fb3", comment: "2f6f3a" },
  DARK: { base: "vs-dark", paper: "#1e232b", accent: "#8ab8f0", soft: "#9aa5b4", argument: "b7a8ff", comment: "86b57c" },
} as const;

export function Editors() {
  const editors = useGraphiQL(pick("queryEditor", "variableEditor", "headerEditor", "responseEditor"));
  const tab = useGraphiQL(({ activeTabIndex }) => activeTabIndex);
  const theme = useGraphiQL(({ theme }) => theme);
  const { setTheme } = useGraphiQLActions();
  const monaco = useMonaco(({ monaco }) => monaco);

  useEffect(() => {
    for (const editor of Object.values(editors)) {
      editor?.updateOptions({
        fontFamily: MONOSPACE,
        fontSize: 14,
        // The number of an empty last line is to be read like the others.
        renderFinalNewline: "on",
        wordWrap: "on",
      });
    }
  }, [editors]);

  const first = editors.queryEditor;
  useEffect(() => {
    // Whoever has no mouse gets out of an editor with the key that got them in. Lines are indented by themselves, and Ctrl-M
    // changes it back. This counts for all editors, and the option of the same name for none.
    first?.trigger("", "editor.action.toggleTabFocusMode", null);
  }, [first]);

  useEffect(() => {
    // On a narrow screen it may be out of sight.
    document.getElementById(`graphiql-session-tab-${tab}`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [tab]);

  useEffect(() => {
    for (const [name, { base, paper, accent, soft, argument, comment }] of Object.entries(COLORS)) {
      const chosen = `${accent}22`;
      monaco?.editor.defineTheme(`graphiql-${name}`, {
        base,
        inherit: true,
        rules: [
          { token: "argument.identifier.gql", foreground: argument },
          { token: "comment", foreground: comment },
        ],
        colors: {
          "editor.background": "#ffffff00",
          "editorHoverWidget.background": paper,
          "editorLineNumber.foreground": soft,
          "editorSuggestWidget.background": paper,
          "editorSuggestWidget.highlightForeground": accent,
          "editorSuggestWidget.selectedBackground": chosen,
          "editorWidget.background": paper,
          focusBorder: accent,
          "list.highlightForeground": accent,
          "list.hoverBackground": chosen,
          "menu.background": paper,
          "menu.selectionBackground": chosen,
          "menu.selectionForeground": accent,
          "quickInput.background": paper,
          "scrollbar.shadow": "#ffffff00",
          "textLink.activeForeground": accent,
          "textLink.foreground": accent,
        },
      });
    }
  }, [monaco]);

  useEffect(() => {
    // Without a choice of its own the page goes with the system, also where that changes by the time of day.
    if (theme) return undefined;
    const system = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => setTheme(null);
    system.addEventListener("change", follow);
    return () => system.removeEventListener("change", follow);
  }, [theme, setTheme]);

  return null;
}
