import { useId, useRef, useState, type KeyboardEvent } from 'react'
import { useGo } from '../lib/navigation.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { jumpTargets, type JumpTarget } from './jump.ts'
import { useAccount } from './session.tsx'

/** Search or jump to…: a page by its name, a thing by its id, a token by its start. */
export function JumpDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <Dialog open={open} onClose={onClose} title="Search or jump to" initialFocus={input}>
      <Jump input={input} onClose={onClose} />
    </Dialog>
  )
}

function Jump({ input, onClose }: { input: React.RefObject<HTMLInputElement | null>; onClose: () => void }) {
  const id = useId()
  const go = useGo()
  const account = useAccount()
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const targets = jumpTargets(text, { admin: account.role === 'admin' })
  const current = Math.min(chosen, targets.length - 1)

  function take(target: JumpTarget | undefined): void {
    if (!target) return
    onClose()
    void go(target.to, target.search ? { search: target.search } : {})
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'Enter') take(targets[current])
    else if (event.key === 'ArrowDown') setChosen(Math.min(current + 1, targets.length - 1))
    else if (event.key === 'ArrowUp') setChosen(Math.max(current - 1, 0))
    else return
    event.preventDefault()
  }

  return (
    <>
      <input
        ref={input}
        role="combobox"
        aria-label="Search"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={targets.length > 0 ? `${id}-${current}` : undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder="A page, an id, a request id, or the start of a token"
        className="input"
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setChosen(0)
        }}
        onKeyDown={onKeyDown}
      />
      <ul id={id} role="listbox" aria-label="Results" className="max-h-80 overflow-auto">
        {targets.map((target, index) => (
          // The combobox handles the keys, because its options never have the focus.
          <li
            key={target.to + target.label}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === current}
            className="menu-item aria-selected:bg-accent-soft aria-selected:text-accent"
            onClick={() => take(target)}
          >
            {target.label}
          </li>
        ))}
      </ul>
      {targets.length === 0 && <p className="dim">Nothing is called so.</p>}
    </>
  )
}
