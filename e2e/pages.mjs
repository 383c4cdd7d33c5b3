// Every page there is, by who reaches it and in which state: what the accessibility, budget and screenshot runs walk.
import { PASSWORD, until } from "./harness.mjs";

/** Chart, record, versions: made once, so that every state of a page can be shown. */
export const scene = async (enter) => {
  const doctor = await (await enter()).as("medica");
  const everybody = await doctor.patients();
  const records = (await doctor.json("/api/medical-records?limit=100")).items;
  const many = new Map();
  for (const { patientId } of records) many.set(patientId, (many.get(patientId) ?? 0) + 1);
  const rich = [...many].sort((a, b) => b[1] - a[1])[0]?.[0];
  const bare = await doctor.patient("Amparo Siqueira");
  const chart = await doctor.patient("Belarmino Couto de Albuquerque e Silva", {
    socialName: "Bel Couto", sex: "male", cpf: "529.982.247-25", cns: "700000000000005", allergyStatus: "known",
    allergies: [{ substance: "Dipirona", reaction: "urticária", criticality: "high" }, { substance: "Látex" }],
  });
  const notes = "Refere tontura ao levantar há duas semanas.\nNega síncope, dor torácica ou dispneia.\nPA 148/92 mmHg, FC 76 bpm.";
  const codes = [{ system: "http://hl7.org/fhir/sid/icd-10", code: "I10", display: "Hipertensão essencial (primária)" }];
  const record = await doctor.record(chart.id, "Hipertensão: ajuste de dose", { diagnosis: "Hipertensão não controlada", treatment: "Losartana 50 mg de 12/12 h", notes, codes, priority: "HIGH" });
  await doctor.send("PUT", `/api/medical-records/${record.id}`, { version: 1, treatment: "Losartana 100 mg pela manhã", reason: "Comodidade da dose única" });
  const draft = await doctor.record(chart.id, "Exames pedidos", { status: "draft", notes: "Creatinina, potássio.", type: "exam" });
  const gone = await doctor.record(chart.id, "Registro por engano");
  await doctor.send("DELETE", `/api/medical-records/${gone.id}`, { reason: "Paciente trocado" }, { "If-Match": '"1"' });
  const lost = await doctor.patient("Cadastro Repetido da Silva");
  await doctor.send("DELETE", `/api/patients/${lost.id}`, { reason: "Cadastro em dobro" }, { "If-Match": '"1"' });
  await doctor.send("PUT", `/api/drafts/new-${bare.id}`, { baseVersion: 0, fields: { title: ["Rascunho guardado"], notes: ["Em andamento."], type: ["consultation"], priority: ["NORMAL"] } });
  const admin = await (await enter()).as("admin");
  const users = (await admin.json("/api/users?limit=100")).items;
  const visitors = [doctor, admin];
  return {
    rich: rich ?? chart.id, bare: bare.id, chart: chart.id, record: record.id, draft: draft.id, gone: gone.id, lost: lost.id, count: everybody.length,
    doctor: users.find(({ email }) => email === "medica@demo").id, admin: users.find(({ email }) => email === "admin@demo").id,
    leave: () => Promise.all(visitors.map((visitor) => visitor.leave())),
  };
};

