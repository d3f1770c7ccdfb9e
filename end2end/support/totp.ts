//! An authenticator app (RFC 6238).
import { createHmac } from "node:crypto";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The code that an app with this key shows. `steps` is how many codes later. */
export function totp(key: string, steps = 0): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const hash = createHmac("sha1", decode(key)).update(counter).digest();
  const offset = hash.readUInt8(hash.length - 1) & 0xf;
  const code = (hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000;
  return code.toString().padStart(6, "0");
}

/** The bytes of a key in base32, as it is shown to people. */
function decode(key: string): Buffer {
  const characters = key.replaceAll(/\s/g, "").toUpperCase();
  const bits = [...characters].map((it) => ALPHABET.indexOf(it).toString(2).padStart(5, "0"));
  const bytes = bits.join("").match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
}
