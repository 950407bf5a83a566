import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  type Scalar,
  visit,
  type YAMLError,
  type YAMLMap,
  YAMLParseError,
  type YAMLSeq
} from 'yaml'
import { parseJson } from '../lib/exact-json.ts'
import { DOCUMENT_LIMITS } from './limits.ts'
import { pointerSteps } from '../lib/json-pointer.ts'
import { dataOf, foreignTag } from './yaml-data.ts'

/**
 * One fault of a document: its place (RFC 6901), a message, and for a document read from text the position, counted
 * from 1.
 */
export interface DocumentFault {
  pointer: string
  message: string
  line?: number
  column?: number
}

export interface ParsedDocument {
  /** JSON data; `undefined` if the text has faults that leave no data. */
  document: unknown
  faults: DocumentFault[]
  /**
   * The position in the text of the value at a pointer; for a pointer to nothing, the position of the nearest value
   * above it.
   */
  locate(pointer: string): { line: number; column: number } | undefined
}

const ROOT = ''

/**
 * Reads a document from text. Never throws: an unreadable text is a fault. Refuses aliases, tags that JSON has no type
 * for and duplicate keys before it expands anything, so that they cost nothing. Numbers keep their digits
 * (`ExactNumber`). The longest text takes over a quarter of a second, so a server parses it on another thread.
 * @example
 * const { document, faults } = parseDocument('document: { dsl: 1.0.3 … }', 'yaml')
 */
export function parseDocument(text: string, format: 'json' | 'yaml'): ParsedDocument {
  if (Buffer.byteLength(text) > DOCUMENT_LIMITS.bytes)
    return unreadable(`The document is larger than ${DOCUMENT_LIMITS.bytes} bytes.`)
  if (openBrackets(text) > DOCUMENT_LIMITS.nesting * 4)
    return unreadable(`The document is nested more than ${DOCUMENT_LIMITS.nesting} deep.`)
  const json = format === 'json' ? readJson(text) : undefined
  if (json !== undefined && 'fault' in json)
    return { document: undefined, faults: [json.fault], locate: () => undefined }
  const lines = new LineCounter()
  let yaml: Document.Parsed
  try {
    yaml = readYaml(text, lines)
  } catch {
    return unreadable(`The document is nested more than ${DOCUMENT_LIMITS.nesting} deep.`)
  }
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const locate = (pointer: string): { line: number; column: number } | undefined => {
    const offset = offsetOf(yaml, pointer)
    return offset === undefined ? undefined : at(offset)
  }
  // A text that JSON.parse accepts is valid JSON, even where the YAML parser objects (to its tabs, for example). Only
  // its duplicate keys are faults.
  const errors = json === undefined ? [...yaml.errors, ...yaml.warnings].slice(0, DOCUMENT_LIMITS.faults) : []
  const faults = [
    ...errors.map((error) => ({ pointer: ROOT, message: describe(error), ...at(error.pos[0]) })),
    ...refusals(yaml, at)
  ].slice(0, DOCUMENT_LIMITS.faults)
  if (faults.length > 0) return { document: json?.value, faults, locate }
  return { document: json === undefined ? dataOf(yaml.contents) : json.value, faults, locate }
}

function readYaml(text: string, lines: LineCounter): Document.Parsed {
  const parser = new Parser(lines.addNewLine)
  const tokens: CST.Token[] = []
  lines.addNewLine(0)
  for (const lexeme of new Lexer().lex(text)) tokens.push(...parser.next(lexeme))
  tokens.push(...parser.end())
  const composer = new Composer({
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
    keepSourceTokens: true
  })
  const [first, second] = [...composer.compose(tokens, true, text.length)]
  if (first === undefined) throw new TypeError('the parser gave no document')
  if (second !== undefined)
    first.errors.push(
      new YAMLParseError([second.range[0], second.range[1]], 'MULTIPLE_DOCS', 'the text holds several documents')
    )
  return first
}

function unreadable(message: string): ParsedDocument {
  return { document: undefined, faults: [{ pointer: ROOT, message }], locate: () => undefined }
}

function readJson(text: string): { value: unknown } | { fault: DocumentFault } {
  try {
    return { value: parseJson(text) }
  } catch (error) {
    const message = error instanceof Error ? error.message : 'unreadable'
    const position = /at position (\d+)/.exec(message)?.[1]
    const before = position === undefined ? undefined : text.slice(0, Number(position)).split('\n')
    const place = before === undefined ? {} : { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
    return { fault: { pointer: ROOT, message: `The document is not JSON: ${message}`, ...place } }
  }
}

/**
 * The largest number of open brackets at any point, strings ignored. The parsers recurse, so a text of nothing but
 * brackets must not reach them.
 */
function openBrackets(text: string): number {
  let open = 0
  let most = 0
  for (const char of text) {
    if (char === '[' || char === '{') most = Math.max(most, ++open)
    else if ((char === ']' || char === '}') && open > 0) open--
  }
  return most
}

/** Faults for features of YAML that JSON data does not have. */
function refusals(yaml: Document.Parsed, at: (offset: number) => { line: number; column: number }): DocumentFault[] {
  const faults: DocumentFault[] = []
  const refuse = (node: { range?: readonly number[] | null | undefined }, message: string): void => {
    faults.push({ pointer: ROOT, message, ...at(node.range?.[0] ?? 0) })
  }
  const refuseTag = (node: Scalar | YAMLMap | YAMLSeq): void => {
    const tag = foreignTag(node)
    if (tag !== undefined) refuse(node, `The tag ${tag} is refused: write the value as JSON has it.`)
  }
  visit(yaml, {
    // The parser leaves such a value out of the data and reports no error.
    Pair: (_, { value, srcToken }) => {
      if (srcToken?.value && !value)
        refuse({ range: [srcToken.value.offset] }, 'The value of a key after "?" needs a ":" before it.')
    },
    Alias: (_, node) => refuse(node, `Aliases are refused: write the value instead of *${node.source}.`),
    Seq: (_, node) => refuseTag(node),
    Scalar: (_, node) => {
      refuseTag(node)
      if (typeof node.value === 'number' && typeof dataOf(node) === 'number' && !Number.isFinite(node.value))
        refuse(node, 'Numbers that are not finite are refused.')
    },
    // Checked here, because the parser's own check compares each key with every other.
    Map: (_, map) => {
      refuseTag(map)
      const seen = new Set<string>()
      for (const { key } of map.items) {
        if (!isScalar(key) || key.value === null || typeof key.value === 'object') {
          refuse(isScalar(key) || isMap(key) || isSeq(key) ? key : map, 'A key must be text.')
        } else {
          const name = String(key.value)
          if (seen.has(name)) refuse(key, `The key ${JSON.stringify(name)} is there twice.`)
          seen.add(name)
        }
      }
    }
  })
  return faults
}

function offsetOf(yaml: Document.Parsed, pointer: string): number | undefined {
  let node: unknown = yaml.contents
  let offset = rangeStart(node)
  for (const step of pointerSteps(pointer)) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === step)
      if (pair === undefined) break
      offset = rangeStart(pair.key) ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(step)]
      offset = rangeStart(node) ?? offset
    } else {
      break
    }
  }
  return offset
}

function rangeStart(node: unknown): number | undefined {
  return isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? node.range?.[0] : undefined
}

function describe(error: YAMLError): string {
  return `The document is not YAML: ${error.message.split('\n', 1)[0]}`
}
