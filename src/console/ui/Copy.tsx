import { useEffect, useState, type RefObject } from 'react'
import { copyText } from '../lib/copy.ts'
import { Button } from './Button.tsx'
import { CheckIcon, CopyIcon } from './icons.tsx'
import { notify } from './notify.tsx'

const COPIED_MS = 2_000

export interface CopyProps {
  text: string
  /** The button's name: "Copy token". */
  label: string
  /** The message after copying: "Token copied". */
  done: string
  /** Whether only the icon is shown. */
  icon?: boolean
  look?: 'primary' | 'plain'
  /** Selected if the browser refuses to copy, so that Ctrl+C works. */
  field?: RefObject<HTMLInputElement | null>
  onCopied?: () => void
}

/** A button that copies a text, and says so for two seconds. */
export function Copy({ text, label, done, icon = false, look = 'plain', field, onCopied }: CopyProps) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), COPIED_MS)
    return () => clearTimeout(timer)
  }, [copied])

  async function copy(): Promise<void> {
    if (await copyText(text)) {
      setCopied(true)
      notify(done)
      onCopied?.()
      return
    }
    field?.current?.select()
    notify('Press Ctrl C to copy')
  }

  const name = copied ? 'Copied' : label
  return (
    <Button
      look={icon ? 'quiet' : look}
      // Does not make a line of text taller.
      className={icon ? '-my-1.5 px-1.5' : ''}
      {...(icon ? { 'aria-label': name, title: name } : {})}
      onClick={() => void copy()}
    >
      {icon ? copied ? <CheckIcon /> : <CopyIcon /> : name}
    </Button>
  )
}
