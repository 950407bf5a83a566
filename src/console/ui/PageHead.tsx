import { useEffect, useRef, type ReactNode } from 'react'
import { takeArrival } from '../frame/arrival.ts'
import { Link } from './Link.tsx'
import { announce } from './notify.tsx'

export interface PageHeadProps {
  /** The text of the h1 and of the document's title. */
  title: string
  /** Put before the document's title: the status of a run. */
  status?: string
  /** One sentence under the h1. */
  about?: ReactNode
  /** Tags, ids and the like, beside the h1. */
  beside?: ReactNode
  /** The page's buttons: the primary one last. */
  actions?: ReactNode
  /** The list that this page belongs to. */
  parent?: { to: string; label: string }
}

/** The head of a page. After a navigation the h1 takes the focus and is read out. Every page has exactly one. */
export function PageHead({ title, status, about, beside, actions, parent }: PageHeadProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${status ? `${status} · ` : ''}${title} · Sluice`
  }, [title, status])
  useEffect(() => {
    if (!takeArrival()) return
    heading.current?.focus({ preventScroll: true })
    announce(heading.current?.textContent ?? '')
  }, [])
  return (
    <div className="flex flex-col gap-2">
      {parent && (
        <nav aria-label="Breadcrumb" className="small">
          <Link to={parent.to}>{parent.label}</Link> <span aria-hidden="true">/</span> {title}
        </nav>
      )}
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <div className="row">
            <h1 ref={heading} tabIndex={-1}>
              {title}
            </h1>
            {beside}
          </div>
          {about && <div className="dim">{about}</div>}
        </div>
        {actions && <div className="row">{actions}</div>}
      </div>
    </div>
  )
}
