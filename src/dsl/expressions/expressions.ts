import { parseJson } from '../../lib/exact-json.ts'
import { createLru } from '../../lib/lru.ts'
import {
  type Expression,
  ExpressionError,
  type ExpressionGroup,
  type ExpressionStats,
  type ScriptJob,
  type ScriptResult,
  type SyntaxFault
} from './expression.ts'
import { createDocumentChecks, type DocumentChecks } from './documents.ts'
import { compileFast, type FastProgram } from './fast/compile.ts'
import { runFast, uncaught } from './fast/evaluate.ts'
import { createJsonInput } from './json-input.ts'
import { DEFAULT_LIMITS, type ExpressionLimits } from './limits.ts'
import { type JobContext, type JobOwner, NOBODY } from './owner.ts'
import { fuse } from './pool/fuse.ts'
import { ProgramLane } from './pool/lane.ts'
import { createPool, type PoolClock } from './pool/pool.ts'
import { lex } from './syntax/lex.ts'
import { checkPurity, variablesIn } from './syntax/purity.ts'

export { ExpressionError, type ExpressionErrorKind } from './expression.ts'
export { DEFAULT_LIMITS, type ExpressionLimits } from './limits.ts'
export type * from './expression.ts'
export { type JobContext, type JobOwner, NOBODY } from './owner.ts'

export interface Expressions extends DocumentChecks {
  /**
   * Compiles an expression once, when a flow is published. `variables` are the names in scope. Never throws for a bad
   * source: what the fast path cannot read goes to the pool, whose error the evaluation then reports.
   * @throws TypeError for a name that cannot be a variable.
   */
  compile(source: string, variables: readonly string[]): Expression
  /** Compiles several expressions that are evaluated together over the same input. */
  compileAll(sources: readonly string[], variables: readonly string[]): ExpressionGroup
  /**
   * The fault of a source: jq's own compile error, an unknown variable, or a function that is not pure. Undefined where
   * there is none.
   * @throws (rejects with) ExpressionError `busy` or `aborted`: the source was not checked.
   */
  check(source: string, variables: readonly string[], owner?: JobOwner): Promise<SyntaxFault | undefined>
  /**
   * Runs JavaScript that sees only its arguments.
   * @throws ExpressionError
   */
  runScript(job: ScriptJob, context?: JobContext): Promise<ScriptResult>
  stats(): ExpressionStats
  /** Stops every worker and aborts the jobs that still run. */
  close(): Promise<void>
}

const DEFAULT_WORKERS = 2
const REMEMBERED_SCRIPTS = 1_000
const VARIABLE_NAME = /^[a-zA-Z_][a-zA-Z_0-9]*$/

const OWN: JobContext = Object.freeze({ owner: NOBODY })

/**
 * Creates the evaluator of jq expressions and scripts, and of what else runs on its threads. Starts no worker thread
 * before the first job that needs one.
 * @param options.workers threads of the quick lane; each other lane has one
 * @param options.clock the time by which jobs are watched; the process's by default
 * @example
 * const expressions = createExpressions()
 * const price = expressions.compile('.items | map(.price * $factor) | add', ['factor'])
 * await price.evaluate({ items: [{ price: 2 }, { price: 3 }] }, { factor: 10 }) // 50
 * await expressions.check('.items |', []) // { message: 'syntax error, …' }
 * await expressions.runScript({ code: 'a + 1', arguments: { a: 1 } }) // { output: 2, stdout: [], stderr: [] }
 * await expressions.close()
 */
