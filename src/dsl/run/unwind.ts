/**
 * The run is to be suspended until `until` (milliseconds since the epoch) and run again then, its finished effects given back by the journal.
 * A durable engine throws it from `FlowPorts.sleep`; no `try` of a flow sees it, and `runFlow` rejects with it.
 */
export class Suspended extends Error {
  override readonly name = 'Suspended'
  readonly until: number

  constructor(until: number) {
    super('The run is suspended.')
    this.until = until
  }
}

/** The scope that this code runs in was cancelled: by the caller, by a timeout around it, or because another branch won. No `try` inside sees it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'

  constructor() {
    super('The scope was cancelled.')
  }
}
