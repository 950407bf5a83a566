import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { withMemoryCeiling } from '../../../../src/dsl/expressions/pool/memory-ceiling.ts'

const PAGE = 64 * 1024
/** `(module (memory (export "m") 1))`, and the same with a maximum of 200 pages. */
const UNLIMITED = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 1, 0, 1, 7, 5, 1, 1, 109, 2, 0])
const LIMITED = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 5, 5, 1, 1, 1, 200, 1, 7, 5, 1, 1, 109, 2, 0])

interface GrowingMemory {
  grow(pages: number): number
}

t.test('the memory grows to the ceiling and no further, whether or not the module had one', async (t) => {
  for (const wasm of [UNLIMITED, LIMITED]) {
    const instance = await WebAssembly.instantiate(await WebAssembly.compile(withMemoryCeiling(wasm, 3 * PAGE)))
    const memory = instance.exports['m'] as GrowingMemory
    t.equal(memory.grow(2), 1)
    t.throws(() => memory.grow(1), RangeError)
  }
})

t.test("jq's own module keeps compiling with a ceiling", async (t) => {
  const wasm = readFileSync(fileURLToPath(import.meta.resolve('jq-wasm/jq.wasm')))
  t.ok(await WebAssembly.compile(withMemoryCeiling(wasm, 64 * 1024 * 1024)))
})

t.test('what has no memory section, or ends too early, is refused', async (t) => {
  t.throws(() => withMemoryCeiling(UNLIMITED.subarray(0, 8), PAGE), /no memory section/)
  t.throws(
    () => withMemoryCeiling(Uint8Array.from([...UNLIMITED.subarray(0, 8), 1, 200]), PAGE),
    /ends within a number/
  )
})
