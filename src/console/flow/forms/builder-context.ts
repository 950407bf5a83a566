import { createContext, use } from 'react'

/** The flow around the fields of a form. */
export interface Builder {
  workspaceId: string
  /** The whole document, as it is written now. */
  document: unknown
  /** The step that is edited. */
  pointer: string
  /** The steps of its list, to which it can lead. */
  siblings: readonly string[]
  /** The input of the step in the last simulation; undefined without one. */
  input: unknown
  /** Evaluates an expression in this step; undefined before the first simulation. */
  preview: ((expression: string, signal: AbortSignal) => Promise<Previewed>) | undefined
}

export type Previewed = { value: unknown } | { fault: string }

export const BuilderContext = createContext<Builder>({
  workspaceId: '',
  document: undefined,
  pointer: '',
  siblings: [],
  input: undefined,
  preview: undefined
})

export function useBuilder(): Builder {
  return use(BuilderContext)
}
