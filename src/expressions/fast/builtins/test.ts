import type { Node } from '../../syntax/ast.ts'
import { type Code, single } from '../code.ts'
import { charge, handOver } from '../run.ts'
import { textSteps } from '../values.ts'

// Letters, digits and signs that no syntax of regular expressions gives a meaning.
const PLAIN = /^[a-zA-Z0-9 _\-/@:,;=~&%!'"<>]+$/

/** `test("plain text")`: patterns that only look for a text. Real patterns are left to jq, whose engine can be stopped. */
export function patternTest(node: Node | undefined): Code | undefined {
  if (node?.kind !== 'literal' || typeof node.value !== 'string' || !PLAIN.test(node.value)) return undefined
  const sought = node.value
  return single((input, frame) => {
    if (typeof input !== 'string') return handOver()
    charge(frame.run, textSteps(input))
    return input.includes(sought)
  })
}
