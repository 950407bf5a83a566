import { createContext, useContext, type RefObject } from 'react'

/** The element for menus and dialogs: inside `main`, so that nothing is outside a landmark. */
export const LayerContext = createContext<RefObject<HTMLElement | null> | undefined>(undefined)

export function useLayer(): RefObject<HTMLElement | null> | undefined {
  return useContext(LayerContext)
}
