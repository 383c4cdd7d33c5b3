// The reception registers people and sees nothing clinical; a patient sees their own chart only.
import assert from "node:assert/strict";
import { clinic, says } from "./harness.mjs";

const journey = clinic();
const CPF = "52998224725";

journey("registers a patient; a wrong CPF is told beside its field and nothing typed is lost", async (visit) => {
  const desk = await (await visit()).as("recepcao");
  const { page } = desk;
  desk.secret("Benedita Sarmento", "Bené", CPF, "529.982.247-25", "52998224724", "04/12/1978");
  await page.getByRole("link", { name: "Novo paciente" }).click();
  await page.getByLabel("Nome completo (de registro)").fill("Benedita Sarmento");
  await page.getByLabel("Nome social").fill("Bené");
  await page.getByLabel("Nascimento").pressSequentially("04121978");
  assert.equal(await page.getByLabel("Nascimento").inputValue(), "04/12/1978");
  await page.getByLabel("CPF").pressSequentially("52998224724");
  assert.equal(await page.getByLabel("CPF").inputValue(), "529.982.247-24");
  await says(page.locator("#f-cpf-live"), /dígitos/);
  await page.getByLabel("Número ou endereço").fill("(11) 98765-4321");
  await page.getByLabel("Município").fill("Santos");
  await page.getByRole("button", { name: "Salvar", exact: false }).last().click();

  await says(page.locator("#errors"), /CPF inválido/);
  await says(page.locator("#f-cpf-error"), /CPF inválido/);
  assert.equal(await page.getByLabel("CPF").getAttribute("aria-invalid"), "true");
  for (const [label, value] of [["Nome completo", "Benedita Sarmento"], ["Nome social", "Bené"], ["Nascimento", "04/12/1978"], ["Número ou endereço", "(11) 98765-4321"], ["Município", "Santos"]]) {
    assert.equal(await page.getByLabel(label).inputValue(), value, label);
  }
  await page.getByRole("link", { name: /CPF inválido/ }).click();
  await page.locator("#f-cpf:focus").waitFor();
  await page.getByLabel("CPF").fill("");
  await page.getByLabel("CPF").pressSequentially(CPF);
  assert.equal(await page.getByLabel("CPF").inputValue(), "529.982.247-25");
  await page.getByRole("button", { name: "Salvar", exact: false }).last().click();
  await says(page.getByRole("status"), /Paciente cadastrado/);
  await says(page.locator("section.patient"), /Bené[\s\S]*Benedita Sarmento/);
});

journey("the reception sees that something is protected and nothing of it", async (visit) => {
  const doctor = await (await visit()).as("medica");
  const patient = await doctor.patient("Eulália Marcondes", { allergyStatus: "known", allergies: [{ substance: "Penicilina benzatina", reaction: "Edema de glote" }] });
  const record = await doctor.record(patient.id, "Sífilis latente", { diagnosis: "Sífilis", treatment: "Ceftriaxona", notes: "Contou à irmã.", codes: [{ system: "http://hl7.org/fhir/sid/icd-10", code: "A53.0", display: "Sífilis latente" }] });
  const desk = await (await visit()).as("recepcao");
  const paths = [`/patients/${patient.id}`, `/patients/${patient.id}/edit`, `/records/${record.id}`, `/records/${record.id}/history`, `/records/${record.id}/print`, "/records", "/patients"];
  for (const path of paths) {
    const answer = await desk.page.goto(path);
    const source = await answer.text();
    for (const word of ["Sífilis", "A53", "Ceftriaxona", "irmã", "Penicilina", "glote"]) {
      assert.ok(!source.includes(word), `${path.replace(/[0-9a-f-]{36}/, "…")} says ${word}`);
    }
  }
  await desk.page.goto(`/records/${record.id}`);
  await says(desk.page.locator("#record"), /Protegido/);
  await says(desk.page.locator("section.patient"), /protegid/i);
  for (const path of [`/records/${record.id}/amend`, `/records/new?patient=${patient.id}`, "/audit", "/users"]) {
    assert.ok([403, 404].includes((await desk.page.goto(path)).status()), path);
    await says(desk.page.locator("main"), /O que fazer/);
  }
});

journey("a patient sees their own chart and not that another's exists", async (visit) => {
  const doctor = await (await visit()).as("medica");
  const [other] = (await doctor.patients()).filter(({ allergyStatus }) => allergyStatus === "known").slice(-1);
  const self = await (await visit()).as("paciente");
  const { page } = self;
  await page.waitForURL("**/patients/*");
  const own = new URL(page.url()).pathname.split("/").pop();
  assert.notEqual(own, other.id);
  assert.ok((await page.locator(".timeline a").count()) > 0);
  const answer = await page.goto(`/patients/${other.id}`);
  assert.equal(answer.status(), 404);
  assert.ok(!(await answer.text()).includes(other.name));
  const nothing = await page.goto("/patients/00000000-0000-7000-8000-000000000000");
  assert.equal(nothing.status(), 404);
  await page.goto("/records");
  const records = await self.json("/api/medical-records?limit=100");
  assert.ok(records.items.length > 0 && records.items.every(({ patientId }) => patientId === own));
  for (const path of ["/patients", "/patients/new", "/users", "/audit", "/emergency", `/records/new?patient=${own}`]) {
    assert.ok([403, 404].includes((await page.goto(path)).status()), path);
  }
});