export function createExpressions(
  options: Partial<ExpressionLimits & { workers: number; clock: PoolClock }> = {}
): Expressions {
  const { workers = DEFAULT_WORKERS, clock, ...given } = options
  const limits: ExpressionLimits = { ...DEFAULT_LIMITS, ...given }
  const pool = createPool(limits, workers, clock)
  const sanitize = createJsonInput(limits)
  const counts = { fast: 0, pool: 0 }
  /** Lanes of scripts, by their owner and code. */
  const scriptLanes = createLru<ProgramLane>(REMEMBERED_SCRIPTS)

  /** The result of a source, from its outputs. */
  const result = (outputs: readonly unknown[]): unknown => {
    if (outputs.length === 1) return sanitize(outputs[0])
    if (outputs.length > limits.outputs)
      throw new ExpressionError('limit', `an expression has more than ${limits.outputs} outputs`)
    return outputs.length === 0 ? null : sanitize(outputs)
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
    const lane = new ProgramLane()
    let verified: Promise<unknown> | undefined

    /**
     * Only a source that jq compiles by itself may be fused: another one could break out of its place in the fused
     * program.
     */
    const verify = (owner: JobOwner): Promise<unknown> =>
      (verified ??= pool
        .run({ kind: 'check', sources, variables: names }, new ProgramLane(), { owner })
        .catch((error) => {
          if (!(error instanceof ExpressionError) || error.kind !== 'syntax') verified = undefined
          throw error
        }))

    const evaluateInPool = async (
      input: unknown,
      values: readonly unknown[],
      context: JobContext
    ): Promise<unknown[]> => {
      counts.pool++
      await orAborted(verify(context.owner), context.signal)
      const document = `{"i":${JSON.stringify(input)},"v":${JSON.stringify(values)}}`
      const answer = parseJson(await pool.run({ kind: 'run', program: fused, document }, lane, context)) as
        { v: unknown[][] } | { e: unknown }
      if ('e' in answer) throw uncaught(answer.e)
      return answer.v.map(result)
    }

    return {
      path: fast === undefined ? 'pool' : 'fast',
      evaluate: (input, given, context = OWN) => {
        if (context.signal?.aborted) throw new ExpressionError('aborted', 'the caller cancelled the expression')
        if (tooLong) throw new ExpressionError('limit', `an expression is longer than ${limits.sourceChars} characters`)
        const subject = sanitize(input)
        const values: unknown[] = []
        for (const name of names) values.push(sanitize(Object.hasOwn(given, name) ? given[name] : null))
        if (fast !== undefined) {
          counts.fast++
          const outputs = runFast(fast, subject, values, limits.steps)
          if (outputs !== undefined) return outputs.map(result)
          counts.fast--
        }
        return evaluateInPool(subject, values, context)
      }
    }
  }

  return {
    ...createDocumentChecks(pool),
    compileAll,
    compile: (source, variables) => {
      const group = compileAll([source], variables)
      const only = (answers: unknown[]): unknown => answers[0]
      return {
        source,
        path: group.path,
        evaluate: (input, given, context) => {
          const answers = group.evaluate(input, given, context)
          return answers instanceof Promise ? answers.then(only) : only(answers)
        }
      }
    },
    check: async (source, variables, owner = NOBODY) => {
      if (source.length > limits.sourceChars)
        return { message: `an expression is longer than ${limits.sourceChars} characters` }
      const tokens = lex(source)
      const impurity = tokens === undefined ? undefined : checkPurity(tokens)
      if (impurity !== undefined) return { message: impurity }
      try {
        await pool.run({ kind: 'check', sources: [source], variables }, new ProgramLane('checks'), { owner })
        return undefined
      } catch (error) {
        if (error instanceof ExpressionError && error.kind !== 'aborted' && error.kind !== 'busy')
          return { message: withScriptHint(error.message) }
        throw error
      }
    },
    runScript: async (job, context = OWN) => {
      const key = `${context.owner.key} ${job.code}`
      const lane = scriptLanes.get(key) ?? new ProgramLane()
      scriptLanes.set(key, lane)
      const text = await pool.run(
        {
          kind: 'script',
          code: job.code,
          arguments: JSON.stringify(sanitize(job.arguments)),
          stdin: job.stdin ?? '',
          environment: job.environment ?? {}
        },
        lane,
        context
      )
      const result = parseJson(text) as ScriptResult
      return { ...result, output: sanitize(result.output) }
    },
    stats: () => ({ ...counts, ...pool.stats() }),
    close: () => pool.close()
  }
}

/** jq's message for a function that only scripts have (in `sluice`). */
const OF_SCRIPTS = /^(?:sha1|sha256|sha384|sha512|md5|hmac|hmac_sha256|uuid|uuidv4)\/\d+ is not defined/

function withScriptHint(message: string): string {
  return OF_SCRIPTS.test(message)
    ? `${message}. jq has no such function: use "run: script", which has sluice.sha256, sluice.hmac and others`
    : message
}

/** Rejects as soon as the signal aborts. The shared work continues for other callers. */
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
