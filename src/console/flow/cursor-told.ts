import type { Extension } from '@codemirror/state'
import { ViewPlugin, type ViewUpdate } from '@codemirror/view'

const PAUSE_MS = 200

/**
 * Tells where the cursor went by hand. While somebody types, a moment after the last key, or when the editor is left:
 * finding what stands there reads the whole text.
 */
export function tellCursor(onCursor: (at: number) => void): Extension {
  return ViewPlugin.define(
    (view) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      const tell = (): void => {
        clearTimeout(timer)
        timer = undefined
        onCursor(view.state.selection.main.head)
      }
      return {
        update({ transactions }: ViewUpdate) {
          const typed = transactions.some((each) => each.isUserEvent('input.type'))
          if (!typed && !transactions.some((each) => each.isUserEvent('select'))) return
          if (!typed) return tell()
          clearTimeout(timer)
          timer = setTimeout(tell, PAUSE_MS)
        },
        // What is chosen elsewhere after that is not taken back.
        left: () => timer !== undefined && tell(),
        destroy: () => clearTimeout(timer)
      }
    },
    {
      eventHandlers: {
        blur() {
          this.left()
        }
      }
    }
  )
}
