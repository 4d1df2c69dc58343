export type GridMove =
  | { readonly do: 'go'; readonly rows: number; readonly columns: number; readonly extend: boolean }
  | { readonly do: 'edit' | 'cancel' | 'clear' | 'all' | 'leave' }

type Key = {
  readonly key: string
  readonly shiftKey: boolean
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly nativeEvent: { readonly isComposing: boolean }
}
const FAR = 1_000_000
const PAGE = 12

/** What a key means in the cells; null: what it means anywhere. Tab moves on while a cell is edited, and else leaves the cells. */
export function gridMove(
  event: Key,
  { editing, hasList }: { readonly editing: boolean; readonly hasList: boolean },
): GridMove | null {
  if (event.nativeEvent.isComposing) return null
  const { key, shiftKey: shift } = event
  const command = event.ctrlKey || event.metaKey
  const go = (rows: number, columns: number, extend = shift): GridMove => ({
    do: 'go',
    rows,
    columns,
    extend,
  })
  if (key === 'Enter') return editing || shift ? go(shift ? -1 : 1, 0, false) : { do: 'edit' }
  if (editing) {
    if (key === 'Escape') return { do: 'cancel' }
    if (key === 'Tab') return go(0, shift ? -1 : 1, false)
    if (hasList) return null
    if (key === 'ArrowDown') return go(1, 0, false)
    return key === 'ArrowUp' ? go(-1, 0, false) : null
  }
  const far = command ? FAR : 1
  switch (key) {
    case 'ArrowDown':
      return go(far, 0)
    case 'ArrowUp':
      return go(-far, 0)
    case 'ArrowLeft':
      return go(0, -far)
    case 'ArrowRight':
      return go(0, far)
    case 'PageDown':
      return go(PAGE, 0)
    case 'PageUp':
      return go(-PAGE, 0)
    case 'Home':
      return go(command ? -FAR : 0, -FAR)
    case 'End':
      return go(command ? FAR : 0, FAR)
    case 'F2':
      return { do: 'edit' }
    case 'Delete':
    case 'Backspace':
      return { do: 'clear' }
    case 'a':
      return command ? { do: 'all' } : null
    default:
      return null
  }
}
