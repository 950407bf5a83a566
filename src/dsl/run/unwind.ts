/**
 * Suspends the run until `until` (milliseconds since the epoch). The engine then runs it again, and the journal returns
 * the results of its finished effects. A durable engine throws this from ports such as `FlowPorts.sleep`. No `try` of a
 * flow catches it; `runFlow` rejects with it.
 */
export class Suspended extends Error {
  override readonly name = 'Suspended'
  readonly until: number

  constructor(until: number) {
    super('The run is suspended.')
    this.until = until
  }
}

/**
 * The scope of this code was cancelled: by the caller, by an enclosing timeout, or because another branch won. No `try`
 * inside the scope catches it.
 */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'

  constructor() {
    super('The scope was cancelled.')
  }
}
