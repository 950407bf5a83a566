/** The remaining work of one validation. A unit takes about 50 ns. */
export class Work {
  left = Infinity

  /** @throws TooMuchWork if less is left */
  spend(units: number): void {
    if ((this.left -= units) < 0) throw new TooMuchWork()
  }

  /** Spends the work of iterating over a value `rounds` times. */
  spendOn(value: unknown, rounds: number): void {
    if (typeof value === 'string') return this.spend((value.length * rounds) / 32)
    if (typeof value !== 'object' || value === null) return
    if (Array.isArray(value)) return this.spend(value.length * rounds)
    let members = 0
    for (const _ in value) members++
    this.spend(members * rounds)
  }
}

/** A validation needs more work than it may do. It has no result. */
export class TooMuchWork extends Error {
  override readonly name = 'TooMuchWork'
}
