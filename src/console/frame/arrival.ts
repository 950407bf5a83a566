let arriving = false

/** Told by the router when another page is on its way: its h1 takes the focus when it is there. */
export function announceArrival(): void {
  arriving = true
}

/** Whether the page that is shown now was navigated to. True once. */
export function takeArrival(): boolean {
  const arrived = arriving
  arriving = false
  return arrived
}
