/**
 * Tells the first of many that are alike, and the next one only after a while, with how many were left out: what fails twice a second for an hour is one thing to know.
 * @param everyMs so long after one was told, the next is
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
