import type { CompileBody } from '../compile/scope.ts'
import { compileTemplate } from '../compile/template.ts'
import type { RunTask } from '../document.ts'
import { FlowError } from '../problem.ts'
import { Interrupted } from '../run/unwind.ts'
import { effect } from '../run/effect.ts'

/**
 * `run: workflow`: runs another flow on `input`, or on the task's input if there is none. Its output is the task's
 * output; its error becomes an error of this task. With `await: false` the other flow starts as a durable run of its
 * own, and the output is the task's input.
 */
export const compileRunWorkflow: CompileBody<RunTask> = (definition, scope) => {
  const { workflow } = definition.run
  if (workflow === undefined) throw new TypeError('There is no workflow to run.')
  const { namespace, name, version, input: given } = workflow
  const compiled = given === undefined ? undefined : compileTemplate(given, scope)
  if (definition.run.await === false)
    return async (input, state) => {
      const flowInput = compiled === undefined ? input : await compiled(input, state)
      state.startedRun = await effect(state, '', (at) =>
        state.frame.run.ports.start({ namespace, name, version }, flowInput, at)
      )
      return { output: input }
    }
  scope.compiler.noteWait()
  const silent = definition.run.return === 'none'
  return async (input, state) => {
    const { run, depth } = state.frame
    run.budget.checkDepth(depth + 1)
    const flowInput = compiled === undefined ? input : await compiled(input, state)
    const output = await effect(
      state,
      '',
      async (at) => {
        const outcome = await run.ports.subflow({ namespace, name, version }, flowInput, {
          ...at,
          depth: depth + 1,
          budget: run.budget,
          heard: run.heard
        })
        if (outcome.status === 'cancelled') throw new Interrupted()
        if (outcome.status === 'succeeded') return outcome.output
        const { instance: _inside, ...problem } = outcome.error
        throw new FlowError(problem, outcome.origin === 'input' ? 'engine' : outcome.origin)
      },
      'composite'
    )
    return { output: silent ? input : output }
  }
}
