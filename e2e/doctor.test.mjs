// A doctor's day: find, read, write, finalise, amend, print, delete.
import assert from "node:assert/strict";
import { bare, clinic, says, until } from "./harness.mjs";

const journey = clinic();

const rows = (page) => page.locator("#rows a.cover");

/** Types into the search and waits for the list that answers it. */
const search = async (visitor, text) => {
  const { page } = visitor;
  visitor.secret(text);
  const answered = page.waitForResponse((answer) => answer.request().method() === "POST" && new URL(answer.url()).pathname === "/patients");
  await page.getByRole("searchbox").fill(text);
  await answered;
};

const pasted = (locator, text) =>
  locator.evaluate((input, text) => {
    input.focus();
    document.execCommand("insertText", false, text);
  }, text);

journey("finds a patient by part of a name typed without its accents, by CPF and by birth date", async (visit) => {
  const doctor = await (await visit()).as("medica");
  const { page } = doctor;
  const everybody = await doctor.patients();
  const joao = everybody.find(({ name }) => /^João /.test(name));
  const homonyms = everybody.filter(({ name, socialName }) => [name, socialName].some((text) => text && bare(text).split(" ").some((word) => word.startsWith("joao"))));
  doctor.secret(joao.name, joao.cpf, joao.cpf.replace(/\D/g, ""), joao.birthDate);

  await search(doctor, "joao");
  await until("the homonyms", async () => (await rows(page).count()) === homonyms.length);
  assert.ok((await rows(page).allInnerTexts()).every((text) => bare(text).includes("joao")));

  await page.getByRole("searchbox").fill("");
  const answered = page.waitForResponse((answer) => answer.request().postData()?.includes(joao.cpf.slice(0, 3)) ?? false);
  await pasted(page.getByRole("searchbox"), joao.cpf);
  await answered;
  await until("the one with this CPF", async () => (await rows(page).allInnerTexts()).join() === joao.name);

  await search(doctor, joao.birthDate.split("-").reverse().join("/"));
  await until("those born on that day", async () => (await rows(page).allInnerTexts()).includes(joao.name));
  await page.getByRole("link", { name: joao.name }).click();
  await page.waitForURL(`**/patients/${joao.id}`);
  await says(page.getByRole("region", { name: "Identificação do paciente" }), new RegExp(joao.name));
  assert.ok((await page.locator(".timeline a").count()) > 0, "the story is in sight");
});

