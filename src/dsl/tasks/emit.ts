import type { CompileBody } from '../compile/scope.ts'
import { compileTemplate } from '../compile/template.ts'
import type { EmitTask } from '../document.ts'
import type { CloudEvent, EffectInfo } from '../ports.ts'
import { flowError } from '../problem.ts'
import { scalarText } from '../../lib/exact-number.ts'
import { own } from '../../lib/json.ts'
import { effect } from '../run/effect.ts'
import type { TaskState } from '../run/state.ts'

/** `emit`: hands an event to the outbox. The output is the event as emitted. */
export const compileEmit: CompileBody<EmitTask> = (definition, scope) => {
  const attributes = compileTemplate(definition.emit.event.with, scope)
  return async (input, state) => {
    const given = (await attributes(input, state)) as Record<string, unknown>
    const output = await effect(state, '', async (at) => {
      const event = complete(given, at, state)
      await state.frame.run.ports.emit(event, at)
      return event
    })
    return { output }
  }
}

/**
 * Adds the attributes that CloudEvents 1.0 requires and the flow leaves out. The id is the same for every attempt at
 * the effect, so that receivers can detect repeats.
 */
function complete(given: Readonly<Record<string, unknown>>, at: EffectInfo, { frame: { run } }: TaskState): CloudEvent {
  const { namespace, name } = run.document.document
  for (const [attribute, value] of Object.entries(given)) {
    if (attribute !== 'data' && value !== null && value !== undefined && scalarText(value) === undefined)
      throw flowError('expression', `The event's ${attribute} is not text, a number or a boolean.`)
  }
  const text = (attribute: string): string | undefined => {
    const value = own(given, attribute)
    return value === '' ? undefined : scalarText(value)
  }
  const type = text('type')
  if (type === undefined) throw flowError('expression', 'The event has no type.')
  const { data, ...others } = given
  return {
    ...Object.fromEntries(Object.entries(others).filter(([, value]) => value !== null)),
    specversion: '1.0',
    id: text('id') ?? at.idempotencyKey,
    source: text('source') ?? `/flows/${namespace}/${name}`,
    type,
    time: text('time') ?? new Date(run.ports.now()).toISOString(),
    ...(data === undefined ? {} : { datacontenttype: text('datacontenttype') ?? 'application/json', data })
  }
}
