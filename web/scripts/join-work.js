// A worker: finds the number that a newcomer's device has to find, so that SHA-256 of `nonce:number` begins with so many zero
// bits (FIPS 180-4). By itself, since crypto.subtle takes ten times longer for so little text, and is missing without HTTPS.

/** @type {number[]} */
const K = [];
/** @type {number[]} */
const H = [];
/** The first 32 bits of what stands behind the point. @param {number} root */
const fraction = (root) => (root * 2 ** 32) | 0;
for (let candidate = 2; K.length < 64; candidate++) {
  let isPrime = true;
  for (let factor = 2; factor * factor <= candidate; factor++) isPrime &&= candidate % factor > 0;
  if (!isPrime) continue;
  if (H.length < 8) H.push(fraction(candidate ** (1 / 2)));
  K.push(fraction(candidate ** (1 / 3)));
}
const w = new Int32Array(64);

/**
 * The first word of the digest of a text of at most 55 ASCII characters.
 * @param {string} text
 */
function firstWord(text) {
  w.fill(0, 0, 16);
  for (let i = 0; i < text.length; i++)
    w[i >> 2] = (w[i >> 2] ?? 0) | (text.charCodeAt(i) << (24 - (i % 4) * 8));
  w[text.length >> 2] = (w[text.length >> 2] ?? 0) | (128 << (24 - (text.length % 4) * 8));
  w[15] = text.length * 8;
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = H;
  for (let i = 0; i < 64; i++) {
    if (i > 15) {
      const x = w[i - 15] ?? 0;
      const y = w[i - 2] ?? 0;
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] ?? 0) + s0 + (w[i - 7] ?? 0) + s1;
    }
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (K[i] ?? 0) + (w[i] ?? 0)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + s0 + ((b & c) ^ (b & d) ^ (c & d))) | 0;
  }
  return (a + (H[0] ?? 0)) >>> 0;
}

addEventListener("message", ({ data }) => {
  const [, bits = "", nonce = ""] = String(data).split(".");
  let found = 0;
  while (firstWord(`${nonce}:${found}`) >>> (32 - Number(bits)) > 0) found++;
  postMessage(`${data}:${found}`);
});
