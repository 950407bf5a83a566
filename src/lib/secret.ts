import { inspect } from 'node:util'

const MASK = '[secret]'

/**
 * A value that cannot be printed by accident: every conversion to text gives `[secret]`; only `reveal()` gives the
 * value.
 */
export class Secret<T = string> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  /** The value itself. Call this where the value is used, not where it is passed on. */
  reveal(): T {
    return this.#value
  }

  toString(): string {
    return MASK
  }

  toJSON(): string {
    return MASK
  }

  [inspect.custom](): string {
    return MASK
  }
}
