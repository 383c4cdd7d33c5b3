// Two windows amend the same record: nothing typed is lost.
import assert from "node:assert/strict";
import { clinic, says } from "./harness.mjs";

const journey = clinic();

journey("the second to save sees both texts and chooses part by part", async (visit) => {
  const doctor = await (await visit()).as("medica");
  const patient = await doctor.patient("Ondina Peixoto");
  const record = await doctor.record(patient.id, "Consulta de retorno", { diagnosis: "Asma leve", treatment: "Manter", notes: "Sem queixas." });
  const { page } = doctor;
  const other = await doctor.context.newPage();
  for (const window of [page, other]) await window.goto(`/records/${record.id}/amend`);

  await other.getByLabel("Hipótese diagnóstica ou diagnóstico").fill("Asma moderada");
  await other.getByLabel("Conduta").fill("Aumentar a dose");
  await other.getByLabel("Motivo da alteração").fill("Exame novo");
  await page.getByLabel("Hipótese diagnóstica ou diagnóstico").fill("Asma persistente");
  await page.getByLabel("Anotações").fill("Sem queixas. Dorme bem.");
  await page.getByLabel("Motivo da alteração").fill("Revisão");
  await other.getByRole("button", { name: "Salvar alteração" }).click();
  await says(other.getByRole("status"), /Alteração salva/);
  await page.getByRole("button", { name: "Salvar alteração" }).click();

  await says(page.locator("h1"), /Duas alterações ao mesmo tempo/);
  const diagnosis = page.getByRole("group", { name: "Hipótese diagnóstica ou diagnóstico" });
  await says(diagnosis, /Asma persistente/);
  await says(diagnosis, /Asma moderada/);
  await says(page.locator("main"), /Aumentar a dose/);
  await says(page.locator("main"), /Dorme bem/);
  await page.getByRole("group", { name: "Hipótese" }).getByRole("radio", { name: /Meu texto/ }).check();
  assert.equal(await page.getByLabel("Motivo da alteração").inputValue(), "Revisão");
  await page.getByRole("button", { name: "Salvar com estas escolhas" }).click();
  await says(page.getByRole("status"), /Alteração salva/);
  await says(page.locator("#record"), /Asma persistente[\s\S]*Aumentar a dose[\s\S]*Dorme bem/);
  await says(page.locator("#record"), /Versão 3/);
});

journey("deciding later keeps the text as a draft", async (visit) => {
  const doctor = await (await visit()).as("medica");
  const patient = await doctor.patient("Valdete Queiroz");
  const record = await doctor.record(patient.id, "Curva de crescimento", { notes: "Texto de antes." });
  const { page } = doctor;
  await page.goto(`/records/${record.id}/amend`);
  await page.getByLabel("Anotações").fill("O meu texto.");
  await page.getByLabel("Motivo da alteração").fill("Correção");
  await doctor.send("PUT", `/api/medical-records/${record.id}`, { version: 1, notes: "O texto da outra.", reason: "Outra" });
  await page.getByRole("button", { name: "Salvar alteração" }).click();
  await page.getByRole("link", { name: /Decidir depois/ }).click();
  await says(page.locator("#record"), /O texto da outra/);
  await page.getByRole("link", { name: "Alterar" }).click();
  assert.equal(await page.getByLabel("Anotações").inputValue(), "O meu texto.");
  await says(page.locator("main"), /Alguém salvou outra versão/);
});
