import { AlertDialog } from '@base-ui/react/alert-dialog'
import { useRef, useState, type ReactNode } from 'react'
import { useAction } from '../api/use-action.ts'
import { Button } from './Button.tsx'
import { ErrorNote } from './ErrorNote.tsx'
import { useLayer } from './layer.tsx'
import { TextField } from './TextField.tsx'

export interface ConfirmProps {
  open: boolean
  onClose: () => void
  /** The question: "Revoke warehouse?" */
  title: string
  /** The effect, when, and whether it can be undone. */
  children: ReactNode
  /** The text of the button, which repeats the verb: "Revoke token". */
  action: string
  /** If it throws, the dialog stays open and shows the error; otherwise it closes. */
  onConfirm: () => Promise<void> | void
  /** The text that must be typed first: a number or a name. */
  typed?: string
  cancel?: string
  danger?: boolean
  disabled?: boolean
}

/** Asks before something that cannot be undone. Cancel has the focus, never the destructive button. */
export function Confirm({
  open,
  onClose,
  title,
  children,
  action,
  onConfirm,
  typed,
  cancel = 'Cancel',
  danger = true,
  disabled = false
}: ConfirmProps) {
  const layer = useLayer()
  const cancelButton = useRef<HTMLButtonElement>(null)
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <AlertDialog.Portal {...(layer ? { container: layer } : {})}>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup
          initialFocus={cancelButton}
          className={
            'floating fixed top-[12vh] left-1/2 z-50 flex max-h-[76vh] w-[min(480px,calc(100vw-24px))] ' +
            '-translate-x-1/2 flex-col gap-3 overflow-auto p-4'
          }
        >
          <AlertDialog.Title className="m-0 break-words">{title}</AlertDialog.Title>
          <AlertDialog.Description render={<div className="flex flex-col gap-2" />}>{children}</AlertDialog.Description>
          <Answers {...{ onClose, action, onConfirm, typed, cancel, danger, disabled, cancelButton }} />
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}

type AnswersProps = Required<
  Pick<ConfirmProps, 'onClose' | 'action' | 'onConfirm' | 'cancel' | 'danger' | 'disabled'>
> & {
  typed: string | undefined
  cancelButton: React.RefObject<HTMLButtonElement | null>
}

/** Mounted only while the dialog is open, so that text and errors of an earlier dialog are dropped. */
function Answers({ onClose, action, onConfirm, typed, cancel, danger, disabled, cancelButton }: AnswersProps) {
  const [text, setText] = useState('')
  const confirm = useAction(async () => {
    await onConfirm()
    onClose()
  })
  const waits = disabled || (typed !== undefined && text.trim() !== typed)
  return (
    <>
      {typed !== undefined && <TextField label={`Type ${typed} to confirm`} value={text} onChange={setText} />}
      {confirm.error !== undefined && <ErrorNote error={confirm.error} />}
      <div className="row justify-end">
        <Button ref={cancelButton} onClick={onClose}>
          {cancel}
        </Button>
        <Button
          look={danger ? 'danger' : 'primary'}
          disabled={waits}
          pending={confirm.pending}
          onClick={() => void confirm.run()}
        >
          {action}
        </Button>
      </div>
    </>
  )
}
