// A developer of an integration tries calls on the console and reads what the server does.
import assert from "node:assert/strict";
import { clinic, says } from "./harness.mjs";

const journey = clinic();

/** `family` is of one journey alone. */
const search = async (visitor, family) => {
  const { page } = visitor;
  for (const given of ["Ana", "Bia", "Caio"]) await visitor.patient(`${given} ${family}`);
  visitor.secret(family);
  await page.locator("header.bar summary").click();
  await page.getByRole("link", { name: "Console FHIR" }).click();
  await page.getByLabel("Chamada").fill(`GET /fhir/Patient?family=${family}&birthdate=1984-03-09&_count=2&_total=accurate`);
  await page.getByRole("button", { name: "Enviar" }).click();
  const answer = page.locator("#answer");
  await says(answer, /200 OK[\s\S]*Total encontrado\s+3[\s\S]*Nesta página\s+2/);
  await says(answer, /Plano da busca[\s\S]*birthdate/);
  await says(answer, /Conduz/);
  await says(answer.locator(".json").first(), /"resourceType": "Patient"[\s\S]*1984-03-09/);
  assert.equal(await answer.locator(".resources > li").count(), 2);
  await page.getByRole("button", { name: /Próxima/ }).click();
  await page.getByRole("button", { name: /Anterior/ }).waitFor();
  assert.equal(await page.locator(".resources > li").count(), 1);
  await page.getByRole("button", { name: /Anterior/ }).click();
  await page.getByRole("button", { name: /Próxima/ }).waitFor();

  await page.getByLabel("Chamada").fill("Patient?familia=souza&name=a");
  await page.getByRole("button", { name: "Enviar" }).click();
  await says(page.getByRole("alert"), /Parâmetro de busca desconhecido[\s\S]*familia/);
  assert.equal(await page.getByLabel("Chamada").inputValue(), "Patient?familia=souza&name=a");
  await page.getByLabel("Ignorar").check();
  await page.getByRole("button", { name: "Enviar" }).click();
  await says(page.locator("#answer"), /200 OK[\s\S]*Ignorados por serem desconhecidos: familia/);

  await page.locator("summary", { hasText: "Exemplos" }).click();
  await page.getByRole("button", { name: /Pacientes com um registro final/ }).click();
  await says(page.locator("#answer"), /200 OK[\s\S]*_has:Composition:patient:status/);
};

journey("tries a search, sees its plan and its rows, an error, and turns the page", async (visit) => search(await (await visit()).as("medica"), "Zulmiro"));

journey("does the same without script", async (visit) => search(await (await visit({ javaScriptEnabled: false })).as("medica"), "Quirinal"));

journey("reads what the server does, type by type", async (visit) => {
  const { page } = await (await visit({ javaScriptEnabled: false })).as("recepcao");
  await page.goto("/console");
  await page.getByRole("link", { name: "O que o servidor faz" }).click();
  await says(page.locator("main"), /Versão do FHIR\s+4\.0\.1/);
  await page.getByLabel("Tipo de recurso").selectOption("Observation");
  await page.getByRole("button", { name: "Mostrar" }).click();
  await page.getByRole("heading", { name: "Observation", level: 1 }).waitFor();
  await says(page.getByRole("row", { name: /^code token/ }), /Observation\.code[\s\S]*não permitido/);
  await page.getByRole("link", { name: "O que o servidor faz" }).click();
  await page.getByRole("link", { name: "Patient", exact: true }).click();
  await says(page.getByRole("row", { name: /^family string/ }), /Patient\.name\.family[\s\S]*permitido/);
});

journey("the auditor has no console", async (visit) => {
  const { page } = await (await visit()).as("auditoria");
  await page.locator("header.bar summary").click();
  assert.equal(await page.getByRole("link", { name: "Console FHIR" }).count(), 0);
  assert.equal((await page.goto("/console")).status(), 403);
});
