import type { ReactNode } from 'react'
import { Button } from './Button.tsx'

/** The last row of a form, with the button that submits it. */
export function SubmitRow({ pending, children }: { pending: boolean; children: ReactNode }) {
  return (
    <div className="row justify-end">
      <Button type="submit" look="primary" pending={pending}>
        {children}
      </Button>
    </div>
  )
}
