import { parse } from 'yaml'
import { freeName } from './palette.ts'
import type { StepChange } from './step-changes.ts'
import { type Item, listAt, namesOf, placeAfter } from './step-places.ts'
import { isRecord, pointerOfPath } from './tasks.ts'
import { Unpatchable } from './text/edits.ts'
import { readText } from './text/read-text.ts'
import { insertStepText, placeOf, renameStep, textOfSteps, type StepPlace } from './text/step-text.ts'

/** Steps as YAML, with their comments. */
export function copyOf(text: string, pointers: readonly string[]): string {
  return textOfSteps(text, pointers.map(placeOf))
}

/**
 * Inserts the steps of a text at a place. A name that is taken there gets a number.
 * @throws Unpatchable for a text without steps
 */
export function pasteSteps(text: string, at: StepPlace, pasted: string): StepChange {
  const lines = stepsIn(pasted)
  if (lines === undefined) throw new Unpatchable('The clipboard holds no steps.')
  const taken = namesOf(listAt(readText(text).data, at.list) ?? [])
  const names = namesOf(parse(lines) as Item[])
  let unique = lines
  const given: string[] = []
  names.forEach((name, index) => {
    const free = freeName(name, [...taken, ...given])
    given.push(free)
    if (free === name) return
    for (const edits of renameStep(`do:\n${unique}`, { list: ['do'], index }, free)) {
      // Each list applies to the text that the one before it left. The `then` of a step that leads to itself changes.
      unique = [...edits]
        .reverse()
        .reduce((all, { from, to, insert }) => all.slice(0, from - 4) + insert + all.slice(to - 4), unique)
    }
  })
  return {
    patch: insertStepText(text, at, unique),
    select: given[0] === undefined ? undefined : pointerOfPath([...at.list, at.index, given[0]])
  }
}

export function duplicateSteps(text: string, pointers: readonly string[]): StepChange {
  const last = pointers.at(-1)
  if (last === undefined) return { patch: [], select: undefined }
  return pasteSteps(text, placeAfter(text, last), copyOf(text, pointers))
}

/** The lines of steps with their dashes in the first column; undefined where the text holds no steps. */
function stepsIn(pasted: string): string | undefined {
  const read = readText(pasted.replaceAll('\r\n', '\n'))
  if (!read.sound) return undefined
  const data = read.data
  if (isStepList(data))
    return textOfSteps(
      `do:\n${read.text}`,
      data.map((_, index) => ({ list: ['do'], index }))
    )
  if (isRecord(data) && isStepList(data['do'])) {
    const steps = data['do']
    return textOfSteps(
      read.text,
      steps.map((_, index) => ({ list: ['do'], index }))
    )
  }
  return undefined
}

function isStepList(value: unknown): value is Item[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((each) => isRecord(each) && Object.keys(each).length === 1 && isRecord(Object.values(each)[0]))
  )
}
