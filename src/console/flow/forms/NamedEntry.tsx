import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { CrossIcon } from '../../ui/icons.tsx'
import { LineField } from './fields.tsx'

/** One of several named entries: its name, a button that removes it, and its fields below. */
export function NamedEntry({
  label,
  name,
  remove = `Remove ${name}`,
  onRename,
  onRemove,
  children
}: {
  /** The label of the field for the name. */
  label: string
  name: string
  /** The text of the button that removes it. */
  remove?: string
  onRename: (name: string) => void
  /** Undefined: it cannot be removed. */
  onRemove: (() => void) | undefined
  children: ReactNode
}) {
  return (
    <div className="flex flex-col gap-2 border-l-2 border-line pl-2">
      <div className="flex items-end gap-1">
        <div className="flex-1">
          <LineField label={label} value={name} onChange={(next) => next !== undefined && onRename(next)} />
        </div>
        {onRemove && (
          <Button look="quiet" className="px-1.5" aria-label={remove} onClick={onRemove}>
            <CrossIcon />
          </Button>
        )}
      </div>
      {children}
    </div>
  )
}
