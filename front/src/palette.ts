// Ctrl-K: patients by name, CPF, CNS or birth date, and every page and action of this screen. What is typed goes in a
// body, never in an address.
import { call, element, words } from "./page.ts";
import { actions } from "./keys.ts";
import { explain } from "./net.ts";

interface Choice {
  label: string;
  detail: string;
  go: () => void;
}

const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

let dialog: HTMLDialogElement | undefined;
let input: HTMLInputElement;
let list: HTMLUListElement;
let choices: Choice[] = [];
let chosen = 0;
let asked = 0;
/** The choice was moved by hand: it stays when patients come in above it. */
let moved = false;
/** Over when the list answers what is typed now; what was typed over never is. */
let answered: Promise<void> = Promise.resolve();

const show = (patients: Choice[], query: string): void => {
  const wanted = plain(query.trim());
  const commands = actions()
    .filter(({ label }) => plain(label).includes(wanted))
    .slice(0, patients.length ? 5 : 12)
    .map(({ label, keys, node }): Choice => ({ label, detail: keys, go: () => (/^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName) ? node.focus() : node.click()) }));
  const held = moved ? choices[chosen]?.label : undefined;
  choices = [...patients, ...commands];
  if (held !== undefined) chosen = choices.findIndex(({ label }) => label === held);
  chosen = Math.max(0, Math.min(chosen, choices.length - 1));
  const rows: HTMLElement[] = [];
  const head = (text: string): void => {
    const row = element("li", "", text);
    row.setAttribute("role", "presentation");
    rows.push(row);
  };
  choices.forEach((choice, i) => {
    if (i === 0 && patients.length) head(words("patients"));
    if (i === patients.length && commands.length) head(words("actions"));
    const row = element("li");
    row.id = `choice-${i}`;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(i === chosen));
    row.append(element("span", "", choice.label), element("span", "muted small", choice.detail));
    row.addEventListener("click", () => take(i));
    rows.push(row);
  });
  if (!choices.length) head(words("nothing"));
  list.replaceChildren(...rows);
  input.setAttribute("aria-activedescendant", choices.length ? `choice-${chosen}` : "");
};

const mark = (): void => {
  list.querySelectorAll("[role=option]").forEach((row, i) => {
    row.setAttribute("aria-selected", String(i === chosen));
    if (i === chosen) row.scrollIntoView({ block: "nearest" });
  });
  input.setAttribute("aria-activedescendant", `choice-${chosen}`);
};

const take = (i: number): void => {
  const choice = choices[i];
  if (!choice || !dialog?.open) return;
  dialog.close();
  choice.go();
};

const find = async (query: string): Promise<void> => {
  const turn = ++asked;
  if (query.trim().length < 2 || document.body.dataset.finds === undefined) return show([], query);
  try {
    const answer = await call("/patients/find", { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: new URLSearchParams({ q: query }) });
    if (turn !== asked) return;
    if (!answer.ok) return explain(answer.status, answer.headers.get("Retry-After"));
    const found = (await answer.json()) as { id: string; name: string; detail: string }[];
    show(found.map(({ id, name, detail }) => ({ label: name, detail, go: () => location.assign(`/patients/${encodeURIComponent(id)}`) })), query);
  } catch {
    explain(0, null);
  }
};

const make = (): HTMLDialogElement => {
  const made = element("dialog", "palette");
  made.setAttribute("aria-label", words("find"));
  input = element("input");
  input.type = "text";
  input.placeholder = words("find-hint");
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-label", words("find-hint"));
  input.setAttribute("aria-expanded", "true");
  input.setAttribute("aria-controls", "choices");
  input.setAttribute("aria-autocomplete", "list");
  input.autocomplete = "off";
  list = element("ul");
  list.id = "choices";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", words("find"));
  made.append(input, list, element("p", "palette-foot", words("palette-foot")));
  let timer: number | undefined;
  input.addEventListener("input", () => {
    chosen = 0;
    moved = false;
    asked += 1;
    show([], input.value);
    window.clearTimeout(timer);
    answered = new Promise((done) => (timer = window.setTimeout(() => void find(input.value).then(done), 120)));
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : -1) + choices.length) % Math.max(1, choices.length);
      moved = true;
      mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      void answered.then(() => take(chosen));
    }
  });
  made.addEventListener("click", (event) => event.target === made && made.close());
  document.body.append(made);
  return made;
};

const open = (): void => {
  dialog ??= make();
  if (dialog.open) return;
  input.value = "";
  chosen = 0;
  moved = false;
  asked += 1;
  answered = Promise.resolve();
  show([], "");
  dialog.showModal();
  input.focus();
};

export const watch = (): void => {
  if (document.body.dataset.signedIn === undefined) return;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
  document.addEventListener("click", (event) => (event.target as Element).closest?.("[data-palette]") && open());
};
