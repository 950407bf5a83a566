import type { ComponentProps } from 'react'
import { Link, type LinkProps } from './Link.tsx'

type Look = 'primary' | 'danger' | 'quiet' | 'plain'
const CLASS: Record<Look, string> = {
  primary: 'btn btn-primary',
  danger: 'btn btn-danger',
  quiet: 'btn btn-quiet',
  plain: 'btn'
}

/** `pending` keeps the name and the focus: the button says that it is busy and ignores further presses. */
export type ButtonProps = ComponentProps<'button'> & { look?: Look; pending?: boolean }

export function Button({ look = 'plain', pending = false, className = '', onClick, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`${CLASS[look]} ${className}`}
      aria-disabled={pending || undefined}
      aria-busy={pending || undefined}
      onClick={(event) => (pending ? event.preventDefault() : onClick?.(event))}
    />
  )
}

/** A link that looks like a button. */
export function ButtonLink({ look = 'plain', className = '', ...rest }: LinkProps & { look?: Look }) {
  return <Link {...rest} className={`${CLASS[look]} ${className}`} />
}
