import { drivePaced, type PacedWindow } from './drive-paced.ts'

// A separate process for load at a fixed rate. Each message of the parent is a window, and is answered with its result.

process.on('message', (window: PacedWindow) => {
  void drivePaced(window).then((result) => process.send?.(result))
})
process.send?.('ready')
