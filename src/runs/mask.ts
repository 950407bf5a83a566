import { type FlowOutcome, withoutResponse } from '../dsl/index.ts'
import { parseJson } from '../lib/exact-json.ts'
import { createCutMask, hasCut } from './mask-cut.ts'
import { maskWrapped } from './mask-wrapped.ts'
import { SearchedText } from './searched-text.ts'

const MASK = '[secret]'
/** Shorter secrets are not masked: that would replace half of every record and protect nothing. */
const SHORTEST = 3

/** Strings and numbers in JSON text, which can contain secrets. The rest is structure and must not change. */
const SCALARS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g

/** Base64 and hexadecimal digits, which writers break into lines. */
const WRAPPABLE = /^[\w+/=-]{8,}$/
/** Line breaks as JSON text writes them, with the indentation of the next line. */
const WRITTEN_BREAKS = /(?:\\r)?\\n(?:\\t| )*/g

/** JSON text (as `JSON.stringify` writes it) with secrets replaced. */
export type Mask = (json: string) => string

/**
 * Replaces these secrets in each of their forms, in values and in names, and also the beginning of one that was cut.
 * @example
 * createMask(new Set(['hunter2']))('{"key":"hunter2"}') // '{"key":"[secret]"}'
 */
export function createMask(secrets: ReadonlySet<string>): Mask {
  if (secrets.size === 0) return unchanged
  // Longest first: if a shorter secret were replaced first, the rest of a longer one with the same beginning would
  // remain.
  const forms = [...new Set([...secrets].filter((secret) => secret.length >= SHORTEST).flatMap(formsOf))].sort(
    (a, b) => b.length - a.length
  )
  if (forms.length === 0) return (json) => json
  const all = forms.map((form) => ({
    form: new SearchedText(form),
    written: new SearchedText(JSON.stringify(form).slice(1, -1))
  }))
  const wrappable = all.filter(({ form }) => WRAPPABLE.test(form.text)).map(({ form }) => form)
  const maskBeforeCuts = createCutMask(
    all.map(({ form }) => form),
    MASK
  )

  return (json) => {
    const present = all.filter(({ written }) => written.isIn(json))
    const isCut = hasCut(json)
    const unwrapped = json.replace(WRITTEN_BREAKS, '')
    const wrapped = unwrapped === json ? [] : wrappable.filter((form) => form.isIn(unwrapped))
    if (present.length === 0 && wrapped.length === 0 && !isCut) return json
    return json.replace(SCALARS, (scalar) => {
      const isCutHere = isCut && hasCut(scalar)
      const isWrappedHere = wrapped.length > 0 && scalar.includes('\\n')
      if (!isCutHere && !isWrappedHere && !present.some(({ written }) => written.isIn(scalar))) return scalar
      if (!scalar.startsWith('"')) return `"${MASK}"`
      // Masks the decoded text and not the JSON escapes: characters after a backslash may look like a secret, and half
      // an escape is invalid JSON.
      const plain = present.reduce((text, { form }) => form.replaceIn(text, MASK), JSON.parse(scalar) as string)
      const masked = isWrappedHere ? maskWrapped(plain, wrapped, MASK) : plain
      return JSON.stringify(isCutHere ? maskBeforeCuts(masked) : masked)
    })
  }
}

function unchanged(json: string): string {
  return json
}

/** Masks one JSON text. For several with the same secrets, {@link createMask} prepares them once. */
export function maskJson(json: string, secrets: ReadonlySet<string>): string {
  return createMask(secrets)(json)
}

/** The mask of a growing set of secrets: each call masks every secret that was added before it. */
export function createGrowingMask(secrets: ReadonlySet<string>): Mask {
  let known = 0
  let mask = createMask(secrets)
  return (json) => {
    if (secrets.size !== known) {
      known = secrets.size
      mask = createMask(secrets)
    }
    return mask(json)
  }
}

/**
 * An outcome that is safe to return. Its error is masked, because the error of an expression can quote its input, and
 * it does not contain the response of an upstream.
 */
export function maskOutcome(outcome: FlowOutcome, secrets: ReadonlySet<string>): FlowOutcome {
  if (outcome.status !== 'failed') return outcome
  const error = withoutResponse(outcome.error)
  if (secrets.size === 0) return { ...outcome, error }
  return { ...outcome, error: parseJson(maskJson(JSON.stringify(error), secrets)) as typeof error }
}

/** How many levels of JSON within strings of JSON are masked: an error quotes as text what an upstream sent back. */
const NESTING = 2
/** Shorter base64 or hexadecimal texts are not searched for: they occur in other data by chance. */
const SHORTEST_ENCODED = 8
const PERCENT_ESCAPES = /%[0-9A-Fa-f]{2}/g
const BASE64_BITS = 6

/**
 * The forms of a secret in text: plain, within JSON, URL-encoded with either case of digits, in hexadecimal, and in
 * base64 at any offset of the encoded data.
 */
function formsOf(secret: string): string[] {
  const nested = [secret]
  for (let depth = 0; depth < NESTING; depth++) nested.push(JSON.stringify(nested[depth]).slice(1, -1))
  const encoded = nested.slice(0, 2).flatMap((text) => base64Forms(Buffer.from(text, 'utf8')))
  const escaped = [secret, encodeURIComponent(secret)]
  const lower = escaped.map((text) => text.replace(PERCENT_ESCAPES, (escape) => escape.toLowerCase()))
  return [...new Set([...nested, ...escaped, ...lower, ...hexForms(Buffer.from(secret, 'utf8')), ...encoded])]
}

function hexForms(bytes: Buffer): string[] {
  const hex = bytes.toString('hex')
  return hex.length < SHORTEST_ENCODED ? [] : [hex, hex.toUpperCase()]
}

function base64Forms(bytes: Buffer): string[] {
  const whole = [bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')]
  return [...whole, ...[0, 1, 2].flatMap((before) => withinBase64(bytes, before))]
}

/** The base64 characters that depend on these bytes alone, when `before` other bytes (modulo 3) precede them. */
function withinBase64(bytes: Buffer, before: number): string[] {
  const all = Buffer.concat([Buffer.alloc(before), bytes])
  const [from, to] = [Math.ceil((before * 8) / BASE64_BITS), Math.floor((all.length * 8) / BASE64_BITS)]
  return to - from < SHORTEST_ENCODED
    ? []
    : [all.toString('base64').slice(from, to), all.toString('base64url').slice(from, to)]
}
