import type { FlowLimits } from '../limits.ts'
import { flowError } from '../problem.ts'

/** Values above this are remembered, so that handing a large one on ten times measures it once. */
const REMEMBER_BYTES = 4096

interface Size {
  bytes: number
  height: number
}

/** Measures values against the run's limits. Data is immutable, so what was measured stays measured. */
export class ValueSizer {
  readonly #limits: Readonly<FlowLimits>
  #known: WeakMap<object, Size> | undefined
  /** Arrays and objects within each other in the value walked last. */
  #height = 0

  constructor(limits: Readonly<FlowLimits>) {
    this.#limits = limits
  }

  /** @throws FlowError where the value is larger or deeper than the limits. Costs no more than the limit, however large the value. */
  check(value: unknown): void {
    if (typeof value === 'string' || (typeof value === 'object' && value !== null)) this.#walk(value, 0)
  }

  /** Bytes of the value as JSON, about. @throws FlowError as `check` does */
  bytes(value: unknown): number {
    return this.#walk(value, 0)
  }

  /** Bytes of the value as JSON, about: shared parts count each time, as they would when written out. */
  #walk(value: unknown, depth: number): number {
    this.#height = 0
    if (typeof value === 'string') return this.#bounded(value.length + 2)
    if (typeof value !== 'object' || value === null) return 5
    const known = this.#known?.get(value)
    if (known !== undefined) {
      this.#boundDepth(depth + known.height)
      this.#height = known.height
      return known.bytes
    }
    this.#boundDepth(depth + 1)
    let bytes = 2
    let height = 0
    if (Array.isArray(value)) {
      for (const item of value) {
        bytes = this.#bounded(bytes + 1 + this.#walk(item, depth + 1))
        if (this.#height > height) height = this.#height
      }
    } else {
      // Not `for in`: over objects of many shapes its optimized code is thrown away and made again without end.
      for (const key of Object.keys(value)) {
        bytes = this.#bounded(bytes + key.length + 4 + this.#walk((value as Record<string, unknown>)[key], depth + 1))
        if (this.#height > height) height = this.#height
      }
    }
    this.#height = height + 1
    if (bytes > REMEMBER_BYTES) (this.#known ??= new WeakMap()).set(value, { bytes, height: this.#height })
    return bytes
  }

  #bounded(bytes: number): number {
    if (bytes <= this.#limits.valueBytes) return bytes
    throw flowError('runtime', `A value is larger than ${this.#limits.valueBytes} bytes (limit "valueBytes").`, {
      title: 'Limit exceeded'
    })
  }

  #boundDepth(depth: number): void {
    if (depth <= this.#limits.valueDepth) return
    throw flowError('runtime', `A value is nested more than ${this.#limits.valueDepth} deep (limit "valueDepth").`, {
      title: 'Limit exceeded'
    })
  }
}
