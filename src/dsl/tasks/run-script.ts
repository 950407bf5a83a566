import { ExpressionError } from '../expressions/expressions.ts'
import type { CompileBody } from '../compile/scope.ts'
import { compileTemplate } from '../compile/template.ts'
import type { RunTask } from '../document.ts'
import { flowError } from '../problem.ts'
import { isObject } from '../../lib/json.ts'
import { effect } from '../run/effect.ts'
import { working } from '../run/working.ts'

interface ScriptRun {
  code: number
  value: unknown
  stdout: string[]
  stderr: string[]
}

/**
 * `run: script`: runs JavaScript in a sandbox that sees only its arguments. The output is the value of the script, or
 * the text that it printed if it has no value; `return` selects another output.
 */
export const compileRunScript: CompileBody<RunTask> = (definition, scope) => {
  const { script, return: returns } = definition.run
  if (script === undefined) throw new TypeError('There is no script to run.')
  const given = compileTemplate(
    { arguments: script.arguments ?? {}, stdin: script.stdin ?? '', environment: script.environment ?? {} },
    scope
  )
  return async (input, state) => {
    const { arguments: named, stdin, environment } = (await given(input, state)) as Record<string, unknown>
    const done = await effect<ScriptRun>(state, '', async (at) => {
      try {
        const running = scope.compiler.expressions.runScript(
          { code: script.code, arguments: argumentsOf(named), stdin: textOf(stdin), environment: texts(environment) },
          { ...state.frame.run.job, signal: at.signal }
        )
        const { output, stdout, stderr } = await working(state.frame, running)
        return { code: 0, value: output, stdout, stderr }
      } catch (error) {
        throw error instanceof ExpressionError
          ? flowError('runtime', `The script failed: ${error.message}`, { title: 'Script error', cause: error })
          : error
      }
    })
    state.console = { stdout: done.stdout, stderr: done.stderr }
    return { output: outputOf(done, returns, input) }
  }
}

/** Named arguments become variables of the script; a list becomes the tail of its `process.argv`. */
function argumentsOf(given: unknown): Readonly<Record<string, unknown>> | readonly unknown[] {
  if (Array.isArray(given) || isObject(given)) return given
  throw flowError('expression', 'The arguments of the script are neither an object nor a list.')
}

function outputOf(
  { code, value, stdout, stderr }: ScriptRun,
  returns: RunTask['run']['return'],
  input: unknown
): unknown {
  const printed = { stdout: stdout.join('\n'), stderr: stderr.join('\n') }
  if (returns === undefined) return value === null && stdout.length > 0 ? printed.stdout : value
  if (returns === 'none') return input
  if (returns === 'code') return code
  return returns === 'all' ? { code, ...printed } : printed[returns]
}

function texts(environment: unknown): Record<string, string> {
  return isObject(environment)
    ? Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, textOf(value)]))
    : {}
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value)
}
