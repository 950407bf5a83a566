import { memo, useRef } from 'react'
import { PALETTE } from '../palette.ts'
import { Menu } from '../../ui/Menu.tsx'
import type { StepActions } from './step-actions.ts'

/** The list of steps that can be added, behind a step or at the end. */
export const AddStep = memo(Palette)

function Palette({
  actions,
  after,
  open,
  onOpenChange,
  onOpenApi
}: {
  actions: StepActions
  after: string | undefined
  open: boolean
  onOpenChange: (open: boolean) => void
  /** Picks an operation of an OpenAPI document. */
  onOpenApi: () => void
}) {
  // The new step takes the focus.
  const chosen = useRef(false)
  return (
    <Menu
      trigger="Add step"
      open={open}
      onOpenChange={(next) => {
        if (next) chosen.current = false
        onOpenChange(next)
      }}
      keepsFocus={() => chosen.current}
      groups={[
        {
          items: [
            ...PALETTE.map((entry) => ({
              label: entry.label,
              note: entry.key,
              onSelect() {
                chosen.current = true
                actions.add(entry, after)
              }
            })),
            { label: 'Pick an OpenAPI operation…', onSelect: onOpenApi }
          ]
        }
      ]}
    />
  )
}
