import { holdsCredential } from '../../api/secret-guard.ts'
import { readStored, writeStored } from '../../lib/stored.ts'
import { isRecord } from '../tasks.ts'
import type { Mock, Mocks } from './mocks.ts'

/** The mocks of a flow that the browser keeps. */
export function readMocks(flowId: string): Mocks {
  try {
    const stored = JSON.parse(readStored(`mocks.${flowId}`) ?? '{}') as unknown
    if (!isRecord(stored)) return {}
    return Object.fromEntries(
      Object.entries(stored).flatMap(([key, mock]): [string, Mock][] =>
        isRecord(mock) && typeof mock['text'] === 'string'
          ? [[key, { kind: mock['kind'] === 'error' ? 'error' : 'output', text: mock['text'] }]]
          : []
      )
    )
  } catch {
    return {}
  }
}

/** Keeps the mocks in the browser, unless one contains a credential. */
export function keepMocks(flowId: string, mocks: Mocks): void {
  const empty = Object.keys(mocks).length === 0
  writeStored(`mocks.${flowId}`, empty || holdsCredential(mocks) ? undefined : JSON.stringify(mocks))
}
