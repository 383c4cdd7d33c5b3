// One's own account: other sessions, the second factor, the locked screen, the language, the palette and the keys.
import assert from "node:assert/strict";
import { clinic, PASSWORD, says, until } from "./harness.mjs";
import { totp } from "./totp.mjs";

const journey = clinic();

journey("lists the open sessions and ends another", async (visit) => {
  const here = await (await visit()).as("enfermagem");
  const there = await (await visit()).as("enfermagem");
  await here.page.goto("/sessions");
  const rows = here.page.locator('table[aria-label="Sessões abertas"] tbody tr');
  assert.equal(await rows.count(), 2);
  await rows.getByRole("button", { name: /Encerrar/ }).click();
  await says(here.page.getByRole("status"), /Sessão encerrada/);
  assert.equal(await rows.count(), 1);
  await there.page.goto("/patients");
  await there.page.waitForURL(/\/login(\?|$)/);
  await there.page.getByLabel("E-mail").fill("enfermagem@demo");
  await there.page.getByLabel("Senha").fill(PASSWORD);
  await there.page.getByRole("button", { name: "Entrar" }).click();
  await there.page.waitForURL("**/patients");
});

journey("enrols a second factor and signs in with it", async (visit) => {
  const admin = await (await visit()).as("admin");
  const { page } = admin;
  await page.goto("/sessions");
  await page.getByLabel("Senha atual").fill("errada-mesmo-1");
  await page.getByRole("button", { name: "Ativar" }).click();
  await says(page.locator("#f-password-error"), /não confere/);
  await page.getByLabel("Senha atual").fill(PASSWORD);
  await page.getByRole("button", { name: "Ativar" }).click();
  await page.getByRole("img", { name: /Código QR/ }).waitFor();
  const secret = (await page.locator("p.secret").innerText()).replace(/\s/g, "");
  await page.getByLabel("Código de verificação").fill("000000");
  await page.getByRole("button", { name: "Confirmar o código" }).click();
  await says(page.locator("#f-code-error"), /não confere/);
  await page.getByLabel("Código de verificação").fill(totp(secret));
  await page.getByRole("button", { name: "Confirmar o código" }).click();
  await says(page.getByRole("status"), /ativada/);

  const again = await visit();
  await again.signIn("admin@demo");
  await says(again.page.getByRole("status"), /A senha confere/);
  assert.equal(await again.page.getByLabel("E-mail").inputValue(), "admin@demo");
  await again.page.getByLabel("Senha").fill(PASSWORD);
  await again.page.getByLabel("Código de verificação").fill("000000");
  await again.page.getByRole("button", { name: "Entrar" }).click();
  await says(again.page.getByRole("alert"), /código|Código/);
  await again.page.getByLabel("Senha").fill(PASSWORD);
  // The code that confirmed the enrolment is used up: the next step's is accepted for clocks a little ahead.
  await again.page.getByLabel("Código de verificação").fill(totp(secret, 1));
  await again.page.getByRole("button", { name: "Entrar" }).click();
  await again.page.locator("header.bar").waitFor();

  await page.goto("/sessions");
  await page.getByLabel("Senha atual").fill(PASSWORD);
  await page.getByRole("button", { name: "Desativar" }).click();
  await says(page.getByRole("status"), /desativada/);
});

journey("a locked screen shows nothing and opens where it was", async (visit) => {
  const doctor = await (await visit()).as("medica");
  const patient = await doctor.patient("Clotilde Bragança");
  const { page } = doctor;
  for (const path of [`/patients/${patient.id}`, `/records/new?patient=${patient.id}`]) {
    await page.goto(path);
    await page.locator("header.bar summary").click();
    await page.getByRole("button", { name: "Bloquear a tela" }).click();
    await says(page.locator("h1"), /Tela bloqueada/);
    assert.ok(!(await page.content()).includes("Clotilde"), "nothing of the chart is left");
    await page.goto(path);
    await page.waitForURL(/\/locked(\?|$)/);
    await page.getByLabel("Senha").fill("errada-mesmo-1");
    await page.getByRole("button", { name: "Desbloquear" }).click();
    await says(page.getByRole("alert"), /não confere/);
    await page.getByLabel("Senha").fill(PASSWORD);
    await page.getByRole("button", { name: "Desbloquear" }).click();
    await says(page.locator("section.patient"), /Clotilde/);
    await until("the same place", () => new URL(page.url()).pathname === new URL(path, doctor.url).pathname);
  }
});

