// Bad weather: too many requests, no connection, a server that is away.
import assert from "node:assert/strict";
import { clinic, demo, says, until } from "./harness.mjs";

const journey = clinic();
const strict = clinic(() => demo({ SIGN_IN: 3, USER: 40 }));

/** The page says how long to wait, and means it. */
const countsDown = async (page) => {
  await says(page.locator("main"), /Muitos pedidos[\s\S]*rascunhos[\s\S]*O que fazer/);
  const wait = page.locator("main [data-countdown]");
  const begun = Number(await wait.innerText());
  assert.ok(begun > 0, "seconds to wait");
  await until("a second less", async () => Number(await wait.innerText()) < begun);
};

strict("too many requests of one person: a page that says what was kept and counts down", async (visit) => {
  const { page } = await (await visit()).as("enfermagem");
  const answer = await until("a refusal", async () => {
    const answer = await page.goto("/patients");
    return answer.status() === 429 && answer;
  });
  assert.ok(Number(answer.headers()["retry-after"]) > 0);
  await countsDown(page);
});

strict("too many attempts to sign in: a page that counts down", async (visit) => {
  const nobody = await visit();
  const { page } = nobody;
  await until("a refusal", async () => {
    const answered = page.waitForResponse((answer) => answer.request().method() === "POST");
    await nobody.signIn("ninguem@demo", "qualquer-coisa-1");
    return (await answered).status() === 429;
  });
  await countsDown(page);
});

journey("without a connection the draft stays, says so, and is sent when it is back", async (visit) => {
  const doctor = await (await visit()).as("medica");
  const patient = await doctor.patient("Aristides Moura");
  const { page } = doctor;
  await page.goto(`/records/new?patient=${patient.id}`);
  await page.getByLabel("Título").fill("Antes da queda");
  await says(page.locator("[data-autosave]"), /^Salvo/);
  await doctor.context.setOffline(true);
  await says(page.locator(".live"), /Sem conexão/);
  await page.getByLabel("Anotações").fill("Escrito sem conexão.");
  await says(page.locator("[data-autosave]"), /guardado neste navegador/);
  await page.getByRole("button", { name: "Finalizar registro" }).click();
  await says(page.locator(".live"), /Sem conexão/);
  assert.equal(await page.getByLabel("Anotações").inputValue(), "Escrito sem conexão.");
  await doctor.context.setOffline(false);
  await says(page.locator("[data-autosave]"), /^Salvo/);
  await page.reload();
  assert.equal(await page.getByLabel("Anotações").inputValue(), "Escrito sem conexão.");
  doctor.faults.length = 0; // The browser tells of the requests that failed while it was offline.
});

journey("a text the server never got is offered again in the same tab", async (visit) => {
  const doctor = await (await visit()).as("medica");
  const patient = await doctor.patient("Leocádia Furtado");
  const { page } = doctor;
  await page.goto(`/records/new?patient=${patient.id}`);
  await page.route("**/api/drafts/**", (route) => route.abort());
  await page.getByLabel("Título").fill("Só neste navegador");
  await says(page.locator("[data-autosave]"), /guardado neste navegador/);
  await page.unroute("**/api/drafts/**");
  await page.reload();
  await says(page.locator("main"), /Há um texto não enviado/);
  await page.getByRole("button", { name: "Recuperar" }).click();
  assert.equal(await page.getByLabel("Título").inputValue(), "Só neste navegador");
  await says(page.locator("[data-autosave]"), /^Salvo/);
});
