const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const MILLISECONDS = 6;

/**
 * A new id of this kind: a UUIDv7 (RFC 9562, section 5.7) in the TypeID form, 26 digits of Crockford's base 32. Chosen here, it
 * makes sending a creation twice create once.
 */
export function newId(kind: "task" | "tag"): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let rest = Date.now();
  for (let place = MILLISECONDS - 1; place >= 0; place -= 1) {
    bytes[place] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  let number = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let digits = "";
  for (let place = 0; place < 26; place += 1) {
    digits = `${ALPHABET[Number(number % 32n)]}${digits}`;
    number /= 32n;
  }
  return `${kind}_${digits}`;
}
