/** A text in parts that can be read one by one. Each begins where the one before it ends. */
export interface SplitText {
  /** The text above the steps, with the line `do:` at its end. */
  head: string
  /** The texts of the steps of `do`, each with the comments right above it. */
  steps: readonly string[]
  /** Members of the flow below the steps. */
  tail: string
}

const HEAD = /^do:[ \t]*(?:#.*)?\r?\n/m
const FIRST_DASH = /(?:[ \t]*(?:#.*)?\r?\n)*?( *)-(?=\s)/y
/** The rest of a line with nothing but blanks or a comment. */
const WITHOUT_CONTENT = /[ \t]*(?:#|\r?(?:\n|$))/y
/** Markers of YAML that end a document, and directives. */
const DOCUMENT_MARK = /^(?:---|\.\.\.|%)/m
const DIRECTIVE = /^%/m

/**
 * Cuts the text of a flow between its steps, only by their dashes. Whether a part is a step shows when it is read: if a
 * cut goes through something longer than a line, the part does not parse. Undefined if the steps are not in lines.
 */
export function splitText(text: string): SplitText | undefined {
  const start = HEAD.exec(text)
  if (!start) return undefined
  const top = start.index + start[0].length
  FIRST_DASH.lastIndex = top
  const first = FIRST_DASH.exec(text)
  if (!first) return undefined
  const { cuts, end } = cutsBetween(text, top, first[1]?.length ?? 0)
  const head = text.slice(0, cuts[0] ?? top)
  const below = text.slice(cuts[0] ?? top)
  if (DIRECTIVE.test(head) || DOCUMENT_MARK.test(below)) return undefined
  return {
    head,
    steps: cuts.map((from, index) => text.slice(from, cuts[index + 1] ?? end)),
    tail: text.slice(end)
  }
}

/** The offsets of the steps whose dashes are in a column, and the end of the last one. */
function cutsBetween(text: string, top: number, column: number): { cuts: number[]; end: number } {
  const cuts: number[] = []
  let comments: number | undefined
  for (let at = top; at < text.length;) {
    const newline = text.indexOf('\n', at)
    const next = newline < 0 ? text.length : newline + 1
    let content = at
    while (text[content] === ' ') content++
    const char = text[content]
    WITHOUT_CONTENT.lastIndex = content
    const empty = WITHOUT_CONTENT.test(text)
    const own = content - at === column
    if (own && char === '-' && /\s|^$/.test(text[content + 1] ?? '')) {
      cuts.push(comments ?? at)
    } else if (!empty && content - at <= column) {
      return { cuts, end: at }
    }
    comments = own && char === '#' ? (comments ?? at) : undefined
    at = next
  }
  return { cuts, end: text.length }
}
