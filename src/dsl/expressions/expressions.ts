import { LRUCache } from 'lru-cache'
import {
  type Expression,
  ExpressionError,
  type ExpressionGroup,
  type ExpressionStats,
  type ScriptJob,
  type ScriptResult,
  type SyntaxFault
} from './expression.ts'
import { compileFast, type FastProgram } from './fast/compile.ts'
import { runFast, uncaught } from './fast/evaluate.ts'
import { createJsonInput } from './json-input.ts'
import { DEFAULT_LIMITS, type ExpressionLimits } from './limits.ts'
import { fuse } from './pool/jq.ts'
import { ProgramLane } from './pool/lane.ts'
import { createPool } from './pool/pool.ts'
import { lex } from './syntax/lex.ts'
import { checkPurity, variablesIn } from './syntax/purity.ts'

export { ExpressionError, type ExpressionErrorKind } from './expression.ts'
export { DEFAULT_LIMITS, type ExpressionLimits } from './limits.ts'
export type * from './expression.ts'

export interface Expressions {
  /** Compiles once, when a flow is published. Never throws: what the fast path cannot read goes to the pool, wrong or not. `variables` are the names in scope. */
  compile(source: string, variables: readonly string[]): Expression
  /** Compiles several expressions that are evaluated together over the same input. */
  compileAll(sources: readonly string[], variables: readonly string[]): ExpressionGroup
  /** What is wrong with a source: jq's own compile error, an unknown variable, or what is not a function of the arguments. Undefined where it is fine. */
  check(source: string, variables: readonly string[]): Promise<SyntaxFault | undefined>
  /** Runs JavaScript with nothing but its arguments. @throws ExpressionError */
  runScript(job: ScriptJob, signal?: AbortSignal): Promise<ScriptResult>
  stats(): ExpressionStats
  /** Ends every worker; what still runs is aborted. */
  close(): Promise<void>
}

const DEFAULT_WORKERS = 2
const REMEMBERED_SCRIPTS = 1_000
const VARIABLE_NAME = /^[a-zA-Z_][a-zA-Z_0-9]*$/

/** The expression room. No worker thread is started before the first job that needs one. */
export function createExpressions(options: Partial<ExpressionLimits & { workers: number }> = {}): Expressions {
  const { workers = DEFAULT_WORKERS, ...given } = options
  const limits: ExpressionLimits = { ...DEFAULT_LIMITS, ...given }
  const pool = createPool(limits, workers)
  const admit = createJsonInput(limits)
  const counts = { fast: 0, pool: 0 }
  /** Of scripts, by their code. */
  const paces = new LRUCache<string, ProgramLane>({ max: REMEMBERED_SCRIPTS })

  /** What jq gives as the outputs of a source, as one result. */
  const result = (outputs: readonly unknown[]): unknown => {
    if (outputs.length === 1) return admit(outputs[0])
    if (outputs.length > limits.outputs)
      throw new ExpressionError('limit', `an expression has more than ${limits.outputs} outputs`)
    return outputs.length === 0 ? null : admit(outputs)
  }

  const compileAll = (sources: readonly string[], variables: readonly string[]): ExpressionGroup => {
    for (const name of variables) if (!VARIABLE_NAME.test(name)) throw new TypeError(`${name} cannot name a variable`)
    const names = variablesIn(sources, variables)
    const programs = sources.map((source) =>
      source.length > limits.sourceChars ? undefined : compileFast(source, names)
    )
    const fast = programs.every((program) => program !== undefined) ? (programs as FastProgram[]) : undefined
    const tooLong = sources.some((source) => source.length > limits.sourceChars)
    const fused = fuse(sources, names)
    const pace = new ProgramLane()
    let verified: Promise<unknown> | undefined

    /** Only what jq compiles by itself may be fused: anything else could reach out of its place in the program. */
    const verify = (): Promise<unknown> =>
      (verified ??= pool.run({ kind: 'check', sources, variables: names }, new ProgramLane()).catch((error) => {
        if (!(error instanceof ExpressionError) || error.kind !== 'syntax') verified = undefined
        throw error
      }))

    const evaluateInPool = async (
      input: unknown,
      values: readonly unknown[],
      signal?: AbortSignal
    ): Promise<unknown[]> => {
      counts.pool++
      await orAborted(verify(), signal)
      const document = `{"i":${JSON.stringify(input)},"v":${JSON.stringify(values)}}`
      const answer = JSON.parse(await pool.run({ kind: 'run', program: fused, document }, pace, signal)) as
        { v: unknown[][] } | { e: unknown }
      if ('e' in answer) throw uncaught(answer.e)
      return answer.v.map(result)
    }

    return {
      path: fast === undefined ? 'pool' : 'fast',
      evaluate: (input, given, signal) => {
        if (signal?.aborted) throw new ExpressionError('aborted', 'the caller cancelled the expression')
        if (tooLong) throw new ExpressionError('limit', `an expression is longer than ${limits.sourceChars} characters`)
        const subject = admit(input)
        const values: unknown[] = []
        for (const name of names) values.push(admit(Object.hasOwn(given, name) ? given[name] : null))
        if (fast !== undefined) {
          counts.fast++
          const outputs = runFast(fast, subject, values, limits.steps)
          if (outputs !== undefined) return outputs.map(result)
          counts.fast--
        }
        return evaluateInPool(subject, values, signal)
      }
    }
  }

  return {
    compileAll,
    compile: (source, variables) => {
      const group = compileAll([source], variables)
      const only = (answers: unknown[]): unknown => answers[0]
      return {
        source,
        path: group.path,
        evaluate: (input, given, signal) => {
          const answers = group.evaluate(input, given, signal)
          return answers instanceof Promise ? answers.then(only) : only(answers)
        }
      }
    },
    check: async (source, variables) => {
      if (source.length > limits.sourceChars)
        return { message: `an expression is longer than ${limits.sourceChars} characters` }
      const tokens = lex(source)
      const refusal = tokens === undefined ? undefined : checkPurity(tokens)
      if (refusal !== undefined) return { message: refusal }
      try {
        await pool.run({ kind: 'check', sources: [source], variables }, new ProgramLane('checks'))
        return undefined
      } catch (error) {
        if (error instanceof ExpressionError && error.kind !== 'aborted') return { message: error.message }
        throw error
      }
    },
    runScript: async (job, signal) => {
      const pace = paces.get(job.code) ?? new ProgramLane()
      paces.set(job.code, pace)
      const text = await pool.run(
        {
          kind: 'script',
          code: job.code,
          arguments: JSON.stringify(admit(job.arguments)),
          stdin: job.stdin ?? '',
          environment: job.environment ?? {}
        },
        pace,
        signal
      )
      const result = JSON.parse(text) as ScriptResult
      return { ...result, output: admit(result.output) }
    },
    stats: () => ({ ...counts, ...pool.stats() }),
    close: () => pool.close()
  }
}

/** The shared work goes on for others when one caller no longer waits for it. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  const { promise, reject } = Promise.withResolvers<never>()
  const cancel = (): void => reject(new ExpressionError('aborted', 'the caller cancelled the expression'))
  signal.addEventListener('abort', cancel, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}
