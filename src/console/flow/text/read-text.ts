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

/** A text that was cut into parts; `read` is missing for as long as reading the whole of it was put off. */
interface Kept {
  text: string
  parts: readonly FlowText[]
  read: ReadText | undefined
}

/** The text as it is, the one before it, and one in between: views follow at their own pace. */
const KEPT = 3
/** Characters that are parsed within a few milliseconds. */
const SHORT = 8000
const reads: Kept[] = []
let knownParts: ReadonlyMap<string, FlowText> = new Map()

/**
 * Reads a text, with the places of everything in it. What an earlier text had in common with it is not parsed again:
 * one key costs as much as the step that it is typed in. The answer is that of `readWhole`.
 */
export function readText(text: string): ReadText {
  const kept = keptOf(text)
  kept.read ??= readWhole(text)
  return kept.read
}

/** What `readText` answers; undefined where a long text must be parsed from its start to its end for that. */
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

/**
 * The smallest part of a text that was read by itself and holds the value at a path, and the path within it.
 */
export function partAt(read: ReadText, path: Path): TextPart & { path: Path } {
  const [first, index, ...rest] = path
  const part = first === 'do' && index !== undefined ? read.parts?.steps[Number(index)] : undefined
  return part ? { ...part, path: [0, ...rest] } : { from: 0, read, path }
}

/** The step of the flow's own list that a place in the text belongs to, with its index. */
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

/** The text from what its parts hold; undefined where they do not fit together without being read as one. */
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
    // Two steps of the same text are two.
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

/** A map in lines from the first column that ends with an empty `do`. */
function isHead({ sound, doc: { contents } }: FlowText): boolean {
  if (!sound || !isMap(contents) || contents.flow) return false
  const last = contents.items.at(-1)
  return (
    last !== undefined && isScalar(last.key) && last.key.value === 'do' && last.value !== null && isEmpty(last.value)
  )
}

/** Nothing at all, or a map in lines from the first column. */
function isTail({ sound, text, doc: { contents } }: FlowText): boolean {
  if (!sound) return false
  if (contents === null) return true
  const [first] = isMap(contents) && !contents.flow ? contents.items : []
  return first !== undefined && /(?:^|\n)$/.test(text.slice(0, keyStart(first)))
}

/** The column of the one dash of a step; undefined where the part is something else. */
function columnOfDash(part: TextPart | undefined): number | undefined {
  const { contents } = part?.read.sound ? part.read.doc : {}
  if (!part || !isSeq(contents) || contents.flow || contents.items.length !== 1) return undefined
  const dash = dashOf(contents, 0)
  return dash === undefined ? undefined : dash - (part.read.text.lastIndexOf('\n', dash - 1) + 1)
}
