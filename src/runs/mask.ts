const MASK = '[secret]'
/** A shorter secret would turn half of every record into masks, and is none worth the name. */
const SHORTEST = 3

/** Strings and numbers of JSON text: what secrets can stand in. What is left is the structure, which must stay whole. */
const SCALARS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g

/** JSON text with secrets replaced. */
export type Mask = (json: string) => string

/** Replaces every one of these secrets, as it stands in JSON, in base64 or in a URL: in values and in names. */
export function createMask(secrets: ReadonlySet<string>): Mask {
  const known = [...secrets].filter((secret) => secret.length >= SHORTEST).flatMap(formsOf)
  if (known.length === 0) return (json) => json
  return (json) => {
    const forms = known.filter((form) => json.includes(form))
    if (forms.length === 0) return json
    return json.replace(SCALARS, (scalar) => {
      const masked = forms.reduce((text, form) => text.replaceAll(form, MASK), scalar.startsWith('"') ? scalar.slice(1, -1) : scalar)
      return scalar.startsWith('"') ? `"${masked}"` : masked === scalar ? scalar : `"${MASK}"`
    })
  }
}

export function maskJson(json: string, secrets: ReadonlySet<string>): string {
  return createMask(secrets)(json)
}

function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret, 'utf8').toString('base64').replace(/=+$/, '')
  const base64url = Buffer.from(secret, 'utf8').toString('base64url')
  return [...new Set([JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), base64, base64url])]
}
