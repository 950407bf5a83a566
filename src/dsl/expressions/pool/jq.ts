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
  /**
   * Called before jq begins with the input. If it returns false, jq skips the input; otherwise `ended` is called when
   * jq has finished it.
   */
  begin(): boolean
  ended(outcome: Outcome): void
}

export interface JqRuntime {
  ready(): Promise<void>
  /**
   * Runs a program over JSON texts, each as if it were the only one. The program is compiled once, which takes ten
   * times as long as most runs. Each input gets the text of the program's one output. Inputs that have not begun at the
   * end need another run: the instance was used up, or `isTimeUp` returned true after an input. Await `ready` before
   * each run.
   */
  run(program: string, inputs: readonly JqInput[], isTimeUp?: () => boolean): void
  /**
   * Compiles each source with these variables in scope, without running it. Returns the first fault, or the text `null`
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
      // Unbuffered: when jq reads the next input, it has written all its output for the one before.
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

    run: (program, inputs, isTimeUp = () => false) => {
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

      // The first input begins before jq compiles the program, and is charged for that.
      let first = begin()
      if (first === undefined) return
      streams.readFrom(() => {
        const given = first
        first = undefined
        if (given !== undefined) {
          // Messages of the compiler are no fault of the input.
          streams.take()
          return given.document
        }
        if (running !== undefined) end(outcomeOf(streams.take()))
        return isUsedUp() || isTimeUp() ? undefined : begin()?.document
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

/**
 * The outcome of an input. jq writes nothing but errors to its standard error, each of which begins with jq's name and
 * a position in its input.
 */
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
