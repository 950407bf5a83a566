import { useEffect } from 'react'
import { useGo } from '../lib/navigation.ts'
import { isLayerOpen, LAYERS } from '../lib/open-layer.ts'
import { readStored } from '../lib/stored.ts'

export interface Shortcut {
  keys: string
  does: string
}

const GOES: Readonly<Record<string, { to: string; label: string }>> = {
  t: { to: '/tokens', label: 'Go to Tokens' },
  r: { to: '/runs', label: 'Go to Runs' },
  f: { to: '/flows', label: 'Go to Flows' },
  l: { to: '/listeners', label: 'Go to Listeners' }
}
/** Milliseconds within which the second key of `g t` must follow. */
const SEQUENCE_MS = 1_500

export const SHORTCUTS: readonly Shortcut[] = [
  { keys: 'Ctrl K', does: 'Search or jump to' },
  { keys: '/', does: 'Search on this page' },
  { keys: '?', does: 'Keyboard shortcuts' },
  ...Object.entries(GOES).map(([key, { label }]) => ({ keys: `g ${key}`, does: label })),
  { keys: 'Esc', does: 'Close' }
]

/**
 * The keyboard shortcuts of the frame. Single letters are off in text fields, and if the account has switched them off
 * (WCAG 2.1.4).
 */
export function useShortcuts({ onSearch, onHelp }: { onSearch: () => void; onHelp: () => void }): void {
  const go = useGo()
  useEffect(() => {
    let sequenceAt = 0
    function onKeyDown(event: KeyboardEvent): void {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        onSearch()
        return
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || readStored('keys') === 'off')
        return
      if (isLayerOpen()) return
      const second = event.timeStamp - sequenceAt < SEQUENCE_MS ? GOES[event.key] : undefined
      sequenceAt = event.key === 'g' ? event.timeStamp : 0
      if (second) void go(second.to)
      else if (event.key === '?') onHelp()
      else if (event.key === '/') document.querySelector<HTMLElement>('[data-page-search]')?.focus()
      else return
      event.preventDefault()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [go, onSearch, onHelp])
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target.closest(`${LAYERS},[role=tree]`)) return true
  return target instanceof HTMLInputElement
    ? !['checkbox', 'radio', 'button'].includes(target.type)
    : target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
}
