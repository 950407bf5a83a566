import { createChannel } from '../lib/channel.ts'

const SHOWN_MS = 4_000

interface Told {
  text: string
  /** The same words twice are told twice. */
  count: number
}

const told = createChannel<Told>({ text: '', count: 0 })
const spoken = createChannel<Told>({ text: '', count: 0 })
let timer: ReturnType<typeof setTimeout> | undefined

/** Says that something is done: "Token copied". Shown for a moment, and read out. */
export function notify(text: string): void {
  clearTimeout(timer)
  told.set({ text, count: told.read().count + 1 })
  timer = setTimeout(() => told.set({ text: '', count: told.read().count + 1 }), SHOWN_MS)
}

/** Reads something out that can be seen on the page anyway. */
export function announce(text: string): void {
  spoken.set({ text, count: spoken.read().count + 1 })
}

/** Both live regions: they must be there before they have something to say. */
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
