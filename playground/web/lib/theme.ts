/** How the application looks: as the system does, unless one chose. */
export const THEMES = { system: "As the system", light: "Light", dark: "Dark" } as const;
export type Theme = keyof typeof THEMES;

const YEAR = 31_536_000;

/** Kept in a cookie, so that the page comes in its colours. */
export const COOKIE = "theme";

export const isTheme = (text: string | undefined): text is Theme => text !== undefined && Object.hasOwn(THEMES, text);

export function theme(): Theme {
  const set = document.documentElement.dataset["theme"];
  return isTheme(set) ? set : "system";
}

export function setTheme(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
  // biome-ignore lint/suspicious/noDocumentCookie: the cookie store is not everywhere yet
  document.cookie = `${COOKIE}=${theme}; path=/; max-age=${YEAR}; samesite=lax`;
}
