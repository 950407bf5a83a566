import { Link as RouterLink, type LinkProps as RouterLinkProps } from '@tanstack/react-router'
import type { ComponentProps, ReactNode } from 'react'
import { textOfSearch, type Search } from '../lib/search.ts'

export interface LinkProps extends Omit<ComponentProps<'a'>, 'href' | 'children'> {
  /** A path of the console, such as `/tokens/tok_1`, without `/console`. */
  to: string
  search?: Search
  children?: ReactNode
}

/** A link inside of the console. */
export function Link({ to, search, ...rest }: LinkProps) {
  // Paths are texts here and not names of routes: a page is added by one line, and its links need no types of others.
  const target = { to, search: search ?? {} } as unknown as RouterLinkProps
  return <RouterLink {...target} {...(rest as object)} preload="intent" />
}

/** Where a path of the console is, as a browser sees it. */
export function hrefOf(to: string, search?: Search): string {
  return `/console${to === '/' ? '' : to}${textOfSearch(search ?? {})}`
}
