// Inputs that format while typing, rows that repeat, boxes that show and hide others.
import { caretAfter, cnsHolds, cpfHolds, digits, masks } from "./masks.ts";
import { words } from "./page.ts";

const holds: Record<string, (text: string) => boolean> = { cpf: cpfHolds, cns: cnsHolds };
const complete: Record<string, number> = { cpf: 11, cns: 15 };

const format = (input: HTMLInputElement): void => {
  const mask = masks[input.dataset.mask ?? ""];
  if (!mask || input.value.includes("*")) return;
  const before = digits(input.value.slice(0, input.selectionStart ?? input.value.length)).length;
  const atEnd = input.selectionStart === input.value.length;
  const formatted = mask(input.value);
  if (formatted === input.value) return;
  input.value = formatted;
  if (!atEnd && document.activeElement === input) input.setSelectionRange(caretAfter(formatted, before), caretAfter(formatted, before));
};

/** Says beside the field when check digits do not fit, as soon as the number is complete. */
const verify = (input: HTMLInputElement): void => {
  const kind = input.dataset.mask ?? "";
  const test = holds[kind];
  if (!test) return;
  const place = document.getElementById(`${input.id}-live`);
  const length = digits(input.value).length;
  const wrong = length > 0 && !input.value.includes("*") && (length === complete[kind] || document.activeElement !== input) && !test(input.value);
  if (place) place.textContent = wrong ? words(`bad-${kind}`) : "";
  if (wrong) input.setAttribute("aria-invalid", "true");
  else if (!input.dataset.refused) input.removeAttribute("aria-invalid");
};

/** A contact is masked as its kind says. */
const maskContact = (select: HTMLSelectElement): void => {
  const input = select.closest("[data-row]")?.querySelector<HTMLInputElement>("[data-contact]");
  if (!input) return;
  if (select.value === "phone" || select.value === "sms") input.dataset.mask = "phone";
  else delete input.dataset.mask;
  input.inputMode = select.value === "email" ? "email" : input.dataset.mask ? "tel" : "text";
};

const addRow = (list: HTMLElement): void => {
  const template = list.querySelector<HTMLTemplateElement>("template");
  if (!template) return;
  const made = template.content.cloneNode(true) as DocumentFragment;
  const suffix = `-n${list.querySelectorAll("[data-row]").length}-${Date.now() % 100_000}`;
  for (const named of made.querySelectorAll("[id]")) named.id += suffix;
  for (const label of made.querySelectorAll("label[for]")) label.setAttribute("for", label.getAttribute("for") + suffix);
  const first = made.querySelector<HTMLElement>("input, select");
  list.insertBefore(made, template);
  first?.focus();
  list.dispatchEvent(new Event("input", { bubbles: true }));
};

const revealed = (): void => {
  for (const box of document.querySelectorAll<HTMLElement>("[data-shown-by]")) {
    const [name, ...values] = (box.dataset.shownBy ?? "").split(" ");
    const form = box.closest("form");
    if (!form || !name) continue;
    const value = String(new FormData(form).get(name) ?? "");
    box.hidden = !values.includes(value);
  }
};

export const watch = (): void => {
  document.addEventListener("input", (event) => {
    const target = event.target;
    if (target instanceof HTMLInputElement && target.dataset.mask) {
      format(target);
      verify(target);
    }
  });
  document.addEventListener("focusout", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.dataset.mask) verify(event.target);
  });
  document.addEventListener("change", (event) => {
    if (event.target instanceof HTMLSelectElement && event.target.dataset.contactKind !== undefined) maskContact(event.target);
    revealed();
  });
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest?.<HTMLElement>("[data-add-row], [data-drop-row], [data-print]");
    if (!button) return;
    if (button.dataset.print !== undefined) return window.print();
    event.preventDefault();
    if (button.dataset.addRow) {
      const list = document.getElementById(button.dataset.addRow);
      if (list) addRow(list);
    } else {
      const list = button.closest<HTMLElement>(".repeat");
      button.closest("[data-row]")?.remove();
      list?.dispatchEvent(new Event("input", { bubbles: true }));
      list?.parentElement?.querySelector<HTMLElement>("[data-add-row]")?.focus();
    }
  });
  for (const select of document.querySelectorAll<HTMLSelectElement>("[data-contact-kind]")) maskContact(select);
  for (const input of document.querySelectorAll<HTMLInputElement>("[data-mask]")) format(input);
  revealed();
};
