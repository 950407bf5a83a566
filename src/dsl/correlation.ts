import { createHash } from 'node:crypto'
import { orNothing } from './compile/event-filter.ts'
import type { Expressions, JobOwner } from './expressions/expressions.ts'
import type { CloudEvent } from './ports.ts'

/** A short name of a list of values: equal lists have equal names. */
export function correlationOf(values: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify(values.map((value) => value ?? null)))
    .digest('base64url')
}

/**
 * The short name of the results of expressions over an event. An expression that fails gives null.
 * @throws (rejects with) ExpressionError `busy` or `aborted`: nothing was decided
 */
export async function evaluateCorrelation(
  expressions: Pick<Expressions, 'compile'>,
  from: readonly string[],
  event: CloudEvent,
  owner: JobOwner
): Promise<string> {
  const values = from.map((source) => orNothing(() => expressions.compile(source, []).evaluate(event, {}, { owner })))
  return correlationOf(await Promise.all(values))
}
