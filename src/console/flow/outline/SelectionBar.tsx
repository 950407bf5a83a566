import { copyText } from '../../lib/copy.ts'
import { Button } from '../../ui/Button.tsx'
import { Menu } from '../../ui/Menu.tsx'
import { notify } from '../../ui/notify.tsx'
import { WRAPS } from '../step-changes.ts'
import type { StepActions } from './step-actions.ts'

/** The actions for several selected steps. */
export function SelectionBar({
  picked,
  actions,
  onClear
}: {
  picked: readonly string[]
  actions: StepActions
  onClear: () => void
}) {
  const copy = async (): Promise<void> => {
    notify((await copyText(actions.copy(picked))) ? 'Steps copied' : 'Press Ctrl C in the outline to copy')
  }
  return (
    <div role="group" aria-label="Selected steps" className="row rounded-md bg-accent-soft p-2">
      <span>{picked.length} selected</span>
      <Button onClick={() => void copy()}>Copy</Button>
      <Button onClick={() => void copy().then(() => actions.remove(picked))}>Cut</Button>
      <Button onClick={() => actions.remove(picked)}>Delete</Button>
      <Menu
        trigger="Wrap in…"
        groups={[{ items: WRAPS.map((wrap) => ({ label: wrap.label, onSelect: () => actions.wrap(picked, wrap) })) }]}
      />
      <Button look="quiet" onClick={onClear}>
        Clear
      </Button>
    </div>
  )
}
