import { isMap, isScalar, isSeq, type Document } from 'yaml'
import { isRecord } from '../tasks.ts'
import { isEmpty, keyStart } from './nodes.ts'
import { readWhole, type FlowText, type Path } from './read-whole.ts'
import { dashOf } from './regions.ts'
import { splitText } from './split-text.ts'

/** A part of a text, and where it begins. */
export interface TextPart {
  from: number
  read: FlowText
}

/** A text whose parts were read. */
export interface ReadText extends FlowText {
  /** What is above the steps, and each of the steps; undefined where the text was read as a whole. */
  parts?: { head: FlowText; steps: readonly TextPart[] }
}

/** A text that was cut into parts. `read` is missing while the reading of the whole text is postponed. */
interface Kept {
  text: string
  parts: readonly FlowText[]
  read: ReadText | undefined
}

/**
 * How many texts are kept: the present one, the one before it, and one in between, because views follow with a delay.
 */
const KEPT = 3
/** A text with fewer characters is parsed within a few milliseconds. */
const SHORT = 8000
const reads: Kept[] = []
let knownParts: ReadonlyMap<string, FlowText> = new Map()

/**
 * Reads a text with the positions of all its nodes. Parts that an earlier text had too are not parsed again, so one key
 * costs as much as the step in which it is typed. The result is that of `readWhole`.
 */
export function readText(text: string): ReadText {
  const kept = keptOf(text)
  kept.read ??= readWhole(text)
  return kept.read
}

/** The result of `readText`; undefined if a long text would have to be parsed as a whole for it. */
export function readQuickly(text: string): ReadText | undefined {
  return text.length <= SHORT ? readText(text) : keptOf(text).read
}

function keptOf(text: string): Kept {
  const known = reads.find((each) => each.text === text)
  if (known) return known
  const kept = readParts(text)
  reads.unshift(kept)
  reads.length = Math.min(reads.length, KEPT)
  knownParts = new Map(reads.flatMap((each) => each.parts.map((part) => [part.text, part])))
  return kept
}

/** The smallest separately read part of a text that contains the value at a path, and the path within it. */
export function partAt(read: ReadText, path: Path): TextPart & { path: Path } {
  const [first, index, ...rest] = path
  const part = first === 'do' && index !== undefined ? read.parts?.steps[Number(index)] : undefined
  return part ? { ...part, path: [0, ...rest] } : { from: 0, read, path }
}

/** The step of the top list of the flow at an offset in the text, with its index. */
export function stepPartAround({ parts }: ReadText, at: number): (TextPart & { index: number }) | undefined {
  const index = parts?.steps.findLastIndex(({ from }) => from <= at) ?? -1
  const part = parts?.steps[index]
  return part && { ...part, index }
}

function readParts(text: string): Kept {
  const split = splitText(text)
  if (!split) return { text, parts: [], read: undefined }
  const read = (part: string): FlowText => knownParts.get(part) ?? readWhole(part)
  const head = read(split.head)
  const tail = read(split.tail)
  const steps: TextPart[] = []
  let from = split.head.length
  for (const part of split.steps) {
    steps.push({ from, read: read(part) })
    from += part.length
  }
  return { text, parts: [head, ...steps.map((each) => each.read), tail], read: joined(text, head, steps, tail) }
}

/** Joins the parts of a text; undefined if they do not fit together unless they are read as one. */
function joined(text: string, head: FlowText, steps: readonly TextPart[], tail: FlowText): ReadText | undefined {
  const above = head.data
  const below = tail.data ?? {}
  if (!isHead(head) || !isRecord(above) || !isTail(tail) || !isRecord(below)) return undefined
  if (Object.keys(below).some((key) => key in above)) return undefined
  const column = columnOfDash(steps[0])
  const items: unknown[] = []
  const seen = new Set<FlowText>()
  for (const step of steps) {
    const { read } = step
    if (columnOfDash(step) !== column || !Array.isArray(read.data)) return undefined
    // Two steps with the same text must be two values.
    items.push(seen.has(read) ? structuredClone(read.data[0]) : read.data[0])
    seen.add(read)
  }
  let whole: Document.Parsed | undefined
  return {
    text,
    sound: true,
    data: { ...above, do: items, ...below },
    errors: [],
    get doc() {
      whole ??= readWhole(text).doc
      return whole
    },
    parts: { head, steps }
  }
}

/** Whether a part is a map in lines from the first column that ends with an empty `do`. */
function isHead({ sound, doc: { contents } }: FlowText): boolean {
  if (!sound || !isMap(contents) || contents.flow) return false
  const last = contents.items.at(-1)
  return (
    last !== undefined && isScalar(last.key) && last.key.value === 'do' && last.value !== null && isEmpty(last.value)
  )
}

/** Whether a part is empty, or a map in lines from the first column. */
function isTail({ sound, text, doc: { contents } }: FlowText): boolean {
  if (!sound) return false
  if (contents === null) return true
  const [first] = isMap(contents) && !contents.flow ? contents.items : []
  // A tag or an anchor above the first key would be that of the map here, and of the key in the whole text.
  return first !== undefined && /^(?: *(?:#[^\n]*)?\r?\n)*$/.test(text.slice(0, keyStart(first)))
}

/** The column of the one dash of a step; undefined where the part is something else. */
function columnOfDash(part: TextPart | undefined): number | undefined {
  const { contents } = part?.read.sound ? part.read.doc : {}
  if (!part || !isSeq(contents) || contents.flow || contents.items.length !== 1) return undefined
  const dash = dashOf(contents, 0)
  return dash === undefined ? undefined : dash - (part.read.text.lastIndexOf('\n', dash - 1) + 1)
}
