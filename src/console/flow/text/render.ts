import { parseDocument, Scalar, stringify, visit } from 'yaml'
import { ExactNumber } from '../../lib/exact-json.ts'

const STYLE = { lineWidth: 0, singleQuote: true, doubleQuotedMinMultiLineLength: Infinity } as const
/** Text of several lines in one line, with its line breaks escaped. */
const QUOTED = {
  lineWidth: 0,
  blockQuote: false,
  defaultKeyType: 'PLAIN',
  defaultStringType: 'QUOTE_DOUBLE',
  doubleQuotedMinMultiLineLength: Infinity
} as const

/**
 * YAML has no other exact numbers than integers: the others become the nearest double. Quoted is text that would come
 * back different: the parser cuts spaces that are none in YAML, such as U+2028, from its ends, and takes blank lines
 * below it for blank lines that it ends with.
 */
function exact(_key: unknown, value: unknown): unknown {
  if (typeof value === 'string' && /^[^\S \t\r\n]|[^\S \t\r\n]$|(^|\n)\n$/.test(value)) {
    return Object.assign(new Scalar(value), { type: Scalar.QUOTE_DOUBLE })
  }
  return value instanceof ExactNumber ? (value.integer ?? Number(value.toString())) : value
}

/** A whole text for a value. */
export function documentText(value: unknown): string {
  return stringify(value, exact, STYLE)
}

export interface Rendered {
  /** What follows the colon on its line: ` value`, ` |-`, or nothing. */
  head: string
  /** Lines below, each with a line break, indented from the column of the key; empty where there are none. */
  lines: string
}

/**
 * A value as it follows a key, with the key in this column.
 * @param blocks whether text of several lines may stand in lines of its own; otherwise it is quoted
 */
export function valueAfterKey(value: unknown, column: number, blocks = true): Rendered {
  const style = blocks ? STYLE : QUOTED
  const text = stringify({ k: value }, exact, style).slice('k:'.length)
  const end = text.indexOf('\n')
  return { head: text.slice(0, end), lines: indent(text.slice(end + 1), column) }
}

/** `key: value` in lines, with the key in this column. */
export function pairLines(key: string, value: unknown, column: number): string {
  return indent(stringify({ [key]: value }, exact, STYLE), column)
}

/** `- value` in lines, with the dash in this column. */
export function itemLines(value: unknown, column: number): string {
  return indent(stringify([value], exact, STYLE), column)
}

/** A key as it must be written. */
export function keyText(key: string): string {
  return stringify({ [key]: 1 }, STYLE).replace(/: 1\n$/, '')
}

/** A value within brackets, on one line. */
export function inBrackets(value: unknown): string {
  const text = stringify([value], exact, oneLine(value)).trimEnd()
  return text.replace(/^\[\s*/, '').replace(/,?\s*\]$/, '')
}

/** `key: value` within brackets, on one line. */
export function pairInBrackets(key: string, value: unknown): string {
  const text = stringify({ [key]: value }, exact, oneLine(value)).trimEnd()
  return text.replace(/^\{\s*/, '').replace(/,?\s*\}$/, '')
}

/** Line breaks are escaped: within brackets, text without quotes or in single ones would spread over lines. */
function oneLine(value: unknown) {
  const style = JSON.stringify(value)?.includes(String.raw`\n`) ? QUOTED : STYLE
  return { ...style, collectionStyle: 'flow' } as const
}

/** The text of a node that is written in brackets, written in lines instead. Its comments stay. */
export function withoutBrackets(source: string): string {
  const doc = parseDocument(source)
  visit(doc, {
    Collection(_, node) {
      node.flow = false
    }
  })
  return doc.toString({ lineWidth: 0 })
}

export function indent(lines: string, column: number): string {
  // Lines of YAML end with a line feed only; for `^` they also end with U+2028.
  return lines.replaceAll(/(?<![^\n])(?=[^\n])/g, ' '.repeat(column))
}
