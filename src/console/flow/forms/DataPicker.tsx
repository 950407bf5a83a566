import { useMemo, useState } from 'react'
import { Dialog } from '../../ui/Dialog.tsx'
import { Tree, type TreeNode } from '../../ui/Tree.tsx'
import { isRecord } from '../tasks.ts'

/** At most this many members of one value are listed. */
const SHOWN = 200
const MAX_LEVELS = 8

/** The input of a step, as a tree. Pressing a part inserts its path. */
export function DataPicker({
  open,
  data,
  onClose,
  onPick
}: {
  open: boolean
  data: unknown
  onClose: () => void
  onPick: (path: string) => void
}) {
  const nodes = useMemo(() => (open ? nodesOf(data, '', 1) : []), [open, data])
  const [selected, setSelected] = useState<string>()
  const pick = (path: string): void => {
    onPick(path)
    onClose()
  }
  return (
    <Dialog open={open} onClose={onClose} title="Pick data">
      <p className="dim">What the step got in the last simulation. Press a part, or Enter on it, to take its path.</p>
      <div
        role="presentation"
        className="max-h-[50vh] overflow-auto"
        onClick={(event) => pickClicked(event.target, pick)}
      >
        <Tree
          label="Data"
          nodes={nodes}
          selected={selected}
          onSelect={setSelected}
          onKey={(event, id) => {
            if (event.key !== 'Enter') return false
            event.preventDefault()
            pick(id)
            return true
          }}
        />
      </div>
    </Dialog>
  )
}

function pickClicked(target: EventTarget, pick: (path: string) => void): void {
  const path = target instanceof HTMLElement ? target.closest<HTMLElement>('[data-path]')?.dataset['path'] : undefined
  if (path !== undefined) pick(path)
}

function nodesOf(value: unknown, path: string, level: number): TreeNode[] {
  const members: [string, unknown][] = Array.isArray(value)
    ? value.map((item: unknown, index) => [`[${index}]`, item])
    : isRecord(value)
      ? Object.entries(value).map(([key, item]) => [memberText(key), item])
      : []
  return members.slice(0, SHOWN).map(([step, item]) => {
    const own = path === '' && step.startsWith('[') ? `.${step}` : path + step
    const children = level < MAX_LEVELS ? nodesOf(item, own, level + 1) : []
    return {
      id: own,
      label: (
        <span data-path={own}>
          <code>{step.replace(/^\./, '')}</code>{' '}
          <span className="dim small">{children.length > 0 ? '' : JSON.stringify(item)?.slice(0, 60)}</span>
        </span>
      ),
      children
    }
  })
}

/** A member in jq: `.name`, or `."a name"`. */
export function memberText(key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `.${JSON.stringify(key)}`
}
