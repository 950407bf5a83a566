import type { Node } from '../../syntax/ast.ts'
import { type Code, single } from '../code.ts'
import { charge, handOver } from '../run.ts'

// The syntax whose meaning over printable ASCII is the same in jq's regular expressions (Oniguruma) and in
// JavaScript's: plain characters, escaped signs, \d, \w, \s, simple classes and `.`, each with at most one quantifier,
// between anchors. No groups, alternatives or backreferences.
const CLASS_MEMBER = '(?:[a-zA-Z0-9]-[a-zA-Z0-9]|[a-zA-Z0-9_ @:/,;=%]|\\\\[-.dw])'
const ATOM = new RegExp(
  `(?:[a-zA-Z0-9 _/@:,;=~&%!'"<>-]|\\\\[-.+*?()[\\]{}^$|/\\\\dws]|\\[\\^?${CLASS_MEMBER}+\\]|\\.)(\\{[0-9]{1,2}(?:,[0-9]{0,2})?\\}|[*+?])?`,
  'y'
)
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/
const MAX_LOOPS = 2

/**
 * `test("pattern")` for literal patterns with a time bound that is known in advance. Other patterns are left to jq,
 * which the pool can stop.
 */
export function patternTest(node: Node | undefined): Code | undefined {
  if (node?.kind !== 'literal' || typeof node.value !== 'string') return undefined
  const loops = countLoops(node.value)
  const pattern = loops === undefined || loops > MAX_LOOPS ? undefined : compilePattern(node.value)
  if (pattern === undefined || loops === undefined) return undefined
  return single((input, frame) => {
    if (typeof input !== 'string') return handOver()
    // Each loop may try every character, at each position where a match can begin.
    charge(frame.run, Math.ceil((input.length + 1) ** (loops + 1) / 16))
    return PRINTABLE_ASCII.test(input) ? pattern.test(input) : handOver()
  })
}

/** The number of repeated atoms; undefined for a pattern of another form. */
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
