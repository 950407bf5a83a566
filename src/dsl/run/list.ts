import { END, EXIT, type CompiledList, type Frame, NEXT } from './state.ts'
import { performTask } from './task.ts'

/**
 * Performs tasks in order, each on the output of the one before, as their `then` says. `ended`: a task said `end`, so the whole flow is over.
 * A jump backward starts a new lap, which keeps the same task's effects apart.
 */
export async function performList(
  list: CompiledList,
  input: unknown,
  frame: Frame
): Promise<{ output: unknown; ended: boolean }> {
  let value = input
  let lap = 0
  let index = 0
  while (index < list.length) {
    const { output, next } = await performTask(list[index] as CompiledList[number], value, frame, lap)
    value = output
    if (next === END) return { output: value, ended: true }
    if (next === EXIT) break
    if (next !== NEXT && next <= index) lap++
    index = next === NEXT ? index + 1 : next
  }
  return { output: value, ended: false }
}