journey("speaks English and Portuguese, and keeps to the page", async (visit) => {
  const { page } = await (await visit()).as("medica");
  await page.goto("/records");
  await page.locator("header.bar summary").click();
  await page.getByRole("button", { name: "English" }).click();
  await page.locator('html[lang="en"]').waitFor();
  assert.equal(new URL(page.url()).pathname, "/records");
  await says(page.locator("h1"), /Records/);
  await page.locator("header.bar summary").click();
  await page.getByRole("button", { name: "Português" }).click();
  await page.locator('html[lang="pt-BR"]').waitFor();
  await says(page.locator("h1"), /Registros/);
});

journey("the palette finds a patient and a page", async (visit) => {
  const doctor = await (await visit()).as("medica");
  const patient = await doctor.patient("Gumercindo Arruda");
  const { page } = doctor;
  await page.keyboard.press("Control+k");
  const box = page.locator("dialog").getByRole("combobox");
  await box.fill("gumerc");
  await page.getByRole("option", { name: /Gumercindo Arruda/, selected: true }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/patients/${patient.id}`);
  await page.keyboard.press("Control+k");
  await box.fill("registros");
  await page.getByRole("option", { name: /^Registros/, selected: true }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/records");
  await page.keyboard.press("Control+k");
  await box.waitFor();
  await page.keyboard.press("Escape");
  await box.waitFor({ state: "hidden" });
});

journey("a question mark tells every key of the page", async (visit) => {
  const { page } = await (await visit()).as("medica");
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Atalhos do teclado" });
  await help.waitFor();
  await says(help, /Novo paciente/);
  await says(help, /Ctrl K/);
  await page.keyboard.press("Escape");
  await help.waitFor({ state: "hidden" });
  await page.keyboard.press("g");
  await page.keyboard.press("r");
  await page.waitForURL("**/records");
});

journey("signs in and writes a record with the keyboard alone", async (visit) => {
  const doctor = await visit();
  const { page } = doctor;
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("name") ?? "");
  const tabTo = async (name) => {
    for (let presses = 0; presses < 60; presses++) {
      if ((await focused()) === name) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`no way to ${name} by the tab key`);
  };
  await page.goto("/login");
  await tabTo("email");
  await page.keyboard.type("medica@demo");
  await tabTo("password");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await page.locator("header.bar").waitFor();
  const patient = await doctor.patient("Hermínia Falcão");
  await page.keyboard.press("/");
  assert.equal(await focused(), "q");
  await page.keyboard.type("herminia");
  await page.getByRole("link", { name: "Hermínia Falcão" }).waitFor();
  // (Escape would clear the search, and the list would be everybody's again.)
  await until("only her", async () => (await page.locator("#rows a.cover").count()) === 1);
  for (let presses = 0; presses < 40; presses++) {
    if (await page.evaluate(() => document.activeElement?.matches("#rows a.cover") ?? false)) break;
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/patients/${patient.id}`);
  await page.keyboard.press("n");
  await page.waitForURL(/\/records\/new\?patient=/);
  await until("the title has the focus", async () => (await focused()) === "title");
  await page.keyboard.type("Escrito sem mouse");
  await tabTo("notes");
  await page.keyboard.type("Tudo pelo teclado.");
  await page.keyboard.press("Control+Enter");
  await page.waitForURL(/\/records\/[0-9a-f-]{36}/);
  await says(page.locator("#record"), /Escrito sem mouse/);
});

journey("a choice of language or theme leads back to the record being written", async (visit) => {
  const doctor = await (await visit()).as("medica");
  const patient = await doctor.patient("Otacílio Bezerra");
  const { page } = doctor;
  const here = `/records/new?patient=${patient.id}`;
  await page.goto(here);
  for (const [name, sign] of [["English", '[lang="en"]'], ["Dark", '[data-theme="dark"]'], ["Português", '[lang="pt-BR"]']]) {
    await page.locator("header.bar summary").click();
    await page.getByRole("button", { name }).click();
    await page.locator(`html${sign}`).waitFor();
    const { pathname, search } = new URL(page.url());
    assert.equal(pathname + search, here);
    await says(page.locator("section.patient"), /Otacílio/);
  }
  assert.equal((await page.goto("/nada")).status(), 404);
  assert.equal(await page.locator("html").getAttribute("data-theme"), "dark", "an error page looks as chosen");
});

journey("Enter in the palette waits for the patients it asked for", async (visit) => {
  const doctor = await (await visit()).as("medica");
  const patient = await doctor.patient("Petronilha Registros");
  const { page } = doctor;
  await page.keyboard.press("Control+k");
  await page.locator("dialog").getByRole("combobox").waitFor();
  await page.keyboard.type("petronilha");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/patients/${patient.id}`);
});
