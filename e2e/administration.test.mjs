// The administrator keeps the accounts; the auditor reads the trail.
import assert from "node:assert/strict";
import { clinic, PASSWORD, says, until } from "./harness.mjs";

const journey = clinic();
const OWN = "nova-senha-da-casa-7";

/** First sign-in with a password somebody else made: a new one, then the terms. */
const settle = async (page, given, own) => {
  await page.getByRole("heading", { name: "Alterar a senha" }).waitFor();
  await page.getByLabel("Senha atual").fill(given);
  await page.getByLabel("Senha nova", { exact: true }).fill(own);
  await page.getByLabel("Repita a senha nova").fill(own);
  await page.getByRole("button", { name: "Salvar a senha" }).click();
};

journey("makes an account whose password is shown once, resets it, switches it off", async (visit) => {
  const admin = await (await visit()).as("admin");
  const { page } = admin;
  await page.getByRole("link", { name: "Novo usuário" }).click();
  await page.getByLabel("Nome", { exact: true }).fill("Marta Galvão");
  await page.getByLabel("E-mail").fill("marta@demo");
  await page.getByLabel("Perfil").selectOption("RECEPTION");
  await page.getByRole("button", { name: "Salvar" }).click();
  await says(page.locator("h1"), /Senha provisória/);
  const given = (await page.locator(".secret").innerText()).trim();
  assert.ok(given.length >= 12, "a password nobody guesses");
  await page.getByRole("link", { name: "Já anotei" }).click();
  await page.getByRole("link", { name: "Marta Galvão" }).click();
  assert.ok(!(await page.content()).includes(given), "shown once");
  const account = new URL(page.url()).pathname;

  const marta = await visit();
  await marta.signIn("marta@demo", given);
  await settle(marta.page, given, OWN);
  await marta.page.getByRole("button", { name: "Li e aceito" }).click();
  await marta.page.locator("header.bar").waitFor();
  await says(marta.page.locator("h1"), /Pacientes/);

  await page.goto(account);
  await page.getByRole("button", { name: "Criar senha provisória" }).click();
  const second = (await page.locator(".secret").innerText()).trim();
  assert.notEqual(second, given);
  await marta.page.goto("/patients");
  await marta.page.waitForURL(/\/login(\?|$)/);

  await page.goto(account);
  await page.getByRole("button", { name: "Desativar usuário" }).click();
  await says(page.getByRole("status"), /Usuário salvo/);
  await says(page.getByRole("row", { name: /Marta Galvão/ }), /Inativo/);
  await marta.signIn("marta@demo", second);
  await says(marta.page.getByRole("alert"), /não conferem/);
  await page.goto(account);
  await page.getByRole("button", { name: "Reativar usuário" }).click();
  await says(page.getByRole("row", { name: /Marta Galvão/ }), /Ativo/);
});

journey("keeps what was typed when an account is refused", async (visit) => {
  const admin = await (await visit()).as("admin");
  const { page } = admin;
  await page.goto("/users/new");
  await page.getByLabel("Nome", { exact: true }).fill("Outra Médica");
  await page.getByLabel("E-mail").fill("medica@demo");
  await page.getByRole("button", { name: "Salvar" }).click();
  await says(page.locator("#f-email-error"), /Já existe/);
  assert.equal(await page.getByLabel("Nome", { exact: true }).inputValue(), "Outra Médica");
});

journey("looks for accounts while typing", async (visit) => {
  const { page } = await (await visit()).as("admin");
  await page.getByRole("searchbox").fill("recepcao@");
  await until("one row", async () => (await page.locator("#rows tbody tr").count()) === 1);
  await says(page.locator("#rows"), /recepcao@demo/);
});

journey("the auditor reads, filters and verifies the trail", async (visit) => {
  const doctor = await (await visit()).as("medica");
  const patient = await doctor.patient("Dorival Quintela");
  await doctor.page.goto(`/patients/${patient.id}`);
  const auditor = await (await visit()).as("auditoria");
  const { page } = auditor;
  const source = await page.content();
  assert.ok(!source.includes("Dorival"), "the trail names no patient");
  await says(page.locator("#rows"), /Criou/);
  await page.getByLabel("Evento").selectOption({ label: "Criou" });
  await until("creations only", async () => (await page.locator("#rows .badge").allInnerTexts()).every((text) => text === "Criou"));
  await page.getByLabel("Tipo e identificador").fill(`Patient/${patient.id}`);
  await page.getByRole("button", { name: "Aplicar" }).click();
  await until("its creation", async () => (await page.locator("#rows tbody tr").count()) === 1);
  await page.getByLabel("De", { exact: true }).fill("31/02/2026");
  await page.getByRole("button", { name: "Aplicar" }).click();
  await says(page.locator("#rows"), /inválid/i);
  await page.goto("/audit");
  await page.getByRole("button", { name: "Verificar a cadeia" }).click();
  await says(page.locator("#verified"), /A cadeia está íntegra/);
  for (const path of ["/patients", `/patients/${patient.id}`]) assert.ok([403, 404].includes((await page.goto(path)).status()), path);
});

journey("nobody signs in with a wrong password, and what was typed stays", async (visit) => {
  const nobody = await visit();
  await nobody.signIn("medica@demo", `${PASSWORD}x`);
  await says(nobody.page.getByRole("alert"), /não conferem/);
  assert.equal(await nobody.page.getByLabel("E-mail").inputValue(), "medica@demo");
  assert.equal(await nobody.page.getByLabel("Senha").inputValue(), "");
});
