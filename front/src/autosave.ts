// A draft saves itself a moment after the last key, says so, and survives a crash or a lost connection in this tab.
import { backoff, fieldsOf, type Local, worthOffering } from "./drafts.ts";
import { call, clock, element, words } from "./page.ts";
import { explain } from "./net.ts";

const PAUSE = 1500;
const place = (target: string): string => `draft:${target}`;

const read = (target: string): Local | undefined => {
  try {
    return JSON.parse(sessionStorage.getItem(place(target)) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
};

const write = (target: string, local: Local): void => {
  try {
    sessionStorage.setItem(place(target), JSON.stringify(local));
  } catch {
    // A full or forbidden storage leaves the server's draft, which is the one that counts.
  }
};

/** Puts values back into a form, making rows where there are too few. */
const fill = (form: HTMLFormElement, fields: Record<string, string[]>): void => {
  for (const list of form.querySelectorAll<HTMLElement>(".repeat")) {
    const name = list.dataset.counts ?? "";
    for (let guard = 0; guard < 50 && form.querySelectorAll(`[name="${CSS.escape(name)}"]`).length < (fields[name]?.length ?? 0); guard++) {
      document.querySelector<HTMLElement>(`[data-add-row="${list.id}"]`)?.click();
    }
  }
  for (const [name, values] of Object.entries(fields)) {
    form.querySelectorAll<HTMLInputElement>(`[name="${CSS.escape(name)}"]`).forEach((input, i) => {
      if (input.type === "checkbox" || input.type === "radio") input.checked = values.includes(input.value);
      else if (input.type !== "hidden") input.value = values[i] ?? "";
    });
  }
};

const attach = (form: HTMLFormElement): void => {
  const target = form.dataset.draft ?? "";
  const base = Number(form.dataset.base ?? "0");
  const line = form.querySelector<HTMLElement>("[data-autosave]");
  let timer: number | undefined;
  let tries = 0;
  let busy = false;
  let dirty = false;
  let sent = false;

  const tell = (text: string, state: string): void => {
    if (!line) return;
    line.textContent = text;
    line.dataset.state = state;
  };
  const current = (): Record<string, string[]> => fieldsOf(new FormData(form).entries());

  const save = async (): Promise<void> => {
    if (busy || sent) return;
    busy = true;
    dirty = false;
    const fields = current();
    tell(words("saving"), "busy");
    try {
      const answer = await call(`/api/drafts/${encodeURIComponent(target)}`, {
        method: "PUT",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ baseVersion: base, fields }),
        keepalive: JSON.stringify(fields).length < 60_000,
      });
      if (!answer.ok) throw answer;
      tries = 0;
      tell(words("saved", clock(new Date())), "ok");
      if (!dirty) sessionStorage.removeItem(place(target));
    } catch (problem) {
      const answer = problem instanceof Response ? problem : undefined;
      tell(words("kept"), "wrong");
      dirty = true;
      if (answer && (answer.status === 401 || answer.status === 403)) explain(answer.status, null);
      else {
        tries += 1;
        schedule(backoff(tries, answer?.headers.get("Retry-After")) * 1000);
        if (answer?.status === 429) explain(429, answer.headers.get("Retry-After"));
      }
    } finally {
      busy = false;
      if (dirty && tries === 0) schedule(PAUSE);
    }
  };
  const schedule = (after: number): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void save(), after);
  };

  form.addEventListener("input", () => {
    dirty = true;
    write(target, { base, at: Date.now(), fields: current() });
    schedule(PAUSE);
  });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    sent = true;
    window.clearTimeout(timer);
    // A second press writes nothing twice: the server knows the key of this form. The button only says that it works.
    form.querySelector<HTMLElement>("[data-autosave]")?.replaceChildren(words("sending"));
  });
  // Back from the cache of the browser: the form lives again.
  window.addEventListener("pageshow", () => (sent = false));
  window.addEventListener("online", () => dirty && schedule(200));
  document.addEventListener("aroeira:hide", () => dirty && void save());
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && dirty && void save());

  offer(form, target, base, current);
};

const offer = (form: HTMLFormElement, target: string, base: number, current: () => Record<string, string[]>): void => {
  const local = read(target);
  if (!worthOffering(local, base, current(), Date.now())) return;
  const note = element("div", "note warn");
  note.setAttribute("role", "status");
  const box = element("div", "stack-tight");
  box.append(element("p", "", words("found", clock(new Date(local.at)))));
  const take = element("button", "button", words("take"));
  const leave = element("button", "button quiet", words("leave"));
  take.type = leave.type = "button";
  take.addEventListener("click", () => {
    fill(form, local.fields);
    note.remove();
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });
  leave.addEventListener("click", () => {
    sessionStorage.removeItem(place(target));
    note.remove();
  });
  const actions = element("p", "actions");
  actions.append(take, leave);
  box.append(actions);
  note.append(box);
  form.prepend(note);
};

export const watch = (): void => {
  for (const done of document.querySelectorAll<HTMLElement>("[data-drop-draft]")) {
    for (const target of (done.dataset.dropDraft ?? "").split(" ")) sessionStorage.removeItem(place(target));
  }
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-draft]")) attach(form);
};
