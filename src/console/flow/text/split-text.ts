/** A text in parts that can be read one by one. Each begins where the one before it ends. */
export interface SplitText {
  /** What stands above the steps, with the line `do:` at its end. */
  head: string
  /** The steps of `do` in lines, each with the comments right above it. */
  steps: readonly string[]
  /** Members of the flow below the steps. */
  tail: string
}

const HEAD = /^do:[ \t]*(?:#.*)?\r?\n/m
const FIRST_DASH = /(?:[ \t]*(?:#.*)?\r?\n)*?( *)-(?=\s)/y
/** Marks of YAML that end a document, or say how to read one. */
const DOCUMENT_MARK = /^(?:---|\.\.\.|%)/m
const DIRECTIVE = /^%/m

/**
 * Cuts a flow's text between its steps, by their dashes alone. Whether a part is one, reading it tells: where a cut
 * goes through something that is longer than a line, the part does not parse. Undefined where the steps are not in
 * lines.
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

/** Where the steps begin whose dashes stand in a column, and where the first line is that belongs to none of them. */
function cutsBetween(text: string, top: number, column: number): { cuts: number[]; end: number } {
  const cuts: number[] = []
  let comments: number | undefined
  for (let at = top; at < text.length;) {
    const newline = text.indexOf('\n', at)
    const next = newline < 0 ? text.length : newline + 1
    let content = at
    while (text[content] === ' ') content++
    const char = text[content]
    const blank = char === undefined || char === '\n' || char === '\r'
    const own = content - at === column
    if (own && char === '-' && /\s|^$/.test(text[content + 1] ?? '')) {
      cuts.push(comments ?? at)
    } else if (!blank && char !== '#' && content - at <= column) {
      return { cuts, end: at }
    }
    comments = own && char === '#' ? (comments ?? at) : undefined
    at = next
  }
  return { cuts, end: text.length }
}