journey("writes a record that saves itself, finds the draft again, finalises and amends it", async (visit) => {
  const doctor = await (await visit()).as("medica");
  const { page } = doctor;
  const patient = await doctor.patient("Iracema Toledo");
  const title = doctor.secret("Cefaleia em investigação");

  await page.goto(`/patients/${patient.id}`);
  await says(page.locator("#record"), /O prontuário está vazio/);
  await page.getByRole("link", { name: "Novo registro" }).click();
  await page.getByLabel("Título").fill(title);
  await page.getByLabel("Anotações").fill("Dor há três dias, sem sinais de alarme.");
  await says(page.locator("[data-autosave]"), /^Salvo \d{2}:\d{2}$/);

  await page.reload();
  assert.equal(await page.getByLabel("Título").inputValue(), title);
  assert.equal(await page.getByLabel("Anotações").inputValue(), "Dor há três dias, sem sinais de alarme.");
  await says(page.locator("main"), /Continuando o rascunho de/);

  await page.getByLabel("Hipótese diagnóstica ou diagnóstico").fill("Cefaleia tensional");
  await page.getByLabel("Código", { exact: true }).fill("G44.2");
  await page.getByLabel("Descrição", { exact: true }).fill("Cefaleia tensional");
  await page.getByRole("button", { name: "Finalizar registro" }).click();
  await says(page.getByRole("status"), /Registro criado/);
  await says(page.locator("#record"), /Cefaleia tensional[\s\S]*G44\.2/);
  await says(page.locator("#record"), /Finalizado/);
  const path = new URL(page.url()).pathname;

  await page.getByRole("link", { name: "Alterar" }).click();
  await page.getByLabel("Hipótese diagnóstica ou diagnóstico").fill("Cefaleia tensional episódica");
  await page.getByRole("button", { name: "Salvar alteração" }).click();
  await says(page.locator("#errors"), /motivo/i);
  assert.equal(await page.getByLabel("Hipótese diagnóstica ou diagnóstico").inputValue(), "Cefaleia tensional episódica");
  await page.getByLabel("Motivo da alteração").fill("Faltava a frequência");
  await page.getByRole("button", { name: "Salvar alteração" }).click();
  await says(page.getByRole("status"), /Alteração salva/);
  await says(page.locator("#record"), /Faltava a frequência/);

  await page.getByRole("link", { name: "Histórico" }).click();
  await says(page.locator(".revisions ins").first(), /episódica/);
  await says(page.locator(".revisions"), /Faltava a frequência/);
  await says(page.locator(".revisions"), /Versão 2[\s\S]*Versão 1/);

  await page.goto(`${path}/print`);
  await says(page.locator("main"), /Iracema Toledo[\s\S]*Cefaleia tensional episódica[\s\S]*Versão 2/);
  await page.emulateMedia({ media: "print" });
  await page.locator("nav.paper-bar").waitFor({ state: "hidden" });
  await says(page.locator(".sign"), /\nCRM-SP \d+$/);

  // Whoever prints it, it is its author who signs.
  const signed = await page.locator(".sign").innerText();
  const nurse = await (await visit()).as("enfermagem");
  await nurse.page.goto(`${path}/print`);
  assert.equal(await nurse.page.locator(".sign").innerText(), signed);
});

journey("sends an amendment with Ctrl Enter as its button would", async (visit) => {
  const doctor = await (await visit()).as("medica");
  const { page } = doctor;
  const patient = await doctor.patient("Salustiano Braga");
  const record = await doctor.record(patient.id, "Teste ergométrico");
  await page.goto(`/records/${record.id}/amend`);
  await page.getByLabel("Anotações").fill("Sem alterações.");
  await page.getByLabel("Motivo da alteração").fill("Faltava o laudo");
  await page.keyboard.press("Control+Enter");
  await says(page.getByRole("status"), /Alteração salva/);
  await says(page.locator("#record"), /Sem alterações/);
});

journey("deletes a record with a reason, and the administrator brings it back", async (visit) => {
  const doctor = await (await visit()).as("medica");
  const patient = await doctor.patient("Jurandir Pacheco");
  const record = await doctor.record(patient.id, doctor.secret("Curativo de rotina"));
  const { page } = doctor;
  await page.goto(`/records/${record.id}`);
  await page.getByRole("link", { name: "Excluir" }).click();
  await page.getByRole("button", { name: "Excluir registro" }).click();
  await says(page.locator("#errors"), /motivo/i);
  await page.getByLabel("Motivo").fill("Paciente trocado");
  await page.getByRole("button", { name: "Excluir registro" }).click();
  await says(page.getByRole("status"), /Registro excluído/);
  assert.equal((await page.goto(`/records/${record.id}`)).status(), 410);
  await says(page.locator("main"), /administra/);

  const admin = await (await visit()).as("admin");
  await admin.page.goto(`/records/${record.id}/history`);
  await admin.page.getByRole("link", { name: "Restaurar registro" }).click();
  await admin.page.getByLabel("Motivo").fill("Era o paciente certo");
  await admin.page.getByRole("button", { name: "Restaurar registro" }).click();
  await says(admin.page.getByRole("status"), /Registro restaurado/);
  assert.equal((await page.goto(`/records/${record.id}`)).status(), 200);
  await says(page.locator("#record h1"), /Curativo de rotina/);
});

