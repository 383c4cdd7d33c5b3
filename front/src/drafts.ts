// What a draft is made of and which of two is to be offered. Pure.

/** A draft kept in this browser because the server did not have it yet. */
export interface Local {
  base: number;
  at: number;
  fields: Record<string, string[]>;
}

/** Fields of a form that are text of its writer, each with all its values in order. */
export const fieldsOf = (pairs: Iterable<[string, unknown]>): Record<string, string[]> => {
  const fields: Record<string, string[]> = {};
  for (const [name, value] of pairs) {
    if (name.startsWith("_") || typeof value !== "string") continue;
    (fields[name] ??= []).push(value);
  }
  return fields;
};

/** Whether two drafts say the same. */
export const same = (a: Record<string, string[]>, b: Record<string, string[]>): boolean => {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => JSON.stringify(a[name] ?? []) === JSON.stringify(b[name] ?? []));
};

/** Whether a local draft is worth offering: begun on this version, not expired, and saying something else. */
export const worthOffering = (local: Local | undefined, base: number, shown: Record<string, string[]>, now: number): local is Local =>
  local !== undefined && local.base === base && now - local.at < 7 * 86_400_000 && !same(local.fields, shown);

/** Seconds to wait before another try: doubles to a minute; `Retry-After` wins. */
export const backoff = (tries: number, retryAfter?: string | null): number => {
  const told = Number(retryAfter);
  return retryAfter && Number.isFinite(told) && told > 0 ? Math.min(told, 3600) : Math.min(2 ** tries, 60);
};
