/** JSON inside a string of JSON, this often: what an upstream echoes as text, quoted by an error. */
const NESTING = 2
/** Fewer characters of base64 stand in other data by chance. */
const SHORTEST_BASE64 = 8
const BASE64_BITS = 6

/** What a secret looks like in text: as it is, within JSON, in a URL, and in base64 at any place in what was encoded. */
export function formsOf(secret: string): string[] {
  const nested = [secret]
  for (let depth = 0; depth < NESTING; depth++) nested.push(JSON.stringify(nested[depth]).slice(1, -1))
  const encoded = nested.slice(0, 2).flatMap((text) => base64Forms(Buffer.from(text, 'utf8')))
  return [...new Set([...nested, encodeURIComponent(secret), ...encoded])]
}

function base64Forms(bytes: Buffer): string[] {
  const whole = [bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')]
  return [...whole, ...[0, 1, 2].flatMap((before) => withinBase64(bytes, before))]
}

/** The characters that the bytes alone decide, where so many others (modulo 3) come before them. */
function withinBase64(bytes: Buffer, before: number): string[] {
  const all = Buffer.concat([Buffer.alloc(before), bytes])
  const [from, to] = [Math.ceil((before * 8) / BASE64_BITS), Math.floor((all.length * 8) / BASE64_BITS)]
  return to - from < SHORTEST_BASE64
    ? []
    : [all.toString('base64').slice(from, to), all.toString('base64url').slice(from, to)]
}
