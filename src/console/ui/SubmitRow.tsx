import type { ReactNode } from 'react'
import { Button } from './Button.tsx'

/** The end of a form: the button that sends it. */
export function SubmitRow({ pending, children }: { pending: boolean; children: ReactNode }) {
  return (
    <div className="row justify-end">
      <Button type="submit" look="primary" pending={pending}>
        {children}
      </Button>
    </div>
  )
}
