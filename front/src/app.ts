// The islands. Pages work without any of them.
import htmx from "htmx.org";
import * as autosave from "./autosave.ts";
import * as idle from "./idle.ts";
import * as inputs from "./inputs.ts";
import * as keys from "./keys.ts";
import * as net from "./net.ts";
import { csrf } from "./page.ts";
import * as palette from "./palette.ts";

document.documentElement.classList.add("js");
// Lists answer 422 with a page that says what is wrong with the filter: show it like any other answer.
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "422", swap: true },
  { code: "[45]..", swap: false, error: true },
];
document.addEventListener("htmx:configRequest", (event) => {
  (event as CustomEvent<{ headers: Record<string, string> }>).detail.headers["X-CSRF-Token"] = csrf();
});
// An answer that led to the sign-in page is a page, not a part: go there.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail;
  if (xhr.responseURL && /^\/(login|locked|password|terms)$/.test(new URL(xhr.responseURL).pathname)) {
    event.preventDefault();
    location.reload();
  }
});

const start = (): void => {
  for (const island of [inputs, net, autosave, idle, keys, palette]) island.watch();
  // Errors are read first: the summary takes the focus.
  document.querySelector<HTMLElement>("[data-focus]")?.focus();
  // The record beside the timeline changes without a new page: so does the mark in the timeline.
  document.addEventListener("htmx:afterRequest", (event) => {
    const link = (event as CustomEvent<{ elt: Element; successful: boolean }>).detail;
    if (!link.successful || !link.elt.matches(".timeline a")) return;
    for (const other of document.querySelectorAll(".timeline a[aria-current]")) other.removeAttribute("aria-current");
    link.elt.setAttribute("aria-current", "true");
  });
};
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
