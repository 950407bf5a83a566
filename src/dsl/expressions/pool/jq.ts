import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Jq, loadJq } from 'jq-wasm'
import type { Outcome } from './job.ts'
import { type JqStreams, replaceStreams } from './jq-streams.ts'
import { withMemoryCeiling } from './memory-ceiling.ts'

/** An instance with more memory than this is dropped after its job: WebAssembly memory never shrinks. */
const KEEP_BYTES = 48 * 1024 * 1024
const COMPILE_ERROR = 3

/** One input of a program. */
export interface JqInput {
  readonly document: string
  /** Called before jq begins with it. False skips it; otherwise `ended` is called when jq is done with it. */
  begin(): boolean
  ended(outcome: Outcome): void
}

export interface JqRuntime {
  ready(): Promise<void>
  /**
   * Runs a program over JSON texts, each as if it were alone, and compiles it once: that takes ten times as long as
   * most runs. An input has the text of the program's one output. Inputs that have not begun at the end need another
   * run: the instance was used up, or `isOver` said true after an input. Await `ready` before each run.
   */
  run(program: string, inputs: readonly JqInput[], isOver?: () => boolean): void
  /**
   * Compiles each source with these variables in scope and runs nothing. Returns the first fault, or the text `null`
   * where there is none. Await `ready` first.
   */
  check(sources: readonly string[], variables: readonly string[]): Outcome
}

/** A jq that is loaded. */
interface Instance {
  readonly jq: Jq
  readonly streams: JqStreams
  memoryBytes(): number
}

/**
 * jq in WebAssembly with a memory limit. Synchronous and without a time limit: use it only on a thread that can be
 * ended.
 */
export function createJqRuntime(limits: { memoryBytes: number; valueSize: number }): JqRuntime {
  let module: Promise<WebAssembly.Module> | undefined
  let instance: Instance | undefined

  /**
   * Runs jq's main program. An error that escapes jq's own handling leaves its memory in an unknown state: that
   * instance is never used again.
   */
  const main = ({ jq }: Instance, program: string, flags: readonly string[]): { exitCode: number } | undefined => {
    try {
      // Unbuffered: it has written all of one input when it reads the next.
      return jq.raw('', program, ['-c', '--unbuffered', ...flags])
    } catch {
      instance = undefined
      return undefined
    }
  }
  const exhausted = (): Outcome => ({
    fault: {
      kind: 'limit',
      message: `the expression needs more than ${limits.memoryBytes} bytes of memory, or too deep a stack`
    }
  })

  return {
    ready: async () => {
      instance ??= await load(await (module ??= compile(limits.memoryBytes)))
    },

    run: (program, inputs, isOver = () => false) => {
      if (instance === undefined) throw new Error('jq is not ready')
      const { streams, memoryBytes } = instance
      const left = [...inputs]
      let running: JqInput | undefined
      const begin = (): JqInput | undefined => {
        do running = left.shift()
        while (running?.begin() === false)
        return running
      }
      const end = (outcome: Outcome): void => {
        running?.ended(outcome)
        running = undefined
      }
      const isUsedUp = (): boolean => memoryBytes() > KEEP_BYTES

      // Before jq compiles the program: the first input is charged for that.
      let first = begin()
      if (first === undefined) return
      streams.readFrom(() => {
        const given = first
        first = undefined
        if (given !== undefined) {
          // Of compiling: no fault of the input.
          streams.take()
          return given.document
        }
        if (running !== undefined) end(outcomeOf(streams.take()))
        return isUsedUp() || isOver() ? undefined : begin()?.document
      })
      const ran = main(instance, program, [])
      if (ran === undefined) end(exhausted())
      else if (ran.exitCode === COMPILE_ERROR) {
        const fault = compileFault(streams.take().stderr)
        do end(fault)
        while (begin())
      } else end(outcomeOf(streams.take()))
      if (isUsedUp()) instance = undefined
    },

    check: (sources, variables) => {
      const flags = variables.flatMap((name) => ['--arg', name, ''])
      for (const source of sources) {
        if (instance === undefined) throw new Error('jq is not ready')
        instance.streams.readFrom(() => undefined)
        const ran = main(instance, source, flags)
        if (ran === undefined) return exhausted()
        const { stderr } = instance.streams.take()
        if (ran.exitCode === COMPILE_ERROR) return compileFault(stderr)
        if (ran.exitCode !== 0) return { fault: { kind: 'runtime', message: stderr.trim() } }
      }
      return { text: 'null' }
    }
  }
}

async function load(module: WebAssembly.Module): Promise<Instance> {
  const streams = Promise.withResolvers<Omit<Instance, 'jq'>>()
  const jq = loadJq({
    instantiateWasm: (imports, onSuccess) => {
      let memory: WebAssembly.Memory | undefined
      const bytes = (): ArrayBuffer => {
        if (memory === undefined) throw new Error('jq has no memory')
        return memory.buffer
      }
      const replaced = replaceStreams(imports, bytes)
      WebAssembly.instantiate(module, imports).then((created) => {
        memory = Object.values(created.exports).find((value) => value instanceof WebAssembly.Memory)
        streams.resolve({ streams: replaced, memoryBytes: () => bytes().byteLength })
        onSuccess(created, module)
      }, streams.reject)
    }
  })
  const [loaded, rest] = await Promise.all([jq, streams.promise])
  return { jq: loaded, ...rest }
}

async function compile(memoryBytes: number): Promise<WebAssembly.Module> {
  const wasm = await readFile(fileURLToPath(import.meta.resolve('jq-wasm/jq.wasm')))
  return WebAssembly.compile(withMemoryCeiling(wasm, memoryBytes))
}

/** What an input has given. jq tells its errors only, and begins them with its own name and a place in its input. */
function outcomeOf({ stdout, stderr }: { stdout: string; stderr: string }): Outcome {
  if (stderr === '') return { text: stdout.trim() }
  return { fault: { kind: 'runtime', message: stderr.replace(/^jq: error \(at [^)]*\)(?: \(.*?\))?: /, '').trim() } }
}

/** jq prefixes each message with its own name and closes with a count. */
function compileFault(stderr: string): Outcome {
  const message = stderr
    .replace(/^jq: error: /gm, '')
    .replace(/\n?jq: \d+ compile errors?\s*$/, '')
    .trim()
  return { fault: { kind: 'syntax', message } }
}
