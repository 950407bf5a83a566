import type { Extension } from '@codemirror/state'
import { ViewPlugin } from '@codemirror/view'

const PAUSE_MS = 200

/**
 * Tells where the cursor went by hand. While somebody types, a moment after the last key: finding what stands there
 * reads the whole text.
 */
export function tellCursor(onCursor: (at: number) => void): Extension {
  return ViewPlugin.define((view) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const tell = (): void => onCursor(view.state.selection.main.head)
    return {
      update({ transactions }) {
        const typed = transactions.some((each) => each.isUserEvent('input.type'))
        if (!typed && !transactions.some((each) => each.isUserEvent('select'))) return
        clearTimeout(timer)
        if (typed) timer = setTimeout(tell, PAUSE_MS)
        else tell()
      },
      destroy: () => clearTimeout(timer)
    }
  })
}
