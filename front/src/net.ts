// The strip at the foot of the screen: offline, too many requests, a server that does not answer.
import { element, words } from "./page.ts";

let timer: number | undefined;

const strip = (): HTMLElement => {
  let live = document.querySelector<HTMLElement>(".live");
  if (!live) {
    live = element("div", "live");
    live.setAttribute("role", "status");
    document.body.append(live);
  }
  return live;
};

/** Shows a line; another one replaces it. */
export const say = (text: string, stays = false): void => {
  window.clearInterval(timer);
  const box = element("div");
  box.append(element("span", "", text));
  const close = element("button", "", words("close"));
  close.type = "button";
  close.addEventListener("click", quiet);
  box.append(close);
  strip().replaceChildren(box);
  if (!stays) timer = window.setTimeout(quiet, 8000);
};

export const quiet = (): void => {
  window.clearInterval(timer);
  document.querySelector(".live")?.replaceChildren();
};

/** Counts down to when it is worth trying again. */
export const limited = (seconds: number): void => {
  let left = Math.max(1, Math.ceil(seconds));
  const show = () => {
    if (left <= 0) return quiet();
    const line = document.querySelector<HTMLElement>(".live span");
    if (line) line.textContent = words("limited", left);
    left -= 1;
  };
  say(words("limited", left), true);
  timer = window.setInterval(show, 1000);
};

/** Says what a failed answer means. A session that ended goes to the sign-in page by a reload. */
export const explain = (status: number, retryAfter: string | null): void => {
  if (status === 429) limited(Number(retryAfter) || 5);
  else if (status === 401 || status === 403) say(words("ended"), true);
  else if (status >= 500 || status === 0) say(words("broken"), true);
};

export const watch = (): void => {
  window.addEventListener("offline", () => say(words("offline"), true));
  window.addEventListener("online", () => say(words("online")));
  if (!navigator.onLine) say(words("offline"), true);
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail;
    explain(xhr.status, xhr.getResponseHeader("Retry-After"));
  });
  document.addEventListener("htmx:sendError", () => explain(0, null));
  // While capturing, before any form's own listener: what is held back here was not sent, and goes on being saved.
  document.addEventListener(
    "submit",
    (event) => {
      if (navigator.onLine) return;
      event.preventDefault();
      say(words("offline"), true);
    },
    true,
  );
  countDown();
};

/** `<span data-countdown="30">`: a page that said 429 counts too, and opens its button at zero. */
const countDown = (): void => {
  const place = document.querySelector<HTMLElement>("[data-countdown]");
  if (!place) return;
  let left = Number(place.dataset.countdown);
  const end = Date.now() + left * 1000;
  const tick = window.setInterval(() => {
    left = Math.ceil((end - Date.now()) / 1000);
    place.textContent = String(Math.max(0, left));
    if (left > 0) return;
    window.clearInterval(tick);
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-after-countdown]")) button.disabled = false;
  }, 500);
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-after-countdown]")) button.disabled = left > 0;
};
