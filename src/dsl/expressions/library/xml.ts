import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser'
import { isObject } from '../../../lib/json.ts'
import type { Answer } from './answer.ts'

/** The deepest nesting of elements that is read or written. */
const MAX_NESTING = 256
const ATTRIBUTE_PREFIX = '@_'
const TEXT = '#text'
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const REFERENCE = /&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|([A-Za-z][A-Za-z0-9._-]*));|&/g
// What XML 1.0 (section 2.2) leaves out of its characters.
// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

/**
 * Reads XML: attributes become `@_name`, text beside attributes or elements becomes `#text`, repeated elements become
 * lists. Every value is text. White space between elements is dropped; all other white space is kept.
 * @throws Error for text that is not well-formed, or has a DOCTYPE
 */
export function parseXml(text: unknown): Answer {
  if (typeof text !== 'string') throw new Error('xml.parse reads text only')
  const bare = text.replace(/^\ufeff/, '')
  requireWellFormed(bare)
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: ATTRIBUTE_PREFIX,
    textNodeName: TEXT,
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    maxNestedTags: MAX_NESTING,
    onDangerousProperty: (name) => name,
    // The library's own decoder limits the number of references. This one knows only those of XML itself.
    entityDecoder: {
      decode: decodeReferences,
      reset: () => {},
      setXmlVersion: () => {},
      setExternalEntities: () => {},
      addInputEntities: () => {
        throw new Error('a DOCTYPE is not accepted')
      }
    }
  })
  const value: unknown = parser.parse(bare)
  const document = withoutLayout(value)
  requireOneRoot(document, 'the text is not well-formed XML: it has one root element')
  return { value: document }
}

/** The library calls `sanitizeName` for names that XML does not allow. Its types leave that out. */
const WRITING = {
  ignoreAttributes: false,
  attributeNamePrefix: ATTRIBUTE_PREFIX,
  textNodeName: TEXT,
  suppressBooleanAttributes: false,
  maxNestedTags: MAX_NESTING,
  sanitizeName: (name: string): never => {
    throw new Error(`${JSON.stringify(name)} is not a name in XML`)
  }
}

/**
 * Writes XML on one line: the reverse of {@link parseXml}.
 * @throws Error for names and characters that XML does not allow, and unless there is exactly one root element
 */
export function formatXml(value: unknown): Answer {
  requireOneRoot(value, 'what xml.format writes is an object with one member, the root element')
  const builder = new XMLBuilder(WRITING)
  const text = builder.build(value)
  if (FORBIDDEN.test(text)) throw new Error('the text has a character that XML does not allow')
  requireWellFormed(text)
  return { value: text }
}

function requireWellFormed(text: string): void {
  const verdict = XMLValidator.validate(text)
  if (verdict !== true) {
    const { msg, line, col } = verdict.err
    throw new Error(`the text is not well-formed XML: ${msg} (line ${line}, column ${col ?? 1})`)
  }
}

/** Instructions such as `?xml` may stand beside the root. The validator accepts several roots. */
function requireOneRoot(value: unknown, message: string): void {
  const roots = isObject(value) ? Object.entries(value).filter(([name]) => !name.startsWith('?')) : []
  if (roots.length !== 1 || roots[0]?.[0] === TEXT || Array.isArray(roots[0]?.[1])) throw new Error(message)
}

function decodeReferences(text: string): string {
  return text.replace(REFERENCE, (whole, decimal?: string, hex?: string, name?: string) => {
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
    const known = name === undefined ? character(code) : Object.hasOwn(NAMED, name) ? NAMED[name] : undefined
    if (known === undefined) throw new Error(`${JSON.stringify(whole)} does not refer to an XML character`)
    return known
  })
}

function character(code: number): string | undefined {
  if (!(code > 0 && code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff)) return undefined
  const text = String.fromCodePoint(code)
  return FORBIDDEN.test(text) ? undefined : text
}

/** Drops white space between the elements of an element. */
function withoutLayout(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutLayout)
  if (!isObject(value)) return value
  const names = Object.keys(value)
  const hasElements = names.some((name) => name !== TEXT && !name.startsWith(ATTRIBUTE_PREFIX))
  return Object.fromEntries(
    names
      .filter((name) => !(name === TEXT && hasElements && String(value[name]).trim() === ''))
      .map((name) => [name, withoutLayout(value[name])])
  )
}
