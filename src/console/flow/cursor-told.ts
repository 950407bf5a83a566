import type { Extension } from '@codemirror/state'
import { ViewPlugin, type ViewUpdate } from '@codemirror/view'

const PAUSE_MS = 200

/**
 * Reports where the person moved the cursor. During typing, the report waits until a moment after the last key, or
 * until the editor loses the focus, because finding the step at the cursor reads the whole text.
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
        // Reported at once, so that it does not undo a later choice in another view.
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