journey("deletes a patient with a reason, and the administrator brings them back", async (visit) => {
  const doctor = await (await visit()).as("medica");
  const { page } = doctor;
  const cpf = doctor.secret("168.995.350-09");
  const patient = await doctor.patient("Otacília Bandeira", { cpf });
  const record = await doctor.record(patient.id, doctor.secret("Vacina em dia"));
  const admin = await (await visit()).as("admin");
  await admin.page.goto(`/patients/${patient.id}/restore`);
  assert.equal(new URL(admin.page.url()).pathname, `/patients/${patient.id}`, "who is there is not restored");

  await page.goto(`/patients/${patient.id}/edit`);
  await page.locator("summary", { hasText: "Excluir paciente" }).click();
  await page.getByLabel("Motivo").fill("Cadastro em dobro");
  await page.getByRole("button", { name: "Excluir paciente" }).click();
  await says(page.getByRole("status"), /Paciente excluído/);
  assert.equal((await page.goto(`/patients/${patient.id}`)).status(), 410);
  assert.equal((await page.goto(`/records/${record.id}`)).status(), 410);
  const twin = await doctor.patient("Otacília B.", { cpf });

  await admin.page.goto(`/records/${record.id}`);
  assert.equal(new URL(admin.page.url()).pathname, `/patients/${patient.id}/restore`, "a record leads to its patient");
  await admin.page.goto(`/patients/${patient.id}`);
  await says(admin.page.locator("main"), /Otacília Bandeira \(09\/03\/1984\)[\s\S]*Excluído por/);
  await admin.page.getByRole("button", { name: "Restaurar paciente" }).click();
  await says(admin.page.locator("#errors"), /motivo/i);
  await admin.page.getByLabel("Motivo").fill("O outro é que está em dobro");
  await admin.page.getByRole("button", { name: "Restaurar paciente" }).click();
  await says(admin.page.locator("#errors"), /mesmo CPF/);
  await doctor.send("DELETE", `/api/patients/${twin.id}`, { reason: "Em dobro" }, { "If-Match": '"1"' });
  await admin.page.getByRole("button", { name: "Restaurar paciente" }).click();
  await says(admin.page.getByRole("status"), /Paciente restaurado/);

  assert.equal((await page.goto(`/patients/${patient.id}`)).status(), 200);
  await says(page.locator(".timeline"), /Vacina em dia/);
});

journey("opens another record of the timeline beside it, and goes back", async (visit) => {
  const doctor = await (await visit()).as("medica");
  const { page } = doctor;
  const patient = await doctor.patient("Zulmira Antunes");
  const first = await doctor.record(patient.id, "Primeira visita");
  await doctor.record(patient.id, "Segunda visita", { date: new Date(Date.now() - 60_000).toISOString() });
  await page.goto(`/patients/${patient.id}`);
  await says(page.locator("#record h1"), /Segunda visita/);
  await page.locator(".timeline a", { hasText: "Primeira visita" }).click();
  await says(page.locator("#record h1"), /Primeira visita/);
  await page.waitForURL(`**/records/${first.id}`);
  assert.equal(await page.locator(".timeline a[aria-current]").count(), 1);
  await page.goBack();
  await says(page.locator("#record h1"), /Segunda visita/);
});

journey("a record of somebody else offers a new record instead of a form", async (visit) => {
  const nurse = await (await visit()).as("enfermagem");
  const doctor = await (await visit()).as("medica");
  const patient = await doctor.patient("Quitéria Lacerda");
  const { page } = nurse;
  for (const status of ["final", "draft"]) {
    const record = await doctor.record(patient.id, "Escrito pela médica", { status });
    await page.goto(`/records/${record.id}`);
    await says(page.locator("#record"), /Somente quem escreveu/);
    assert.equal(await page.getByRole("link", { name: "Alterar" }).count(), 0);
    assert.equal((await page.goto(`/records/${record.id}/amend`)).status(), 403);
    await says(page.locator("main"), /Somente o autor/);
    assert.equal(await page.locator("main form").count(), 0);
  }
  await page.getByRole("link", { name: "Novo registro" }).click();
  await page.waitForURL(`**/records/new?patient=${patient.id}`);
});
