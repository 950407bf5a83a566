/** What lies over the page and takes its keys. */
export const LAYERS = '[role=dialog],[role=alertdialog],[role=menu]'

/** If a dialog or a menu is open. It takes the focus a moment later; until then, its keys reach the page below it. */
export function isLayerOpen(): boolean {
  return document.querySelector(`:is(${LAYERS})[data-open]`) !== null
}
