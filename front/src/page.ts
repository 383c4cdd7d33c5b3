// What the server told this page: words in its language, the forgery token, how long until the screen locks.

const meta = (name: string): string => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
let known: Record<string, string> | undefined;

/** A text in the page's language. `{n}` in it is replaced. */
export const words = (key: string, n?: string | number): string => {
  known ??= JSON.parse(meta("words") || "{}") as Record<string, string>;
  return (known[key] ?? key).replace("{n}", String(n ?? ""));
};

export const csrf = (): string => meta("csrf");
export const language = (): string => document.documentElement.lang || "pt-BR";
export const clock = (at: Date): string => at.toLocaleTimeString(language(), { hour: "2-digit", minute: "2-digit" });

/** Makes an element without markup: text only, so nothing typed becomes code. */
export const element = <K extends keyof HTMLElementTagNameMap>(tag: K, className = "", text = ""): HTMLElementTagNameMap[K] => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
};

/** A request of the page's own: same origin, with the forgery token. */
export const call = (path: string, init: RequestInit & { headers?: Record<string, string> }): Promise<Response> =>
  fetch(path, { credentials: "same-origin", ...init, headers: { "X-CSRF-Token": csrf(), ...init.headers } });
