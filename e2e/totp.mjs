// The code an authenticator shows (RFC 6238: SHA-1, 30 s, six digits).
import { createHmac } from "node:crypto";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

const decoded = (secret) => {
  let bits = "";
  for (const sign of secret.replace(/[\s=]/g, "").toUpperCase()) bits += ALPHABET.indexOf(sign).toString(2).padStart(5, "0");
  return Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
};

/** The code of the step `ahead` of now. */
export const totp = (secret, ahead = 0, now = Date.now()) => {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000) + ahead));
  const digest = createHmac("sha1", decoded(secret)).update(counter).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
};
