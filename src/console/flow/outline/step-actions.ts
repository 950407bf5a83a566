import { useMemo, useRef, useEffect, type RefObject } from 'react'
import { announce, notify } from '../../ui/notify.tsx'
import { changeAt } from '../change-at.ts'
import type { PaletteEntry } from '../palette.ts'
import { addStep, deleteSteps, renameTo, wrapIn, type StepChange, type WRAPS } from '../step-changes.ts'
import { copyOf, duplicateSteps, pasteSteps } from '../step-clipboard.ts'
import { moveBy, moveIn, moveOut, moveStepsTo } from '../step-moves.ts'
import { placeAfter } from '../step-places.ts'
import { nameOfPointer } from '../tasks.ts'
import { Unpatchable } from '../text/edits.ts'
import { readText } from '../text/read-text.ts'
import type { Path } from '../text/read-whole.ts'
import type { StepPlace } from '../text/step-text.ts'
import type { EditorHandle } from '../YamlEditor.tsx'

/** The actions on steps. The object stays the same while the page is open. */
export interface StepActions {
  /** Adds a step behind another one (or at the end), or at a place. */
  add(entry: Pick<PaletteEntry, 'name' | 'task'>, at?: string | StepPlace): void
  remove(pointers: readonly string[]): void
  duplicate(pointers: readonly string[]): void
  moveTo(pointers: readonly string[], to: StepPlace): void
  up(pointer: string): void
  down(pointer: string): void
  moveIn(pointer: string): void
  moveOut(pointer: string): void
  rename(pointer: string, name: string): void
  wrap(pointers: readonly string[], wrap: (typeof WRAPS)[number]): void
  copy(pointers: readonly string[]): string
  paste(text: string, after: string | undefined): void
  /** Applies the change of a form to a step, or to the flow itself (path `[]`). */
  change(path: Path, after: Record<string, unknown>): void
}

export function useStepActions(
  text: string,
  editor: RefObject<EditorHandle | null>,
  told: {
    /** @param data the data of the text after the change */
    onActed: (text: string, data: unknown) => void
    /** @param focus whether the outline takes the focus */
    onSelect: (pointer: string | undefined, focus: boolean) => void
  }
): StepActions {
  const latest = useRef({ text, ...told })
  useEffect(() => {
    latest.current = { text, ...told }
  })
  return useMemo(() => {
    const make = (change: (text: string) => StepChange | undefined, said?: string, focus = true): void => {
      try {
        const made = change(editor.current?.text() ?? latest.current.text)
        if (!made) return
        editor.current?.patch(made.patch)
        const left = editor.current?.text() ?? latest.current.text
        latest.current.onActed(left, readText(left).data)
        latest.current.onSelect(made.select, focus)
        if (said) announce(said)
      } catch (error) {
        if (!(error instanceof Unpatchable)) throw error
        notify(`Not done: ${error.message}`)
      }
    }
    const named = (pointers: readonly string[]): string =>
      pointers.length === 1 ? nameOfPointer(pointers[0] ?? '') : `${pointers.length} steps`
    return {
      add: (entry, at) =>
        make((now) => addStep(now, typeof at === 'object' ? at : placeAfter(now, at), entry), `${entry.name} added`),
      remove: (pointers) => make((now) => deleteSteps(now, pointers), `${named(pointers)} deleted`),
      duplicate: (pointers) => make((now) => duplicateSteps(now, pointers), `${named(pointers)} duplicated`),
      moveTo: (pointers, to) => make((now) => moveStepsTo(now, pointers, to), `${named(pointers)} moved`),
      up: (pointer) => make((now) => moveBy(now, pointer, -1), `${nameOfPointer(pointer)} moved up`),
      down: (pointer) => make((now) => moveBy(now, pointer, 1), `${nameOfPointer(pointer)} moved down`),
      moveIn: (pointer) => make((now) => moveIn(now, pointer), `${nameOfPointer(pointer)} moved into the group before`),
      moveOut: (pointer) => make((now) => moveOut(now, pointer), `${nameOfPointer(pointer)} moved out of its group`),
      rename: (pointer, name) => make((now) => renameTo(now, pointer, name), undefined, false),
      wrap: (pointers, wrap) => make((now) => wrapIn(now, pointers, wrap), `${named(pointers)} wrapped`),
      copy: (pointers) => copyOf(editor.current?.text() ?? latest.current.text, pointers),
      paste: (pasted, after) => make((now) => pasteSteps(now, placeAfter(now, after), pasted), 'Pasted'),
      change(path, after) {
        const now = editor.current?.text() ?? latest.current.text
        const { patch, data } = changeAt(now, path, after)
        editor.current?.patch(patch, { joins: true })
        latest.current.onActed(editor.current?.text() ?? now, data)
      }
    }
  }, [editor])
}
