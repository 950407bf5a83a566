import { inspect } from 'node:util'

const MASK = '[secret]'

/** A value that cannot be printed by accident: every way of turning it into text says `[secret]`, but `reveal()`. */
export class Secret<T = string> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  /** The value itself. Call it only where the value is used, never where it is passed on. */
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
