import { createContext, use } from 'react'

/** What the fields of a form know of the flow around them. */
export interface Builder {
  workspaceId: string
  /** The whole document, as it is written now. */
  document: unknown
  /** The step that is edited. */
  pointer: string
  /** Steps of its list, which it can lead to. */
  siblings: readonly string[]
  /** What the step got in the last simulation; undefined where there was none. */
  input: unknown
  /** What an expression gives in this step; undefined where nothing was simulated yet. */
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
