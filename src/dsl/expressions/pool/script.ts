import {
  newQuickJSWASMModule,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSWASMModule,
  RELEASE_SYNC
} from 'quickjs-emscripten'
import { LIBRARY } from '../library/guest.ts'
import { callLibrary } from '../library/index.ts'
import type { Outcome, Work, WorkerLimits } from './job.ts'
import { threadCpuMs } from './progress.ts'
import { BOOTSTRAP, FILE_SYSTEM_MODULE } from './script-globals.ts'
import { INTEGER, MARK, markNumbers, unmarkNumbers } from './script-numbers.ts'

export type ScriptWork = Extract<Work, { kind: 'script' }>

export interface ScriptRuntime {
  ready(): Promise<void>
  /** Runs a script to its end. Returns `{ output, stdout, stderr }` as JSON text. Await `ready` first. */
  run(work: ScriptWork): Outcome
}

const FILE = 'script.js'
const STACK_BYTES = 256 * 1024
/** The interpreter stops itself a little before the pool would end the thread, because a new thread is expensive. */
const OWN_SHARE_OF_TIME = 0.9
/** An engine with more memory than this is dropped after its script: WebAssembly memory never shrinks. */
const KEEP_BYTES = 48 * 1024 * 1024
const PAGE_BYTES = 64 * 1024
// Node's types declare only the name.
const Memory = WebAssembly.Memory as unknown as new (pages: { initial: number; maximum: number }) => WebAssembly.Memory
/** The memory grows by at least a twentieth. It is full when less than that is left below its limit. */
const FULL_SHARE = 0.9
/** The first bytes of the engine's WebAssembly build. */
const INITIAL_BYTES = 16 * 1024 * 1024

/** JavaScript in QuickJS: a fresh runtime for each script, in WebAssembly, without any access to this process. */
export function createScriptRuntime(limits: WorkerLimits): ScriptRuntime {
  let engine: QuickJSWASMModule | undefined

  return {
    ready: async () => {
      engine ??= await newQuickJSWASMModule(withCeiling(limits.memoryBytes))
    },
    run: (work) => {
      if (engine === undefined) throw new Error('the script engine is not ready')
      try {
        const outcome = runIn(engine, work, limits)
        if (engine.getWasmMemory().buffer.byteLength > KEEP_BYTES) engine = undefined
        return outcome
      } catch {
        // An error that escapes the engine leaves its memory in an unknown state.
        engine = undefined
        return { fault: { kind: 'limit', message: 'the script went beyond what its engine can hold' } }
      }
    }
  }
}

/**
 * QuickJS's own memory limit counts almost nothing in WebAssembly, where it cannot ask for the size of a block.
 * Limiting the growth of the WebAssembly memory works.
 */
function withCeiling(maxBytes: number): typeof RELEASE_SYNC {
  const pages = {
    initial: INITIAL_BYTES / PAGE_BYTES,
    maximum: Math.floor(Math.max(INITIAL_BYTES, maxBytes) / PAGE_BYTES)
  }
  return newVariant(RELEASE_SYNC, { wasmMemory: async () => new Memory(pages) })
}

class ScriptFailure extends Error {
  readonly kind: 'syntax' | 'runtime' | 'limit'

  constructor(kind: 'syntax' | 'runtime' | 'limit', message: string) {
    super(message)
    this.kind = kind
  }
}

function runIn(engine: QuickJSWASMModule, work: ScriptWork, limits: WorkerLimits): Outcome {
  const deadline = threadCpuMs() + limits.scriptTimeoutMs * OWN_SHARE_OF_TIME
  const runtime = engine.newRuntime()
  runtime.setMaxStackSize(STACK_BYTES)
  runtime.setInterruptHandler(() => threadCpuMs() > deadline)
  runtime.setModuleLoader((name) =>
    name === 'node:fs' ? FILE_SYSTEM_MODULE : { error: new Error(`the module ${name} is not available in a script`) }
  )
  const context = runtime.newContext()
  const lines = createConsole(limits.consoleChars)
  const isFull = (): boolean => engine.getWasmMemory().buffer.byteLength > limits.memoryBytes * FULL_SHARE
  const session = new Session(context, limits, deadline, isFull)
  try {
    const finish = session.start(work, lines.print)
    const value = session.settle(session.evaluate(work.code, finish.arguments))
    const output = session.call(finish.stringify, value)
    const [stdout, stderr] = [JSON.stringify(lines.stdout), JSON.stringify(lines.stderr)]
    return { text: `{"output":${unmarkNumbers(context.getString(output))},"stdout":${stdout},"stderr":${stderr}}` }
  } catch (error) {
    if (error instanceof ScriptFailure) return { fault: { kind: error.kind, message: error.message } }
    throw error
  } finally {
    session.dispose()
    context.dispose()
    runtime.dispose()
  }
}

/** One context and all handles taken in it, released together. */
class Session {
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
   * The value of a script: its last expression, its top-level `return`, or its default export (called where it is a
   * function).
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
   * Runs pending jobs until the value is there. Nothing outside can settle a promise, so one that is still open then
   * never settles.
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
    // Without any memory left, the engine cannot build the error message either.
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

/** The console of a script, line by line, up to a number of characters. A note marks where the rest is dropped. */
function createConsole(maxChars: number): {
  stdout: string[]
  stderr: string[]
  print: (stream: string, line: string) => void
} {
  const streams = { stdout: [] as string[], stderr: [] as string[] }
  let left = maxChars
  return {
    ...streams,
    print: (stream, line) => {
      if (left <= 0) return
      left -= line.length + 1
      streams[stream === 'stderr' ? 'stderr' : 'stdout'].push(
        left > 0 ? line : `${line.slice(0, Math.max(0, line.length + left))}… (the console is full)`
      )
    }
  }
}
