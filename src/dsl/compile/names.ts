/** Names of the variables that loops and catches give, where the document names none. */
export const DEFAULT_ERROR_VARIABLE = 'error'
export const DEFAULT_ITEM_VARIABLE = 'item'
export const DEFAULT_INDEX_VARIABLE = 'index'
