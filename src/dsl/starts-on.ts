import { literalsOf, matchesAttributes } from './compile/event-filter.ts'
import type { FlowDocument } from './document.ts'
import type { Expression, Expressions, JobOwner } from './expressions/expressions.ts'
import type { CloudEvent } from './ports.ts'

/** Which events start a flow. */
export interface StartingEvents {
  /** Literals of the filter; null = any. */
  readonly type: string | null
  readonly source: string | null
  /** @throws (rejects with) ExpressionError `busy` or `aborted`: nothing was decided */
  matches(event: CloudEvent, owner: JobOwner): Promise<boolean>
}

/** The events that start a document's flow (`schedule.on.one`); undefined if no event starts it. */
export function startingEvents(
  { schedule }: Pick<FlowDocument, 'schedule'>,
  expressions: Pick<Expressions, 'compile'>
): StartingEvents | undefined {
  const attributes = schedule?.on?.one.with
  if (attributes === undefined) return undefined
  const compiled = new Map<string, Expression>()
  return {
    ...literalsOf(attributes),
    matches: (event, owner) =>
      matchesAttributes(attributes, event, (_attribute, source, value) => {
        const expression = compiled.get(source) ?? expressions.compile(source, [])
        compiled.set(source, expression)
        return expression.evaluate(value, {}, { owner })
      })
  }
}
