import type { FlowDocument } from '../../dsl/index.ts'

/** What can stand last but one in a task's pointer, and name no task: the parts of a document that hold other things by name. */
const TASK = /^\/(?:.+\/)?(?:do|try|branches)\/(?:0|[1-9]\d*)\/[^/]+$|^\/use\/functions\/[^/]+$/

/** Whether a JSON Pointer (RFC 6901) leads to a task of the document. */
export function hasTask(document: FlowDocument, pointer: string): boolean {
  if (!TASK.test(pointer)) return false
  let value: unknown = document
  for (const step of pointer.slice(1).split('/')) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false
    value = (value as Record<string, unknown>)[key]
  }
  return typeof value === 'object' && value !== null
}
