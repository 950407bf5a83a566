import { parseJson } from '../../lib/exact-json.ts'
import { pathOfPointer, tasksOf } from '../tasks.ts'

/** A mocked result of a step, as it was typed. */
export interface Mock {
  kind: 'output' | 'error'
  text: string
}

/** Mocks by the names that lead to their steps, so that a step keeps its mock when others are moved. */
export type Mocks = Readonly<Record<string, Mock>>

/** A pointer without its indexes. */
export function mockKey(pointer: string): string {
  return pathOfPointer(pointer)
    .filter((step) => !/^\d+$/.test(step))
    .join('/')
}

/** The mocks to send, by pointer: those of existing steps whose text can be read. */
export function sentMocks(mocks: Mocks, document: unknown): Record<string, unknown> {
  return Object.fromEntries(
    tasksOf(document).flatMap(({ pointer }) => {
      const mock = mocks[mockKey(pointer)]
      const value = mock && readMock(mock)
      return mock && value ? [[pointer, { [mock.kind]: value.value }]] : []
    })
  )
}

/** The value of a mock; undefined if its text is not JSON. */
export function readMock({ text }: Mock): { value: unknown } | undefined {
  try {
    return { value: parseJson(text) }
  } catch {
    return undefined
  }
}

export const ERROR_MOCK = JSON.stringify({ status: 503, title: 'Not available' }, null, 2)
