/**
 * Reports the first of many similar events, and then at most one in each `everyMs`, with the number of events that were
 * left out since.
 *
 * @param tell receives an event and how many were left out before it
 * @param everyMs the shortest time between two reports, in the milliseconds of `now`
 */
export function throttleReports<T>(
  tell: (thing: T, leftOut: number) => void,
  everyMs: number,
  now: () => number
): (thing: T) => void {
  let quietUntil = -Infinity
  let leftOut = 0
  return (thing) => {
    if (now() < quietUntil) {
      leftOut++
      return
    }
    quietUntil = now() + everyMs
    tell(thing, leftOut)
    leftOut = 0
  }
}
