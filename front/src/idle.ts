// Without a key or a touch for so many minutes the screen hides and the session locks; other tabs count as activity.
import { call } from "./page.ts";

const MARK = "aroeira:active";

const lock = async (): Promise<void> => {
  document.documentElement.classList.add("idle");
  document.dispatchEvent(new Event("aroeira:hide"));
  const patient = new URLSearchParams(location.search).get("patient");
  const here = location.pathname + (patient ? `?patient=${encodeURIComponent(patient)}` : "");
  try {
    await call("/lock", { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: new URLSearchParams({ next: here }) });
  } finally {
    location.assign(`/locked?next=${encodeURIComponent(here)}`);
  }
};

export const watch = (): void => {
  const minutes = Number(document.body.dataset.idleMinutes ?? "0");
  if (!minutes) return;
  let last = Date.now();
  let done = false;
  const active = (): void => {
    if (Date.now() - last < 5000) return;
    last = Date.now();
    try {
      localStorage.setItem(MARK, String(last));
    } catch {
      // Without storage each tab counts for itself.
    }
  };
  for (const kind of ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"]) document.addEventListener(kind, active, { passive: true });
  window.setInterval(() => {
    const other = Number(localStorage.getItem(MARK) ?? "0");
    if (done || Date.now() - Math.max(last, other) < minutes * 60_000) return;
    done = true;
    void lock();
  }, 5000);
};
