import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff, fieldsOf, same, worthOffering } from "../src/drafts.ts";

test("a form's fields keep their order and lose what is not text of the writer", () => {
  const fields = fieldsOf([["_csrf", "x"], ["title", "a"], ["code.code", "I10"], ["code.code", "E11"]]);
  assert.deepEqual(fields, { title: ["a"], "code.code": ["I10", "E11"] });
});

test("two drafts are the same when every field is", () => {
  assert.ok(same({ a: ["1"] }, { a: ["1"] }));
  assert.ok(same({ a: ["1"], b: [] }, { a: ["1"] }));
  assert.ok(!same({ a: ["1", "2"] }, { a: ["2", "1"] }));
});

test("a local draft is offered only where it says something else about the same version", () => {
  const local = { base: 3, at: 1000, fields: { notes: ["novo"] } };
  assert.ok(worthOffering(local, 3, { notes: ["velho"] }, 2000));
  assert.ok(!worthOffering(local, 4, { notes: ["velho"] }, 2000));
  assert.ok(!worthOffering(local, 3, { notes: ["novo"] }, 2000));
  assert.ok(!worthOffering(local, 3, { notes: ["velho"] }, 8 * 86_400_000));
  assert.ok(!worthOffering(undefined, 3, {}, 0));
});

test("waiting doubles to a minute, and the server's word wins", () => {
  assert.equal(backoff(1), 2);
  assert.equal(backoff(20), 60);
  assert.equal(backoff(1, "17"), 17);
  assert.equal(backoff(3, "soon"), 8);
});
