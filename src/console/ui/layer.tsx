import { createContext, useContext, type RefObject } from 'react'

/** Where menus and dialogs are put: inside of `main`, so that nothing stands outside of a landmark. */
export const LayerContext = createContext<RefObject<HTMLElement | null> | undefined>(undefined)

export function useLayer(): RefObject<HTMLElement | null> | undefined {
  return useContext(LayerContext)
}
