import type { Node } from '../../syntax/ast.ts'
import { type Code, single } from '../code.ts'
import { charge, handOver } from '../run.ts'

// What jq's regular expressions (Oniguruma) and JavaScript's read alike over printable ASCII: plain characters, escaped signs, \d, \w, \s,
// simple classes and `.`, each with at most one quantifier, between anchors. No groups, no alternatives, nothing that looks back.
const CLASS_MEMBER = '(?:[a-zA-Z0-9]-[a-zA-Z0-9]|[a-zA-Z0-9_ @:/,;=%]|\\\\[-.dw])'
const ATOM = new RegExp(
  `(?:[a-zA-Z0-9 _/@:,;=~&%!'"<>-]|\\\\[-.+*?()[\\]{}^$|/\\\\dws]|\\[\\^?${CLASS_MEMBER}+\\]|\\.)(\\{[0-9]{1,2}(?:,[0-9]{0,2})?\\}|[*+?])?`,
  'y'
)
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/
const MAX_LOOPS = 2

/** `test("pattern")` for patterns that are written out and take a time known beforehand. Others are left to jq, whose engine can be stopped. */
export function patternTest(node: Node | undefined): Code | undefined {
  if (node?.kind !== 'literal' || typeof node.value !== 'string') return undefined
  const loops = countLoops(node.value)
  const pattern = loops === undefined || loops > MAX_LOOPS ? undefined : compilePattern(node.value)
  if (pattern === undefined || loops === undefined) return undefined
  return single((input, frame) => {
    if (typeof input !== 'string') return handOver()
    // Each loop, and each place to begin at, may try every character.
    charge(frame.run, Math.ceil((input.length + 1) ** (loops + 1) / 16))
    return PRINTABLE_ASCII.test(input) ? pattern.test(input) : handOver()
  })
}

/** How many atoms repeat, or undefined for a pattern of other forms. */
function countLoops(pattern: string): number | undefined {
  const end = pattern.endsWith('$') && !pattern.endsWith('\\$') ? pattern.length - 1 : pattern.length
  let loops = 0
  ATOM.lastIndex = pattern.startsWith('^') ? 1 : 0
  while (ATOM.lastIndex < end) {
    const atom = ATOM.exec(pattern)
    if (atom === null) return undefined
    if (atom[1] !== undefined && atom[1] !== '?') loops++
  }
  return loops
}

function compilePattern(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern)
  } catch {
    return undefined
  }
}
