// Brazilian numbers as people type and paste them. Pure.

/** The digits of a text, at most so many. */
export const digits = (text: string, most = 32): string => text.replace(/\D/g, "").slice(0, most);

const pattern = (text: string, shape: string): string => {
  let out = "";
  let at = 0;
  for (const sign of shape) {
    if (at >= text.length) break;
    out += sign === "0" ? text[at++] : sign;
  }
  return out;
};

/** `529.982.247-25`, as far as it is typed. */
export const cpf = (text: string): string => pattern(digits(text, 11), "000.000.000-00");
/** `700 0000 0000 0005`. */
export const cns = (text: string): string => pattern(digits(text, 15), "000 0000 0000 0000");
/** `01310-100`. */
export const cep = (text: string): string => pattern(digits(text, 8), "00000-000");

/** `(11) 98765-4321` or `(11) 3456-7890`; the country code 55 and the trunk 0 fall away, other countries stay as typed. */
export const phone = (text: string): string => {
  if (/^\s*\+(?!55)/.test(text)) return text.trim();
  let number = text.replace(/\D/g, "");
  if (number.length > 11 && number.startsWith("55")) number = number.slice(2);
  if (number.startsWith("0")) number = number.replace(/^0+/, "");
  number = number.slice(0, 11);
  return pattern(number, number.length > 10 ? "(00) 00000-0000" : "(00) 0000-0000");
};

/** `21/11/2026` from any of `21112026`, `21.11.2026`, `2026-11-21`. */
export const date = (text: string): string => {
  const iso = /^\s*(\d{4})-(\d{2})-(\d{2})/.exec(text);
  return iso ? `${iso[3]}/${iso[2]}/${iso[1]}` : pattern(digits(text, 8), "00/00/0000");
};

/** `14:32` from any of `1432`, `14h32`, `9:05`. */
export const time = (text: string): string => {
  const parts = /^\s*(\d{1,2})\s*[:hH.]\s*(\d*)/.exec(text);
  return parts ? `${(parts[1] ?? "").padStart(2, "0")}:${digits(parts[2] ?? "", 2)}` : pattern(digits(text, 4), "00:00");
};

const mod11 = (text: string, first: number): string => {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum += Number(text[i]) * (first - i);
  const rest = sum % 11;
  return String(rest < 2 ? 0 : 11 - rest);
};

/** Whether the check digits of a CPF are right. */
export const cpfHolds = (text: string): boolean => {
  const n = digits(text);
  if (n.length !== 11 || /^(\d)\1+$/.test(n)) return false;
  return mod11(n.slice(0, 9), 10) === n[9] && mod11(n.slice(0, 10), 11) === n[10];
};

/** Whether a CNS begins and sums as it must. */
export const cnsHolds = (text: string): boolean => {
  const n = digits(text);
  if (!/^[12789]\d{14}$/.test(n)) return false;
  return [...n].reduce((sum, d, i) => sum + Number(d) * (15 - i), 0) % 11 === 0;
};

export const masks: Record<string, (text: string) => string> = { cpf, cns, cep, phone, date, time };

/** Where the caret belongs after formatting: behind as many digits as stood before it. */
export const caretAfter = (formatted: string, digitsBefore: number): number => {
  if (digitsBefore === 0) return 0;
  let seen = 0;
  for (let i = 0; i < formatted.length; i++) {
    if (/\d/.test(formatted[i] ?? "") && ++seen === digitsBefore) return i + 1;
  }
  return formatted.length;
};
