let arriving = false

/** The router calls this when it loads another page, whose h1 takes the focus once it is shown. */
export function announceArrival(): void {
  arriving = true
}

/** Whether the present page was navigated to. Returns true only once. */
export function takeArrival(): boolean {
  const arrived = arriving
  arriving = false
  return arrived
}
