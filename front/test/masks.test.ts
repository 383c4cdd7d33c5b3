import assert from "node:assert/strict";
import { test } from "node:test";
import { caretAfter, cep, cns, cnsHolds, cpf, cpfHolds, date, phone, time } from "../src/masks.ts";

test("a CPF is formatted however it comes", () => {
  for (const text of ["52998224725", "529.982.247-25", " 529 982 247 25 ", "529982247/25", "CPF: 529.982.247-25"]) assert.equal(cpf(text), "529.982.247-25");
  assert.equal(cpf("5299"), "529.9");
  assert.equal(cpf("529"), "529");
  assert.equal(cpf(""), "");
  assert.equal(cpf("529982247259999"), "529.982.247-25");
});

test("check digits", () => {
  assert.ok(cpfHolds("529.982.247-25"));
  assert.ok(!cpfHolds("529.982.247-24"));
  assert.ok(!cpfHolds("111.111.111-11"));
  assert.ok(!cpfHolds("529"));
  assert.ok(cnsHolds("700 0000 0000 0005"));
  assert.ok(!cnsHolds("700 0000 0000 0006"));
  assert.ok(!cnsHolds("300 0000 0000 0004"));
});

test("CNS, CEP, dates", () => {
  assert.equal(cns("700000000000005"), "700 0000 0000 0005");
  assert.equal(cep("01310100"), "01310-100");
  assert.equal(cep("01310-100"), "01310-100");
  assert.equal(date("21112026"), "21/11/2026");
  assert.equal(date("21.11.2026"), "21/11/2026");
  assert.equal(date("2026-11-21"), "21/11/2026");
  for (const [typed, shown] of [["1432", "14:32"], ["14h32", "14:32"], ["9:05", "09:05"], ["14:", "14:"], ["14", "14"], ["143299", "14:32"]]) assert.equal(time(typed ?? ""), shown);
});

test("telephones lose the country and the trunk, keep other countries", () => {
  assert.equal(phone("+55 11 98765-4321"), "(11) 98765-4321");
  assert.equal(phone("011987654321"), "(11) 98765-4321");
  assert.equal(phone("1134567890"), "(11) 3456-7890");
  assert.equal(phone("(11) 9876"), "(11) 9876");
  assert.equal(phone("+351 912 345 678"), "+351 912 345 678");
  assert.equal(phone("55987654321"), "(55) 98765-4321");
});

test("the caret stays behind the digit it stood behind", () => {
  assert.equal(caretAfter("529.982.247-25", 4), 5);
  assert.equal(caretAfter("529.982.247-25", 0), 0);
  assert.equal(caretAfter("529.9", 9), 5);
});
