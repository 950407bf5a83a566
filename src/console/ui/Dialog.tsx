import { Dialog as Base } from '@base-ui/react/dialog'
import type { ReactNode, RefObject } from 'react'
import { useLayer } from './layer.tsx'

/** A dialog over the page. Escape and a press beside it close it, unless work would be lost (`sticky`). */
export function Dialog({
  open,
  onClose,
  title,
  sticky = false,
  initialFocus,
  children
}: {
  open: boolean
  onClose: () => void
  title: string
  sticky?: boolean
  initialFocus?: RefObject<HTMLElement | null>
  children: ReactNode
}) {
  const layer = useLayer()
  return (
    <Base.Root
      open={open}
      disablePointerDismissal={sticky}
      onOpenChange={(next, details) => {
        if (next) return
        if (sticky && details.reason === 'escape-key') return
        onClose()
      }}
    >
      <Base.Portal {...(layer ? { container: layer } : {})}>
        <Base.Backdrop className="backdrop" />
        <Base.Popup
          {...(initialFocus ? { initialFocus } : {})}
          className={
            'floating fixed top-[8vh] left-1/2 z-50 flex max-h-[84vh] w-[min(560px,calc(100vw-24px))] ' +
            '-translate-x-1/2 flex-col gap-3 overflow-auto p-4'
          }
        >
          <Base.Title className="m-0">{title}</Base.Title>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
