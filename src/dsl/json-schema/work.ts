/** The work that is left to one validation. A unit takes about 50 ns. */
export class Work {
  left = Infinity

  /** @throws TooMuchWork where less is left. Nothing has been done of it then. */
  spend(units: number): void {
    if ((this.left -= units) < 0) throw new TooMuchWork()
  }

  /** Spends what going once over a value costs. */
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
