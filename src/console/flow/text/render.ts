import { parseDocument, Scalar, stringify, visit } from 'yaml'
import { ExactNumber } from '../../lib/exact-json.ts'

const STYLE = { lineWidth: 0, singleQuote: true, doubleQuotedMinMultiLineLength: Infinity } as const
/** Options that write text of several lines on one line, with escaped line breaks. */
const QUOTED = {
  lineWidth: 0,
  blockQuote: false,
  defaultKeyType: 'PLAIN',
  defaultStringType: 'QUOTE_DOUBLE',
  doubleQuotedMinMultiLineLength: Infinity
} as const

/**
 * YAML's only exact numbers are integers: others become the nearest double. Text is quoted if it would be read back
 * differently: the parser cuts characters such as U+2028 from its ends, and takes blank lines below it as part of it.
 */
function exact(_key: unknown, value: unknown): unknown {
  if (typeof value === 'string' && /^[^\S \t\r\n]|[^\S \t\r\n]$|(^|\n)\n$/.test(value)) {
    return Object.assign(new Scalar(value), { type: Scalar.QUOTE_DOUBLE })
  }
  return value instanceof ExactNumber ? (value.integer ?? Number(value.toString())) : value
}

/** The text of a whole document. */
export function documentText(value: unknown): string {
  return stringify(value, exact, STYLE)
}

export interface Rendered {
  /** The text after the colon on its line: ` value`, ` |-`, or nothing. */
  head: string
  /** The lines below, each with a line break, indented from the column of the key; may be empty. */
  lines: string
}

/**
 * The text of a value behind a key in this column.
 * @param blocks whether text of several lines may be written as a block; otherwise it is quoted
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

/** The text of a key, quoted if necessary. */
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

/** Escapes line breaks: within brackets, text without quotes or in single quotes would span lines. */
function oneLine(value: unknown) {
  const style = JSON.stringify(value)?.includes(String.raw`\n`) ? QUOTED : STYLE
  return { ...style, collectionStyle: 'flow' } as const
}

/** Rewrites the text of a node in brackets as lines. Its comments stay. */
export function withoutBrackets(source: string): string {
  const doc = parseDocument(source)
  visit(doc, {
    Collection(_, node) {
      node.flow = false
    }
  })
  return doc.toString({ lineWidth: 0 })
}

/** Indents all lines that are not empty. */
export function indent(lines: string, column: number): string {
  // Lines of YAML end only with a line feed, but `^` also matches after U+2028.
  return lines.replaceAll(/(?<![^\n])(?=[^\n])/g, ' '.repeat(column))
}
