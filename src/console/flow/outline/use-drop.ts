import { useMemo, useRef, useState, useEffect, type DragEvent } from 'react'
import type { OutlineRow } from '../outline.ts'
import { pathOfPointer } from '../tasks.ts'
import { placeOf, type StepPlace } from '../text/step-text.ts'
import type { StepActions } from './step-actions.ts'

/** The type of dragged steps within the console. Other programs get them as YAML. */
const TYPE = 'application/x-sluice-step'

export type DropWhere = 'before' | 'after' | 'inside'

export interface DragHandlers {
  start(event: DragEvent, pointer: string): void
  over(event: DragEvent, row: OutlineRow): void
  leave(): void
  drop(event: DragEvent, row: OutlineRow): void
  end(): void
}

interface Over {
  pointer: string
  where: DropWhere
}

/** Dragging of steps by their handles onto others: above, below, or into a group. */
export function useDrop(actions: StepActions | undefined, picked: readonly string[]) {
  const [over, setOver] = useState<Over>()
  const latest = useRef({ actions, picked })
  useEffect(() => {
    latest.current = { actions, picked }
  })
  const dragged = useRef<readonly string[]>([])
  const handlers = useMemo(
    (): DragHandlers => ({
      start(event, pointer) {
        const { actions: act, picked: all } = latest.current
        dragged.current = all.includes(pointer) ? all : [pointer]
        event.dataTransfer.setData(TYPE, JSON.stringify(dragged.current))
        event.dataTransfer.setData('text/plain', act?.copy(dragged.current) ?? '')
        event.dataTransfer.effectAllowed = 'copyMove'
      },
      over(event, row) {
        if (!event.dataTransfer.types.includes(TYPE) || isInside(row.pointer, dragged.current)) return
        event.preventDefault()
        const where = whereOf(event, row)
        setOver((before) =>
          before?.pointer === row.pointer && before.where === where ? before : { pointer: row.pointer, where }
        )
      },
      leave: () => setOver(undefined),
      drop(event, row) {
        event.preventDefault()
        setOver(undefined)
        const { actions: act } = latest.current
        if (dragged.current.length === 0) return act?.paste(event.dataTransfer.getData('text/plain'), row.pointer)
        if (isInside(row.pointer, dragged.current)) return undefined
        return act?.moveTo(dragged.current, placeFor(row, whereOf(event, row)))
      },
      end() {
        dragged.current = []
        setOver(undefined)
      }
    }),
    []
  )
  return { over, handlers }
}

function isInside(pointer: string, dragged: readonly string[]): boolean {
  return dragged.some((each) => pointer === each || pointer.startsWith(`${each}/`))
}

function whereOf(event: DragEvent, row: OutlineRow): DropWhere {
  const { top, height } = event.currentTarget.getBoundingClientRect()
  const share = (event.clientY - top) / height
  if (row.branch && share > 0.35) return 'inside'
  return share < 0.5 ? 'before' : 'after'
}

function placeFor(row: OutlineRow, where: DropWhere): StepPlace {
  const { list, index } = placeOf(row.pointer)
  if (where !== 'inside') return { list, index: where === 'before' ? index : index + 1 }
  return { list: [...pathOfPointer(row.pointer), ...innerOf(row.task)], index: 0 }
}

function innerOf(task: Record<string, unknown>): string[] {
  if ('fork' in task) return ['fork', 'branches']
  return 'try' in task ? ['try'] : ['do']
}
