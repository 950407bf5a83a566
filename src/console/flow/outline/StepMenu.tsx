import { memo } from 'react'
import { copyText } from '../../lib/copy.ts'
import { MoreIcon } from '../../ui/icons.tsx'
import { Menu } from '../../ui/Menu.tsx'
import { notify } from '../../ui/notify.tsx'
import { WRAPS } from '../step-changes.ts'
import { nameOfPointer } from '../tasks.ts'
import type { StepActions } from './step-actions.ts'

/** The actions for the selected step, which the keys of the outline do too. */
export const StepMenu = memo(Actions)

function Actions({ pointer, actions }: { pointer: string; actions: StepActions }) {
  const copy = async (): Promise<void> =>
    notify((await copyText(actions.copy([pointer]))) ? 'Step copied' : 'Press Ctrl C in the outline to copy')
  return (
    <Menu
      label={`Actions for ${nameOfPointer(pointer)}`}
      className="btn px-2"
      keepsFocus={() => true}
      trigger={<MoreIcon />}
      groups={[
        {
          items: [
            { label: 'Move up', note: 'Alt ↑', onSelect: () => actions.up(pointer) },
            { label: 'Move down', note: 'Alt ↓', onSelect: () => actions.down(pointer) },
            { label: 'Move into the group before', note: 'Alt →', onSelect: () => actions.moveIn(pointer) },
            { label: 'Move out of its group', note: 'Alt ←', onSelect: () => actions.moveOut(pointer) }
          ]
        },
        {
          items: WRAPS.map((wrap) => ({
            label: `Wrap in: ${wrap.label}`,
            onSelect: () => actions.wrap([pointer], wrap)
          }))
        },
        {
          items: [
            { label: 'Duplicate', onSelect: () => actions.duplicate([pointer]) },
            { label: 'Copy', note: 'Ctrl C', onSelect: () => void copy() },
            { label: 'Delete', note: 'Delete', danger: true, onSelect: () => actions.remove([pointer]) }
          ]
        }
      ]}
    />
  )
}
