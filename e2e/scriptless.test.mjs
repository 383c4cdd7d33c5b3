// Everything works without script.
import assert from "node:assert/strict";
import { clinic, says } from "./harness.mjs";

const journey = clinic();

journey("signs in, finds a patient, writes, amends and signs out without script", async (visit) => {
  const doctor = await (await visit({ javaScriptEnabled: false })).as("medica");
  const { page } = doctor;
  doctor.secret("Filomena Tavares", "filomena");
  await page.getByRole("link", { name: "Novo paciente" }).click();
  await page.getByLabel("Nome completo (de registro)").fill("Filomena Tavares");
  await page.getByLabel("Nascimento").fill("07/09/1966");
  await page.getByRole("button", { name: "Acrescentar contato" }).click();
  assert.equal(await page.getByLabel("Número ou endereço").count(), 2, "one more row, nothing lost");
  assert.equal(await page.getByLabel("Nome completo (de registro)").inputValue(), "Filomena Tavares");
  await page.getByLabel("Número ou endereço").first().fill("(11) 98765-4321");
  await page.locator(".form-end").getByRole("button", { name: "Salvar" }).click();
  await says(page.getByRole("status"), /Paciente cadastrado/);

  await page.getByRole("link", { name: "Pacientes" }).click();
  await page.getByRole("searchbox").fill("filomena");
  await page.getByRole("search").getByRole("button", { name: "Buscar" }).click();
  await page.getByRole("link", { name: "Filomena Tavares" }).click();
  await page.getByRole("link", { name: "Novo registro" }).click();
  await page.getByLabel("Título").fill("Consulta sem script");
  await page.getByLabel("Anotações").fill("Primeira versão.");
  await page.getByRole("button", { name: "Guardar rascunho" }).click();
  await says(page.getByRole("status"), /Rascunho guardado/);
  await page.getByRole("link", { name: "Novo registro" }).click();
  assert.equal(await page.getByLabel("Título").inputValue(), "Consulta sem script");
  await page.getByRole("button", { name: "Finalizar registro" }).click();
  await says(page.getByRole("status"), /Registro criado/);

  await page.getByRole("link", { name: "Alterar" }).click();
  await page.getByLabel("Anotações").fill("Segunda versão.");
  await page.getByLabel("Motivo da alteração").fill("Correção");
  await page.getByRole("button", { name: "Salvar alteração" }).click();
  await says(page.locator("#record"), /Segunda versão[\s\S]*Correção/);
  await page.getByRole("link", { name: "Histórico" }).click();
  await says(page.locator(".revisions"), /Versão 2/);

  await page.getByRole("link", { name: "Registros" }).click();
  await page.getByRole("searchbox").fill("script");
  await page.getByRole("button", { name: "Aplicar" }).click();
  await says(page.locator("#rows"), /Consulta sem script/);

  await page.locator("header.bar summary").click();
  await page.getByRole("button", { name: "Sair" }).click();
  await page.waitForURL("**/login");
  await page.goto("/patients");
  await page.waitForURL(/\/login(\?|$)/);
});

journey("walks a long list there and back without script", async (visit) => {
  const { page } = await (await visit({ javaScriptEnabled: false })).as("recepcao");
  const first = await page.locator("#rows a.cover").first().innerText();
  await page.getByRole("button", { name: /Próxima/ }).click();
  assert.notEqual(await page.locator("#rows a.cover").first().innerText(), first);
  await page.getByRole("button", { name: /Anterior/ }).click();
  assert.equal(await page.locator("#rows a.cover").first().innerText(), first);
});
