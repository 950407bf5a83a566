import { isMap, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import { contentEnd, keyStart } from './nodes.ts'

/** A part of the text in whole lines, with the comments that belong to it. */
export interface Region {
  from: number
  /** After its last line break, or at the end of the text. */
  to: number
}

export const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1
export const lineEnd = (text: string, at: number): number => {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}
const columnOf = (text: string, at: number): number => at - lineStart(text, at)

/** The offset of the dash of an item. */
export function dashOf(list: YAMLSeq, index: number): number | undefined {
  const token = list.srcToken
  if (token?.type !== 'block-seq') return undefined
  return token.items[index]?.start.find(({ type }) => type === 'seq-item-ind')?.offset
}

/** The column of the dashes of a list in lines, or of the keys of a map in lines. */
export function columnOfBlock(text: string, node: YAMLMap | YAMLSeq): number {
  const start = isSeq(node) ? dashOf(node, 0) : isMap(node) && node.items[0] ? keyStart(node.items[0]) : undefined
  return start === undefined ? 0 : columnOf(text, start)
}

/** An item of a list in lines, with its own comments above it, and deeper comments and blank lines below it. */
export function itemRegion(text: string, list: YAMLSeq, index: number): Region {
  const dash = dashOf(list, index) ?? 0
  const item = list.items[index] as Node | null
  const end = contentEnd(item) ?? dash + 1
  return regionOf(text, dash, Math.max(end, dash + 1), floorOf(list, index))
}

/** A member of a map in lines. If the first one is behind a dash, its region starts at its key. */
export function pairRegion(text: string, map: YAMLMap, index: number): Region {
  const pair = map.items[index] as Pair
  const start = keyStart(pair)
  const before = map.items[index - 1]
  return regionOf(text, start, contentEnd(pair) ?? start, before ? (contentEnd(before) ?? 0) : 0)
}

function floorOf(list: YAMLSeq, index: number): number {
  return index === 0 ? 0 : (contentEnd(list.items[index - 1] as Node | null) ?? 0)
}

function regionOf(text: string, start: number, end: number, floor: number): Region {
  const column = columnOf(text, start)
  const first = lineStart(text, start)
  const alone = text.slice(first, start).trim() === ''
  return { from: alone ? commentsAbove(text, first, column, floor) : start, to: linesTo(text, end, column) }
}

/** The start of the comment lines right above, in the same column. */
function commentsAbove(text: string, first: number, column: number, floor: number): number {
  let from = first
  while (from > 0) {
    const above = lineStart(text, from - 1)
    const line = text.slice(above, from - 1)
    if (above < floor || !line.trimStart().startsWith('#') || line.search(/\S/) !== column) break
    from = above
  }
  return from
}

/** Whether lines below the line of `end` would become part of a block of text that ends there, or break it. */
export function hasDeepLineBelow(text: string, end: number, column: number): boolean {
  return linesTo(text, end, column) > endOfLine(text, end)
}

/** The end of the line of `end`, and of the deep comments and blank lines below it. */
function linesTo(text: string, end: number, column: number): number {
  let to = endOfLine(text, end)
  for (let at = to; at < text.length;) {
    const next = Math.min(text.length, lineEnd(text, at) + 1)
    const line = text.slice(at, next)
    const isComment = line.trimStart().startsWith('#')
    if (!isComment && line.trim() !== '') break
    const deep = isDeep(line, isComment ? column : column + 2)
    if (isComment && !deep) break
    if (deep) to = next
    at = next
  }
  return to
}

/** Whether a line without content is indented deeper than the column, or by tabs, which no block of text can end at. */
function isDeep(line: string, column: number): boolean {
  const [indentation = ''] = /^[ \t]*/.exec(line) ?? []
  return indentation.length > column || indentation.includes('\t')
}

/** The content of a block scalar ends with its line break. */
function endOfLine(text: string, end: number): number {
  return text[end - 1] === '\n' ? end : Math.min(text.length, lineEnd(text, end) + 1)
}

/** Indents lines by more or less. */
export function shifted(lines: string, by: number): string {
  if (by === 0) return lines
  return lines
    .split('\n')
    .map((line) => {
      if (/^(?:\t|\r?$)/.test(line)) return line
      if (by > 0) return ' '.repeat(by) + line
      return line.slice(Math.min(-by, /^[ ]*/.exec(line)?.[0].length ?? 0))
    })
    .join('\n')
}
