import type { QuickJSContext, QuickJSHandle } from 'quickjs-emscripten'
import { LIBRARY } from '../library/guest.ts'
import { callLibrary } from '../library/index.ts'
import type { Work, WorkerLimits } from './job.ts'
import { threadCpuMs } from './progress.ts'
import { BOOTSTRAP } from './script-globals.ts'
import { INTEGER, MARK, markNumbers, unmarkNumbers } from './script-numbers.ts'

export type ScriptWork = Extract<Work, { kind: 'script' }>

const FILE = 'script.js'

/** A script that failed: by its own fault (`syntax`, `runtime`), or because it went beyond a limit. */
export class ScriptFailure extends Error {
  readonly kind: 'syntax' | 'runtime' | 'limit'

  constructor(kind: 'syntax' | 'runtime' | 'limit', message: string) {
    super(message)
    this.kind = kind
  }
}

/** The run of one script: its context in the engine, and all handles taken in it, which are released together. */
export class ScriptSession {
  readonly #context: QuickJSContext
  readonly #limits: WorkerLimits
  readonly #deadline: number
  readonly #isFull: () => boolean
  readonly #handles: QuickJSHandle[] = []

  constructor(context: QuickJSContext, limits: WorkerLimits, deadline: number, isFull: () => boolean) {
    this.#context = context
    this.#limits = limits
    this.#deadline = deadline
    this.#isFull = isFull
  }

  dispose(): void {
    for (const handle of this.#handles) if (handle.alive) handle.dispose()
  }

  start(
    work: ScriptWork,
    print: (stream: string, line: string) => void
  ): { arguments: QuickJSHandle; stringify: QuickJSHandle } {
    const context = this.#context
    const bootstrap = this.#own(this.#unwrap(context.evalCode(BOOTSTRAP, 'bootstrap.js')))
    const given = this.#own(context.newString(JSON.stringify({ stdin: work.stdin, environment: work.environment })))
    const printer = this.#own(
      context.newFunction('print', (stream, line) =>
        print(context.getString(stream), unmarkNumbers(context.getString(line)))
      )
    )
    const ask = this.#own(
      context.newFunction('ask', (name, asked) =>
        context.newString(callLibrary(context.getString(name), context.getString(asked), this.#limits.valueSize))
      )
    )
    const library = this.call(this.#own(this.#unwrap(context.evalCode(LIBRARY, 'library.js'))), ask)
    const text = (value: string): QuickJSHandle => this.#own(context.newString(value))
    const args = text(markNumbers(work.arguments))
    const prepared = this.call(bootstrap, given, args, printer, text(MARK), text(INTEGER), library)
    return {
      arguments: this.#own(context.getProp(prepared, 'arguments')),
      stringify: this.#own(context.getProp(prepared, 'stringify'))
    }
  }

  /**
   * The value of a script: its last expression, its top-level `return`, or its default export. A function that is the
   * default export is called.
   * @throws ScriptFailure
   */
  evaluate(code: string, args: QuickJSHandle): QuickJSHandle {
    const context = this.#context
    const wrapped = `(async () => {${code}\n})()`
    if (this.#compiles(code, 'global')) return this.#own(this.#unwrap(context.evalCode(code, FILE)))
    if (this.#compiles(wrapped, 'global')) return this.#own(this.#unwrap(context.evalCode(wrapped, FILE)))
    const exported = this.#own(this.#unwrap(context.evalCode(code, FILE, { type: 'module' })))
    const result = this.#own(context.getProp(this.settle(exported), 'default'))
    return context.typeof(result) === 'function' ? this.call(result, args) : result
  }

  call(callee: QuickJSHandle, ...args: QuickJSHandle[]): QuickJSHandle {
    return this.#own(this.#unwrap(this.#context.callFunction(callee, this.#context.undefined, ...args)))
  }

  /**
   * Runs pending jobs until a promise is settled, and returns its value. Nothing outside the script can settle a
   * promise, so one that is still pending after all jobs never settles.
   * @throws ScriptFailure
   */
  settle(value: QuickJSHandle): QuickJSHandle {
    for (;;) {
      const executed = this.#context.runtime.executePendingJobs()
      if (executed.error !== undefined) throw this.#failure(this.#own(executed.error))
      if (executed.value === 0) break
    }
    const state = this.#context.getPromiseState(value)
    // An interrupted asynchronous function leaves its promise open.
    if (state.type === 'pending' && threadCpuMs() > this.#deadline) throw this.#outOfTime()
    if (state.type === 'pending')
      throw new ScriptFailure('runtime', 'the script waits for a promise that nothing settles')
    if (state.type === 'rejected') throw this.#failure(this.#own(state.error))
    return state.notAPromise === true ? value : this.#own(state.value)
  }

  #compiles(code: string, type: 'global' | 'module'): boolean {
    const compiled = this.#context.evalCode(code, FILE, { type, compileOnly: true })
    const failed = compiled.error !== undefined
    compiled.dispose()
    return !failed
  }

  #own(handle: QuickJSHandle): QuickJSHandle {
    this.#handles.push(handle)
    return handle
  }

  #unwrap(result: ReturnType<QuickJSContext['evalCode']>): QuickJSHandle {
    if (result.error !== undefined) throw this.#failure(this.#own(result.error))
    return result.value
  }

  #outOfTime(): ScriptFailure {
    return new ScriptFailure(
      'limit',
      `the script ran longer than ${this.#limits.scriptTimeoutMs} ms (limit "scriptTimeoutMs")`
    )
  }

  #failure(error: QuickJSHandle): ScriptFailure {
    // An interrupted engine reports its failure in several ways.
    if (threadCpuMs() > this.#deadline) return this.#outOfTime()
    const dumped: unknown = this.#context.dump(error)
    const { name, message } =
      typeof dumped === 'object' && dumped !== null
        ? (dumped as { name?: unknown; message?: unknown })
        : { name: undefined, message: dumped }
    // With no memory left, the engine cannot build an error message either.
    const isUntold = (message ?? '') === ''
    if ((name === 'InternalError' && message === 'out of memory') || (isUntold && this.#isFull())) {
      return new ScriptFailure('limit', `the script needs more than ${this.#limits.memoryBytes} bytes of memory`)
    }
    const text = typeof message === 'string' ? message : (JSON.stringify(dumped) ?? String(dumped))
    return new ScriptFailure(
      name === 'SyntaxError' ? 'syntax' : 'runtime',
      typeof name === 'string' ? `${name}: ${text}` : text
    )
  }
}
