const MASK = '[secret]'
/** A shorter secret would turn half of every record into masks, and is none worth the name. */
const SHORTEST = 3

/** JSON text in which every secret, as it stands in JSON, in base64 or in a URL, is replaced: in values and in names. */
export function maskJson(json: string, secrets: ReadonlySet<string>): string {
  let masked = json
  for (const secret of secrets) {
    if (secret.length < SHORTEST) continue
    for (const form of formsOf(secret)) masked = masked.replaceAll(form, MASK)
  }
  return masked
}

function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret, 'utf8').toString('base64').replace(/=+$/, '')
  const base64url = Buffer.from(secret, 'utf8').toString('base64url')
  return [...new Set([JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), base64, base64url])]
}
