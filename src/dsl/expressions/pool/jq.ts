import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Jq, loadJq } from 'jq-wasm'
import type { Outcome } from './job.ts'
import { withMemoryCeiling } from './memory-ceiling.ts'

/** An instance with more memory than this is dropped after its job: WebAssembly memory never shrinks. */
const KEEP_BYTES = 48 * 1024 * 1024
const COMPILE_ERROR = 3

export interface JqRuntime {
  ready(): Promise<void>
  /** Runs a program over a JSON text and returns the text of its one output. Await `ready` first. */
  run(program: string, document: string): Outcome
  /**
   * Compiles each source with these variables in scope and runs nothing. Returns the first fault, or the text `null`
   * where there is none. Await `ready` first.
   */
  check(sources: readonly string[], variables: readonly string[]): Outcome
}

/**
 * jq in WebAssembly with a memory limit. Synchronous and without a time limit: use it only on a thread that can be
 * ended.
 */
export function createJqRuntime(limits: { memoryBytes: number; valueSize: number }): JqRuntime {
  let module: Promise<WebAssembly.Module> | undefined
  let instance: Jq | undefined
  let memory: WebAssembly.Memory | undefined

  const load = async (): Promise<void> => {
    const compiled = await (module ??= compile(limits.memoryBytes))
    instance = await loadJq({
      instantiateWasm: (imports, onSuccess) => {
        void WebAssembly.instantiate(compiled, imports).then((created) => {
          memory = Object.values(created.exports).find((value) => value instanceof WebAssembly.Memory)
          onSuccess(created, compiled)
        })
      }
    })
  }

  /**
   * An error that escapes jq's own handling leaves its memory in an unknown state: that instance is never used again.
   */
  const raw = (input: string, program: string, flags: readonly string[]): Outcome => {
    if (instance === undefined) throw new Error('jq is not ready')
    try {
      const { stdout, stderr, exitCode } = instance.raw(input, program, ['-c', ...flags])
      if (exitCode === COMPILE_ERROR) return { fault: { kind: 'syntax', message: compileMessage(stderr) } }
      if (exitCode !== 0) return { fault: { kind: 'runtime', message: stderr.trim() } }
      return { text: stdout }
    } catch {
      instance = undefined
      return {
        fault: {
          kind: 'limit',
          message: `the expression needs more than ${limits.memoryBytes} bytes of memory, or too deep a stack`
        }
      }
    }
  }

  return {
    ready: async () => {
      if (instance === undefined) await load()
    },
    run: (program, document) => {
      const outcome = raw(document, program, [])
      if ((memory?.buffer.byteLength ?? 0) > KEEP_BYTES) instance = undefined
      return outcome
    },
    check: (sources, variables) => {
      const flags = variables.flatMap((name) => ['--arg', name, ''])
      for (const source of sources) {
        const outcome = raw('', source, flags)
        if ('fault' in outcome) return outcome
      }
      return { text: 'null' }
    }
  }
}

async function compile(memoryBytes: number): Promise<WebAssembly.Module> {
  const wasm = await readFile(fileURLToPath(import.meta.resolve('jq-wasm/jq.wasm')))
  return WebAssembly.compile(withMemoryCeiling(wasm, memoryBytes))
}

/** jq prefixes each message with its own name and closes with a count. */
function compileMessage(stderr: string): string {
  return stderr
    .replace(/^jq: error: /gm, '')
    .replace(/\n?jq: \d+ compile errors?\s*$/, '')
    .trim()
}
