import type { FlowOutcome } from '../dsl/index.ts'

const MASK = '[secret]'
/** A shorter secret would turn half of every record into masks, and is none worth the name. */
const SHORTEST = 3
/** So many characters are seen as the beginning of a secret where a text was cut. */
const SHORTEST_BEGINNING = 4

/** Strings and numbers of JSON text: what secrets can stand in. What is left is the structure, which must stay whole. */
const SCALARS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g
/** Where messages and consoles were cut: what stands before may be the beginning of a secret. */
const CUTS = ['...', '…']

/** JSON text (as `JSON.stringify` writes it) with secrets replaced. */
export type Mask = (json: string) => string

/** Replaces every one of these secrets in each of its forms, in values and in names; and what is left of one before a cut. */
export function createMask(secrets: ReadonlySet<string>): Mask {
  // The longest first: of two that begin alike, nothing of the longer one stays.
  const forms = [...new Set([...secrets].filter((secret) => secret.length >= SHORTEST).flatMap(formsOf))].sort(
    (a, b) => b.length - a.length
  )
  if (forms.length === 0) return (json) => json
  const all = forms.map((form) => ({ form, written: JSON.stringify(form).slice(1, -1) }))

  return (json) => {
    const present = all.filter(({ written }) => json.includes(written))
    const isCut = hasCut(json)
    if (present.length === 0 && !isCut) return json
    return json.replace(SCALARS, (scalar) => {
      const isCutHere = isCut && hasCut(scalar)
      if (!isCutHere && !present.some(({ written }) => scalar.includes(written))) return scalar
      if (!scalar.startsWith('"')) return `"${MASK}"`
      // As a text, and not as it is written: what follows an escape may look like a secret, and half an escape is no JSON.
      const masked = present.reduce((text, { form }) => text.replaceAll(form, MASK), JSON.parse(scalar) as string)
      return JSON.stringify(isCutHere ? maskBeforeCuts(masked, forms) : masked)
    })
  }
}

export function maskJson(json: string, secrets: ReadonlySet<string>): string {
  return createMask(secrets)(json)
}

/** How a run ended, as it may be told: an expression's error can quote what it was given. */
export function maskOutcome(outcome: FlowOutcome, secrets: ReadonlySet<string>): FlowOutcome {
  if (outcome.status !== 'failed' || secrets.size === 0) return outcome
  return { ...outcome, error: JSON.parse(maskJson(JSON.stringify(outcome.error), secrets)) as typeof outcome.error }
}

function hasCut(text: string): boolean {
  return CUTS.some((cut) => text.includes(cut))
}

/** By the secrets and not by the cuts, of which a text can have any number. */
function maskBeforeCuts(text: string, forms: readonly string[]): string {
  return forms.reduce(maskBeginnings, text)
}

function maskBeginnings(text: string, form: string): string {
  const head = form.slice(0, SHORTEST_BEGINNING)
  let masked = ''
  let from = 0
  for (let at = text.indexOf(head); at !== -1; at = text.indexOf(head, Math.max(from, at + 1))) {
    let end = at + head.length
    while (end - at < form.length && text.charCodeAt(end) === form.charCodeAt(end - at)) end++
    if (!CUTS.some((cut) => text.startsWith(cut, end))) continue
    masked += text.slice(from, at) + MASK
    from = end
  }
  return masked + text.slice(from)
}

/** JSON inside a string of JSON, this often: what an upstream echoes as text, quoted by an error. */
const NESTING = 2
/** Fewer characters of base64 stand in other data by chance. */
const SHORTEST_BASE64 = 8
const BASE64_BITS = 6

/** What a secret looks like in text: as it is, within JSON, in a URL, and in base64 at any place in what was encoded. */
function formsOf(secret: string): string[] {
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
