import { newQuickJSWASMModule, newVariant, type QuickJSWASMModule, RELEASE_SYNC } from 'quickjs-emscripten'
import type { Outcome, WorkerLimits } from './job.ts'
import { threadCpuMs } from './progress.ts'
import { createConsole } from './script-console.ts'
import { FILE_SYSTEM_MODULE } from './script-globals.ts'
import { unmarkNumbers } from './script-numbers.ts'
import { ScriptFailure, ScriptSession, type ScriptWork } from './script-session.ts'

export interface ScriptRuntime {
  ready(): Promise<void>
  /** Runs a script to its end. Returns `{ output, stdout, stderr }` as JSON text. Await `ready` first. */
  run(work: ScriptWork): Outcome
}

const STACK_BYTES = 256 * 1024
/** The interpreter stops itself a little before the pool would end the thread, because a new thread is expensive. */
const OWN_SHARE_OF_TIME = 0.9
/** An engine with more memory than this is dropped after its script: WebAssembly memory never shrinks. */
const KEEP_BYTES = 48 * 1024 * 1024
const PAGE_BYTES = 64 * 1024
// Node's types declare only the name.
const Memory = WebAssembly.Memory as unknown as new (pages: { initial: number; maximum: number }) => WebAssembly.Memory
/** The memory grows by at least a twentieth. It counts as full when less than a tenth is left below its limit. */
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
        return { fault: { kind: 'limit', message: 'the script went beyond the limits of its engine' } }
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
  const session = new ScriptSession(context, limits, deadline, isFull)
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
