import { type Jq, loadJq } from 'jq-wasm'
import { parseJson } from '../../src/lib/exact-json.ts'

const COMPILE_ERROR = 3

export interface BareJq {
  compiles(program: string): Promise<boolean>
  /** All outputs, up to an error if there is one; undefined if jq crashed. */
  outputs(program: string, input: string): Promise<unknown[] | undefined>
}

/** Unchanged jq 1.8.2, without the pool and its limits, with the input as it is written. Only for trusted programs. */
export function createBareJq(): BareJq {
  let jq: Jq | undefined
  const raw = async (input: string, program: string): Promise<ReturnType<Jq['raw']> | undefined> => {
    jq ??= await loadJq()
    try {
      return jq.raw(input, program, ['-c'])
    } catch {
      // The instance may be corrupt after an error that escapes it.
      jq = undefined
      return undefined
    }
  }
  return {
    compiles: async (program) => (await raw('', program))?.exitCode !== COMPILE_ERROR,
    outputs: async (program, input) => {
      const lines = (await raw(input, program))?.stdout.split('\n').filter((line) => line !== '')
      return lines?.map((line) => parseJson(line))
    }
  }
}