const open = (path) => (page) => page.goto(path);
const press = (path, name, fields = {}) => async (page) => {
  await page.goto(path);
  for (const [label, value] of Object.entries(fields)) await page.getByRole("textbox", { name: label }).first().fill(value);
  await page.locator("main").getByRole("button", { name, exact: false }).last().click();
  await page.waitForLoadState("load");
};
const meets = (scene) => async (page, visitor) => {
  await page.goto(`/records/${scene.record}/amend`);
  const { version, notes } = await visitor.json(`/api/medical-records/${scene.record}`);
  await page.getByLabel("Conduta").fill(`Losartana 50 mg, 1 comprimido à noite (${version})`);
  await page.getByLabel("Motivo da alteração").fill("Preferência");
  await visitor.send("PUT", `/api/medical-records/${scene.record}`, { version, treatment: `Losartana 100 mg, revista ${version}`, notes: `${notes}\nRevisto.`, reason: "Revisão" });
  await page.getByRole("button", { name: "Salvar alteração" }).click();
  await page.getByRole("heading", { name: "Duas alterações" }).waitFor();
  // The draft would follow every page after this one.
  await visitor.send("DELETE", `/api/drafts/${scene.record}`);
};
const layer = (path, key, what) => async (page) => {
  await page.goto(path);
  await page.locator("html.js").waitFor();
  await page.keyboard.press(key);
  await page.locator(what).waitFor();
};
const search = (path, label, text) => async (page) => {
  await page.goto(path);
  await page.locator(".filters input").and(page.getByLabel(label)).fill(text);
  await page.getByRole("search").getByRole("button").first().click();
  await page.locator("#rows .empty, #rows .note").first().waitFor();
};
/** The console after a call was sent. */
const asks = (call) => async (page) => {
  await page.goto("/console");
  await page.getByLabel("Chamada").fill(call);
  await page.getByRole("button", { name: "Enviar" }).click();
  await page.getByRole("heading", { name: "Resposta" }).waitFor();
};
const menu = async (page) => {
  await page.goto("/records");
  await page.locator("header.bar summary").click();
};
const locked = async (page) => {
  await page.goto("/records");
  await page.locator("header.bar summary").click();
  await page.getByRole("button", { name: "Bloquear a tela" }).click();
  await page.getByRole("button", { name: "Desbloquear" }).waitFor();
};
const unlocked = async (page) => {
  await page.getByLabel("Senha").fill(PASSWORD);
  await page.getByRole("button", { name: "Desbloquear" }).click();
  await page.locator("header.bar").waitFor();
};

