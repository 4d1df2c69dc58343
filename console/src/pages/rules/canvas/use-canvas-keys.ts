import type { KeyboardEvent } from 'react'

/** True where a key belongs to a field, not to the canvas. */
export function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ||
      target.closest('.ant-select') !== null)
  )
}

/** The canvas by keyboard. Arrow keys are the canvas's own: they move what is chosen. */
export function useCanvasKeys(does: {
  readonly readOnly: boolean
  readonly chosen: readonly string[]
  readonly undo: () => void
  readonly redo: () => void
  readonly remove: () => void
  readonly all: () => void
  readonly search: () => void
  readonly connect: (id: string) => void
  readonly open: () => void
  readonly escape: () => void
}) {
  return (event: KeyboardEvent) => {
    if (isField(event.target) || event.nativeEvent.isComposing) return
    const act = actionOf(event, does)
    if (act === null) return
    event.preventDefault()
    act()
  }
}

function actionOf(event: KeyboardEvent, does: Parameters<typeof useCanvasKeys>[0]): (() => void) | null {
  const key = event.key.toLowerCase()
  const focused = focusedNode(event.target)
  const one = focused ?? (does.chosen.length === 1 ? does.chosen[0] : undefined)
  if (event.ctrlKey || event.metaKey) {
    if (key === 'a') return does.all
    if (key === 'f') return does.search
    if (does.readOnly) return null
    if (key === 'z') return event.shiftKey ? does.redo : does.undo
    return key === 'y' ? does.redo : null
  }
  if (event.altKey) return null
  if (key === 'escape') return does.escape
  // Enter chooses a node that merely has the focus (the canvas does that itself), and opens one that is chosen.
  if (key === 'enter') return one !== undefined && does.chosen.includes(one) ? does.open : null
  if (does.readOnly) return null
  if (key === 'delete' || key === 'backspace') return does.remove
  return key === 'c' && one !== undefined ? () => does.connect(one) : null
}

function focusedNode(target: EventTarget): string | undefined {
  const node = target instanceof HTMLElement ? target.closest<HTMLElement>('.react-flow__node-rule') : null
  return node?.dataset['id']
}
