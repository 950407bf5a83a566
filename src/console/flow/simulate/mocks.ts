import { parseJson } from '../../lib/exact-json.ts'
import { pathOfPointer, tasksOf } from '../tasks.ts'

/** A result in place of a step's own, as it is typed. */
export interface Mock {
  kind: 'output' | 'error'
  text: string
}

/** Mocks by the names that lead to their steps: a step keeps its mock when others move. */
export type Mocks = Readonly<Record<string, Mock>>

/** A pointer without its indexes. */
export function mockKey(pointer: string): string {
  return pathOfPointer(pointer)
    .filter((step) => !/^\d+$/.test(step))
    .join('/')
}

/** What is sent: mocks of steps that are there and can be read, by their pointers. */
export function sentMocks(mocks: Mocks, document: unknown): Record<string, unknown> {
  return Object.fromEntries(
    tasksOf(document).flatMap(({ pointer }) => {
      const mock = mocks[mockKey(pointer)]
      const value = mock && readMock(mock)
      return mock && value ? [[pointer, { [mock.kind]: value.value }]] : []
    })
  )
}

/** The value of a mock; undefined where its text is no JSON. */
export function readMock({ text }: Mock): { value: unknown } | undefined {
  try {
    return { value: parseJson(text) }
  } catch {
    return undefined
  }
}

export const ERROR_MOCK = JSON.stringify({ status: 503, title: 'Not available' }, null, 2)