/** `[name, how to get there, how to leave]` by role; `null` is nobody. */
export const pages = (scene) => {
  const chart = (id) => `/patients/${id}`;
  const record = `/records/${scene.record}`;
  const own = [["sessions", open("/sessions")], ["password", open("/password")], ["terms", open("/terms")]];
  return {
    null: [
      ["login", open("/login")],
      ["login-refused", press("/login", "Entrar", { "E-mail": "x@demo", Senha: "errada-mesmo-1" })],
      ["terms-guest", open("/terms")],
      ["not-found-guest", open("/nada")],
    ],
    medica: [
      ["patients", open("/patients")],
      ["patients-none", search("/patients", "Buscar paciente", "zzzzqq")],
      ["patient-new", open("/patients/new")],
      ["patient-refused", press("/patients/new", "Salvar", { CPF: "111.111.111-12", Nascimento: "31/02/2026" })],
      ["patient-edit", open(`${chart(scene.chart)}/edit`)],
      ["chart-rich", open(chart(scene.rich))],
      ["chart-empty", open(chart(scene.bare))],
      ["chart", open(chart(scene.chart))],
      ["record", open(record)],
      ["record-draft", open(`/records/${scene.draft}`)],
      ["record-new", open(`/records/new?patient=${scene.chart}`)],
      ["record-new-draft", open(`/records/new?patient=${scene.bare}`)],
      ["record-refused", press(`/records/new?patient=${scene.rich}`, "Finalizar registro", { Título: "", Data: "31/02/2026" })],
      ["record-amend", open(`${record}/amend`)],
      ["conflict", meets(scene)],
      ["record-history", open(`${record}/history`)],
      ["record-print", open(`${record}/print`)],
      ["record-delete", open(`${record}/delete`)],
      ["record-gone", open(`/records/${scene.gone}`)],
      ["records", open("/records")],
      ["records-none", search("/records", "Buscar no texto", "zzzzqq")],
      ["denied", open("/audit")],
      ["not-found", open("/nada")],
      ["console", open("/console")],
      ["console-empty", press("/console", "Enviar")],
      ["console-answer", asks("Patient?birthdate=ge1940&name=a&_count=3&_total=accurate")],
      ["console-long", asks("Patient?_has:Composition:patient:status=final&name=a&birthdate=ge1940&gender=female,male&_revinclude=Composition:patient&_count=2&_total=accurate")],
      ["console-none", asks("Patient?family=zzzzqq")],
      ["console-refused", asks("Patient?familia=souza&birthdate=ontem")],
      ["console-history", asks("Patient/_history?_count=3")],
      ["console-metadata", asks("metadata")],
      ["capabilities", open("/console/capabilities")],
      ["capability", open("/console/capabilities/Observation")],
      ["palette", layer("/patients", "Control+k", "dialog.palette")],
      ["help", layer("/patients", "?", "dialog.help")],
      ["menu", menu],
      ...own,
    ],
    enfermagem: [["nurse-patients", open("/patients")], ["nurse-record", open(record)], ["nurse-records", open("/records")]],
    recepcao: [
      ["reception-patients", open("/patients")], ["reception-chart", open(chart(scene.chart))], ["reception-record", open(record)],
      ["reception-history", open(`${record}/history`)], ["reception-edit", open(`${chart(scene.chart)}/edit`)], ["reception-records", open("/records")],
      ["reception-console", asks("Appointment?_include=Appointment:patient&_count=2")], ["reception-capabilities", open("/console/capabilities")],
      ["reception-capability", open("/console/capabilities/Patient")],
    ],
    paciente: [["own-chart", open("/")], ["own-records", open("/records")], ["own-other", open(chart(scene.chart))], ["own-console", asks("Observation?_count=2")]],
    admin: [
      ["users", open("/users")], ["users-none", search("/users", "Buscar por nome ou e-mail", "zzzzqq")], ["user-new", open("/users/new")],
      ["user-refused", press("/users/new", "Salvar")], ["user-edit", open(`/users/${scene.doctor}`)], ["user-own", open(`/users/${scene.admin}`)],
      ["user-password", press("/users/new", "Salvar", { Nome: "Pessoa Nova", "E-mail": `nova${Date.now()}@demo` })],
      ["emergency", open("/emergency")], ["admin-chart", open(chart(scene.chart))], ["admin-history-gone", open(`/records/${scene.gone}/history`)],
      ["restore", open(`/records/${scene.gone}/restore`)],
      ["patient-restore", open(`/patients/${scene.lost}/restore`)], ["patient-restore-refused", press(`/patients/${scene.lost}/restore`, "Restaurar paciente")],
      ["totp", press("/sessions", "Ativar", { "Senha atual": PASSWORD })],
    ],
    auditoria: [
      ["audit", open("/audit")], ["audit-none", search("/audit", "Tipo e identificador", "Patient/00000000-0000-7000-8000-000000000000")],
      ["audit-verified", async (page) => {
        await page.goto("/audit");
        await page.getByRole("button", { name: "Verificar a cadeia" }).click();
        await page.locator("#verified .note").waitFor();
      }],
      ["auditor-users", open("/users")], ["auditor-emergency", open("/emergency")], ["locked", locked, unlocked],
    ],
  };
};

/** What a clinic shows in which nothing happened yet. */
export const emptyPages = {
  medica: [["empty-patients", open("/patients")], ["empty-records", open("/records")]],
  recepcao: [["empty-reception", open("/patients")]],
  admin: [["empty-users", open("/users")], ["empty-emergency", open("/emergency")]],
  auditoria: [["empty-audit", open("/audit")]],
};

/** Accepts the terms where they are asked. */
export const enterEmpty = async (visitor, local) => {
  await visitor.signIn(`${local}@demo`);
  const accept = visitor.page.getByRole("button", { name: "Li e aceito" });
  const bar = visitor.page.locator("header.bar");
  await until("the terms or the first page", async () => (await accept.count()) + (await bar.count()) > 0);
  if (await accept.count()) await accept.click();
  await bar.waitFor();
  return visitor;
};
