import { ExactNumber } from '../../lib/exact-number.ts'
import type { FlowLimits } from '../limits.ts'
import { flowError } from '../problem.ts'

/** Sizes of values above this are cached, so that passing on a large value ten times walks it once. */
const REMEMBER_BYTES = 4096

interface Size {
  bytes: number
  height: number
}

/** Checks values against the limits of the run. Data is immutable, so a cached size stays valid. */
export class ValueSizer {
  readonly #limits: Readonly<FlowLimits>
  #known: WeakMap<object, Size> | undefined
  /** Nesting of arrays and objects in the value walked last. */
  #height = 0

  constructor(limits: Readonly<FlowLimits>) {
    this.#limits = limits
  }

  /**
   * Costs no more than the limit, however large the value is.
   * @throws FlowError if the value is larger or deeper than the limits.
   */
  check(value: unknown): void {
    if (typeof value === 'string' || (typeof value === 'object' && value !== null)) this.#walk(value, 0)
  }

  /**
   * Approximate bytes of the value as JSON.
   * @throws FlowError as `check` does.
   */
  bytes(value: unknown): number {
    return this.#walk(value, 0)
  }

  /** Approximate bytes of the value as JSON. Counts a shared part each time, as JSON repeats it. */
  #walk(value: unknown, depth: number): number {
    this.#height = 0
    if (typeof value === 'string') return this.#bounded(value.length + 2)
    if (typeof value !== 'object' || value === null) return 5
    if (value instanceof ExactNumber) return this.#bounded(value.text.length)
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
      // Not `for in`: with objects of many shapes, V8 discards and regenerates its optimized code over and over.
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
