import { drivePaced, type PacedWindow } from './drive-paced.ts'

// A process of its own for load at a fixed rate: each message of the parent is a window, and is answered by its result.

process.on('message', (window: PacedWindow) => {
  void drivePaced(window).then((result) => process.send?.(result))
})
process.send?.('ready')
