import { isScalar, type Node } from 'yaml'
import { lineEnd } from './regions.ts'

/** The comment behind a position, in its line, with the space before it; '' where there is none. */
export function trailingComment(text: string, end: number): string {
  return /^[ \t]+#.*/.exec(text.slice(end, lineEnd(text, end)))?.[0] ?? ''
}

/** The comment on the line of the key, or behind a value of one line. */
export function commentBehind(text: string, colon: number, value: Node | null, end: number): string {
  return (
    trailingComment(text, colon) || (value && text.slice(colon, end).includes('\n') ? '' : trailingComment(text, end))
  )
}

/** The comment behind `|` or `>`. */
export function commentOnHeader(text: string, { range }: Node): string {
  const start = range?.[0] ?? 0
  return /\s#.*$/.exec(text.slice(start, lineEnd(text, start)))?.[0] ?? ''
}

/** Whether a text is written in lines of its own, after `|` or `>`. */
export function isBlockScalar(node: Node): boolean {
  return isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED')
}
