import { isNumber } from '../../../../lib/exact-number.ts'
import { members } from '../access.ts'
import { add } from '../arithmetic.ts'
import { charge, handOver, raise, type Run } from '../run.ts'
import { hasRiskyEscape } from '../../../../lib/unicode.ts'
import { splitText, toJson, toText } from '../text.ts'
import { textSteps } from '../values.ts'
import type { Value0, Value1 } from './signature.ts'

// jq 1.8 trims Unicode's White_Space. JavaScript's own trim differs at U+0085 and U+FEFF.
const SPACE = '[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const SPACE_BEFORE = new RegExp(`^${SPACE}+`)
const SPACE_AFTER = new RegExp(`${SPACE}$`)

const none: Record<string, Value0> = {
  tostring: toText,
  tojson: toJson,
  fromjson: (input, run) => {
    const text = textual(input, run)
    charge(run, text.length)
    const value = tryParse(text)
    // If the round trip gives back the same text, it has no digits, key order or duplicate keys that only jq would
    // keep. Half of a surrogate pair survives it too, but only jq knows its meaning there.
    return value !== undefined && toJson(value, run) === text && !hasRiskyEscape(text) ? value : handOver()
  },
  ascii_downcase: (input, run) => textual(input, run).replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  ascii_upcase: (input, run) => textual(input, run).replace(/[a-z]+/g, (letters) => letters.toUpperCase()),
  ltrim: (input, run) => textual(input, run).replace(SPACE_BEFORE, ''),
  rtrim: (input, run) => trimEnd(textual(input, run)),
  trim: (input, run) => trimEnd(textual(input, run).replace(SPACE_BEFORE, '')),
  explode: (input, run) => {
    const text = textual(input, run)
    charge(run, text.length)
    return Array.from(text, (character) => character.codePointAt(0))
  }
}

const one: Record<string, Value1> = {
  startswith: (input, part, run) => {
    const [text, prefix] = both(input, part, run)
    return text.startsWith(prefix)
  },
  endswith: (input, part, run) => {
    const [text, suffix] = both(input, part, run)
    return text.endsWith(suffix)
  },
  ltrimstr: (input, part, run) => {
    const [text, prefix] = both(input, part, run)
    return text.startsWith(prefix) ? text.slice(prefix.length) : text
  },
  rtrimstr: (input, part, run) => {
    const [text, suffix] = both(input, part, run)
    return suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text
  },
  split: (input, separator, run) => {
    const [text, by] = both(input, separator, run)
    return splitText(text, by, run)
  },
  index: (input, part, run) => {
    const [text, sought] = sought2(input, part, run)
    const at = text.indexOf(sought)
    return at === -1 ? null : codePoints(text, at, run)
  },
  rindex: (input, part, run) => {
    const [text, sought] = sought2(input, part, run)
    const at = text.lastIndexOf(sought)
    return at === -1 ? null : codePoints(text, at, run)
  },
  join: (input, separator, run) => {
    if (separator !== null && typeof separator !== 'string') return handOver()
    let joined: unknown = null
    for (const member of members(input, run)) {
      const text = isNumber(member) || typeof member === 'boolean' ? toJson(member, run) : (member ?? '')
      if (typeof text !== 'string') return handOver()
      joined = add(joined === null ? '' : add(joined, separator, run), text, run)
    }
    return joined ?? ''
  }
}

/** Functions of texts. */
export const texts = { none, one }

function textual(input: unknown, run: Run): string {
  if (typeof input !== 'string') return handOver()
  charge(run, textSteps(input))
  return input
}

function both(input: unknown, part: unknown, run: Run): [string, string] {
  if (typeof input !== 'string' || typeof part !== 'string') return raise()
  charge(run, textSteps(input))
  return [input, part]
}

/** jq finds nothing for an empty text, and searches arrays in another way, so both are left to jq. */
function sought2(input: unknown, part: unknown, run: Run): [string, string] {
  if (typeof input !== 'string' || typeof part !== 'string' || part === '') return handOver()
  charge(run, textSteps(input) + textSteps(part))
  return [input, part]
}

/** jq counts positions in code points. */
function codePoints(text: string, end: number, run: Run): number {
  charge(run, textSteps(text))
  return Array.from(text.slice(0, end)).length
}

/** Checks from the end, character by character: a pattern anchored at the end would examine every run of spaces. */
function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && SPACE_AFTER.test(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
