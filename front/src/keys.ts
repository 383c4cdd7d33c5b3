// Every action has a key. A link or button names its own in `data-key`; `?` lists those on this page.
import { element, words } from "./page.ts";

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

const shown = (node: HTMLElement): boolean => node.checkVisibility?.() ?? node.offsetParent !== null;

/** Key and words of every action that can be reached here. */
export const actions = (): { keys: string; label: string; node: HTMLElement }[] => {
  const seen = new Set<string>();
  const found = [];
  for (const node of document.querySelectorAll<HTMLElement>("[data-key]")) {
    const keys = node.dataset.key ?? "";
    const label = node.dataset.label ?? node.getAttribute("aria-label") ?? node.textContent?.trim().replace(/\s+/g, " ") ?? "";
    if (!keys || !label || seen.has(keys)) continue;
    seen.add(keys);
    found.push({ keys, label, node });
  }
  return found;
};

const keysOf = (text: string): Node[] => text.split(" ").flatMap((key, i) => [...(i ? [document.createTextNode(" ")] : []), element("kbd", "", key)]);

const help = (): void => {
  let dialog = document.querySelector<HTMLDialogElement>("dialog.help");
  if (!dialog) {
    dialog = element("dialog", "help");
    dialog.setAttribute("aria-labelledby", "help-title");
    document.body.append(dialog);
    dialog.addEventListener("click", (event) => event.target === dialog && dialog?.close());
  }
  const box = element("div", "help-keys");
  const head = element("div", "spread");
  const title = element("h2", "", words("keys"));
  title.id = "help-title";
  const close = element("button", "button quiet", words("close"));
  close.type = "button";
  close.addEventListener("click", () => dialog?.close());
  head.append(title, close);
  const list = element("dl");
  const fixed = [
    { keys: "Ctrl K", label: words("find") },
    { keys: "?", label: words("keys") },
    { keys: "j k", label: words("rows") },
    { keys: "Ctrl Enter", label: words("send") },
    { keys: "Esc", label: words("close") },
  ];
  for (const { keys, label } of [...fixed, ...actions()]) {
    const keyboard = element("dd");
    keyboard.append(...keysOf(keys));
    list.append(element("dt", "", label), keyboard);
  }
  box.append(head, list);
  dialog.replaceChildren(box);
  dialog.showModal();
};

/** j and k walk the rows of a list or a timeline. */
const walk = (step: number): void => {
  const links = [...document.querySelectorAll<HTMLElement>("[data-walk] a.cover, .timeline a")].filter(shown);
  if (!links.length) return;
  const at = links.indexOf(document.activeElement as HTMLElement);
  links[Math.min(links.length - 1, Math.max(0, at < 0 ? 0 : at + step))]?.focus();
};

export const watch = (): void => {
  let first = "";
  let timer: number | undefined;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && event.target instanceof HTMLElement) {
      const form = event.target.closest("form");
      if (form) {
        event.preventDefault();
        form.requestSubmit();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      document.querySelector<HTMLDetailsElement>("details.menu[open]")?.removeAttribute("open");
      return;
    }
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "?") return event.preventDefault(), help();
    const pressed = first ? `${first} ${event.key}` : event.key;
    const all = actions();
    const hit = all.find(({ keys }) => keys === pressed) ?? all.find(({ keys }) => keys === event.key);
    window.clearTimeout(timer);
    first = "";
    if (hit) {
      event.preventDefault();
      if (/^(INPUT|TEXTAREA|SELECT)$/.test(hit.node.tagName)) hit.node.focus();
      else hit.node.click();
    } else if (event.key === "j" || event.key === "k") walk(event.key === "j" ? 1 : -1);
    else if (all.some(({ keys }) => keys.startsWith(`${event.key} `))) {
      first = event.key;
      timer = window.setTimeout(() => (first = ""), 1200);
    }
  });
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest?.("[data-help]")) help();
    const menu = document.querySelector<HTMLDetailsElement>("details.menu[open]");
    if (menu && !menu.contains(event.target as Node)) menu.removeAttribute("open");
  });
};
