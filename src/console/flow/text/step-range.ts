import { isSeq } from 'yaml'
import { tasksOf } from '../tasks.ts'
import { nodeAt, readText, type FlowText } from './read-text.ts'
import { itemRegion } from './regions.ts'
import { placeOf } from './step-text.ts'

interface Range {
  from: number
  to: number
}

/** The part of a text that a step is written in; undefined where it is not there. */
export function stepRange(text: string, pointer: string): Range | undefined {
  return rangeIn(readText(text), pointer)
}

function rangeIn(read: FlowText, pointer: string): Range | undefined {
  if (!read.sound) return undefined
  const { list, index } = placeOf(pointer)
  const node = nodeAt(read, list)
  if (!isSeq(node) || !(index in node.items)) return undefined
  if (!node.flow) return itemRegion(read.text, node, index)
  const range = (node.items[index] as { range?: [number, number, number] }).range
  return range && { from: range[0], to: range[1] }
}

/** The innermost step that a place in the text belongs to. */
export function stepAtOffset(text: string, at: number): string | undefined {
  const read = readText(text)
  if (!read.sound) return undefined
  return tasksOf(read.data).findLast(({ pointer }) => {
    const range = rangeIn(read, pointer)
    return range && range.from <= at && at < range.to
  })?.pointer
}
