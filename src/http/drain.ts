/**
 * Whether this process is about to stop.
 *
 * It serves, then drains, then closes. `begin` moves it from serving to draining: `/readyz` answers 503, so that a
 * proxy stops choosing this process, and every answer has `Connection: close`, so that no client keeps its connection.
 * Calls are answered as before, until the server is closed.
 */
export interface Drain {
  begin(): void
  isDraining(): boolean
}

export function createDrain(): Drain {
  let draining = false
  return {
    begin() {
      draining = true
    },
    isDraining: () => draining
  }
}
