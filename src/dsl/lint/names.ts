/** Namespaces and names of flows: DNS labels (DSL 1.0.3). */
export const NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/
export const NAME_RULE = 'Must be 1 to 63 letters, digits and inner hyphens.'

/** Semantic versioning 2.0.0. */
export const SEMANTIC_VERSION =
  /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/
