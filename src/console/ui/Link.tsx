import { Link as RouterLink, type LinkProps as RouterLinkProps } from '@tanstack/react-router'
import type { ComponentProps, ReactNode } from 'react'
import { textOfSearch, type Search } from '../lib/search.ts'

export interface LinkProps extends Omit<ComponentProps<'a'>, 'href' | 'children'> {
  /** A path of the console, such as `/tokens/tok_1`, without `/console`. */
  to: string
  search?: Search
  children?: ReactNode
}

/** A link within the console. */
export function Link({ to, search, ...rest }: LinkProps) {
  // Paths are plain texts instead of typed routes, so that a page is added by one line of the registry.
  const target = { to, search: search ?? {} } as unknown as RouterLinkProps
  return <RouterLink {...target} {...(rest as object)} preload="intent" />
}

/** The path of a page as the browser sees it, with `/console`. */
export function hrefOf(to: string, search?: Search): string {
  return `/console${to === '/' ? '' : to}${textOfSearch(search ?? {})}`
}
