import { pointerTo } from '../../lib/json-pointer.ts'
import { deeperThan, isObject } from '../../lib/json.ts'
import { visitMembers } from '../../lib/visit-members.ts'
import { type Expressions, type JobOwner, NOBODY } from '../expressions/expressions.ts'
import { DOCUMENT_LIMITS } from '../limits.ts'
import type { DocumentFault } from '../parse.ts'
import { flowDocument } from './document.ts'
import { Lint } from './findings.ts'

/** Refuses members named `__proto__`, also in data, because the database client would lose them. */
function refuseProto(document: unknown, lint: Lint): void {
  visitMembers(document, (_member, steps) => {
    if (steps.at(-1) !== '__proto__') return true
    const at = pointerTo('', ...steps)
    if (!lint.faults.some((fault) => fault.pointer === at)) lint.name('__proto__', at)
    return true
  })
}

/**
 * Finds all faults of a document at once: wrong shapes, features that do not run here (with an alternative), names that
 * are undefined or defined twice, and expressions that jq cannot compile. A document without faults can be compiled and
 * run.
 *
 * @param document JSON data, as `parseDocument` returns it
 * @param owner whose share of the worker threads is used to check expressions and schemas
 * @returns the faults, at most `DOCUMENT_LIMITS.faults`; empty if there are none
 */
export async function lintDocument(
  document: unknown,
  expressions: Expressions,
  owner: JobOwner = NOBODY
): Promise<DocumentFault[]> {
  if (!isObject(document)) return [{ pointer: '', message: 'The document must be an object with "document" and "do".' }]
  if (deeperThan(document, DOCUMENT_LIMITS.nesting))
    return [{ pointer: '', message: `The document is nested more than ${DOCUMENT_LIMITS.nesting} deep.` }]
  const lint = new Lint(document, expressions, owner)
  flowDocument(document, { pointer: '', locals: [], siblings: [], extra: [] }, lint)
  refuseProto(document, lint)
  await lint.checkCollected()
  return lint.faults
}
