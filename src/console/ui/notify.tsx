import { createChannel } from '../lib/channel.ts'

const SHOWN_MS = 4_000

interface Told {
  text: string
  /** Counts messages, so that the same text twice is announced twice. */
  count: number
}

const told = createChannel<Told>({ text: '', count: 0 })
const spoken = createChannel<Told>({ text: '', count: 0 })
let timer: ReturnType<typeof setTimeout> | undefined

/** Shows a message for a moment, and announces it: "Token copied". */
export function notify(text: string): void {
  clearTimeout(timer)
  told.set({ text, count: told.read().count + 1 })
  timer = setTimeout(() => told.set({ text: '', count: told.read().count + 1 }), SHOWN_MS)
}

/** Announces to screen readers what is visible on the page anyway. */
export function announce(text: string): void {
  spoken.set({ text, count: spoken.read().count + 1 })
}

/** The two live regions. They must exist before the first announcement. */
export function LiveRegions() {
  const note = told.use()
  const speech = spoken.use()
  return (
    <>
      <div
        role="status"
        className={
          note.text ? 'floating fixed bottom-4 left-1/2 z-60 -translate-x-1/2 px-4 py-2 font-semibold' : 'sr-only'
        }
      >
        <span key={note.count}>{note.text}</span>
      </div>
      <div aria-live="polite" className="sr-only">
        <span key={speech.count}>{speech.text}</span>
      </div>
    </>
  )
}
