// Bad weather: too many requests, no connection, a server that is away.
import assert from "node:assert/strict";
import { clinic, demo, says, until } from "./harness.mjs";

const journey = clinic();
const strict = clinic(() => demo({ SIGN_IN: 3, USER: 40 }));

strict("too many requests of one person: a page, with what was kept", async (visit) => {
  const nurse = await (await visit()).as("enfermagem");
  const { page } = nurse;
  const answer = await until("a refusal", async () => {
    const answer = await page.goto("/patients");
    return answer.status() === 429 && answer;
  });
  assert.ok(Number(answer.headers()["retry-after"]) > 0);
  await says(page.locator("main"), /Muitos pedidos[\s\S]*rascunhos[\s\S]*O que fazer/);
  const wait = page.locator("[data-countdown]");
  assert.ok(Number(await wait.innerText()) >= 0, "the page counts down");
});

strict("too many requests: the page says so, counts down and opens its button again", async (visit) => {
  const nobody = await visit();
  const { page } = nobody;
  const wait = page.locator("[data-countdown]");
  for (let tries = 0; tries < 6 && !(await wait.count()); tries++) await nobody.signIn("ninguem@demo", "qualquer-coisa-1");
  await says(page.getByRole("alert"), /Muitas tentativas/);
  assert.equal(await page.getByLabel("E-mail").inputValue(), "ninguem@demo");
  const begun = Number(await wait.innerText());
  assert.ok(begun > 0);
  const button = page.getByRole("button", { name: "Entrar" });
  assert.ok(await button.isDisabled());
  await until("a second less", async () => Number(await wait.innerText()) < begun);
  await until("the button", () => button.isEnabled(), 70);
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
