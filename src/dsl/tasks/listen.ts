import { literalsOf, matchesAttributes, orNothing } from '../compile/event-filter.ts'
import { compileExpression } from '../compile/expression.ts'
import type { CompileBody } from '../compile/scope.ts'
import { compileTemplate } from '../compile/template.ts'
import { correlationOf } from '../correlation.ts'
import type { ListenTask } from '../document.ts'
import type { CloudEvent } from '../ports.ts'
import { effect } from '../run/effect.ts'
import type { Evaluate } from '../run/state.ts'
import { expressionSource, stringFormOf } from '../string-form.ts'

/**
 * `listen`: waits for one event of the workspace since the start of the run that the run has not received before. The
 * output is a list with this event. The task must have a timeout, which ends the wait.
 */
export const compileListen: CompileBody<ListenTask> = (definition, scope) => {
  scope.compiler.noteWait()
  const { to, read = 'data' } = definition.listen
  const { with: attributes, correlate = {} } = to.one
  const tests = new Map<string, Evaluate>()
  for (const [name, wanted] of Object.entries(attributes))
    if (typeof wanted === 'string' && stringFormOf(wanted).form === 'expression')
      tests.set(name, compileExpression(wanted, scope))
  const correlations = Object.values(correlate)
  const from = correlations.map((correlation) => expressionSource(correlation.from))
  const extract = from.map((source) => compileExpression(source, scope))
  const expect = compileTemplate(
    correlations.map((correlation) => correlation.expect),
    scope
  )
  return async (input, state) => {
    const { heard } = state.frame.run
    const values = correlationOf((await expect(input, state)) as unknown[])
    const matches = async (event: CloudEvent): Promise<boolean> => {
      const key = keyOf(event)
      if (heard.has(key)) return false
      if (!(await matchesAttributes(attributes, event, (name, _, value) => tests.get(name)?.(value, state))))
        return false
      const found = await Promise.all(extract.map((part) => orNothing(() => part(event, state))))
      // Another branch may have received it meanwhile.
      if (values !== correlationOf(found) || heard.has(key)) return false
      heard.add(key)
      return true
    }
    const event = await effect(
      state,
      '',
      (at) =>
        state.frame.run.ports.listen(
          { ...literalsOf(attributes), since: state.frame.run.startedAt, from, values, matches },
          at
        ),
      'composite'
    )
    // This includes an event from the journal of a resumed run.
    heard.add(keyOf(event))
    return { output: [readEvent(event, read)] }
  }
}

function keyOf({ source, id }: CloudEvent): string {
  return JSON.stringify([source, id])
}

function readEvent(event: CloudEvent, read: 'data' | 'envelope' | 'raw'): unknown {
  const { data, data_base64: bytes } = event
  if (read === 'envelope') return event
  if (read === 'data') return data ?? bytes ?? null
  return bytes ?? (typeof data === 'string' || data === undefined ? (data ?? '') : JSON.stringify(data))
}
