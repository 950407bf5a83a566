import { Fault } from '../lib/fault.ts'
import { isUniqueViolation } from '../platform/db/client.ts'

/** A name for URLs, unique over all workspaces. */
export const SLUG_PATTERN = '^[a-z0-9-]{3,40}$'

/** Turns the unique violation of a taken slug into a fault; rethrows every other error. @throws Fault `conflict` */
export function refuseTakenSlug(error: unknown): never {
  if (isUniqueViolation(error)) throw new Fault('conflict', { why: 'slug_taken', detail: 'The slug is taken.' })
  throw error
}
