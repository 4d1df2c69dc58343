import { useEffect, useRef, useState } from 'react'
import { isTyping } from '../keyboard-help.tsx'

type ListKeys = {
  readonly keys: readonly string[]
  readonly onOpen: (index: number) => void
  readonly onSelect: ((index: number) => void) | undefined
  readonly onRefresh: () => void
  readonly onEscape: () => void
  readonly onView: ((index: number) => void) | undefined
  readonly scrollTo: (index: number) => void
}

/** Keyboard of a list: j/k or arrows move, Enter opens, x selects, / searches, r refreshes, 1-9 switch views. */
export function useListKeys(list: ListKeys): {
  readonly key: string | null
  readonly setIndex: (index: number) => void
} {
  const [key, setKey] = useState<string | null>(null)
  const latest = useRef(list)
  const focused = useRef(key)
  useEffect(() => {
    latest.current = list
    focused.current = key
  })

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event)) return
      const { keys, onOpen, onSelect, onRefresh, onEscape, onView, scrollTo } = latest.current
      const at = focused.current === null ? -1 : keys.indexOf(focused.current)
      const move = (step: number) => {
        const next = Math.min(keys.length - 1, Math.max(0, at + step))
        const nextKey = keys[next]
        if (nextKey === undefined) return
        // At once, so that a quick second key does not find the old row.
        focused.current = nextKey
        setKey(nextKey)
        scrollTo(next)
      }
      const onControl = (event.target as HTMLElement | null)?.closest('a, button') != null
      if (event.key === 'j' || event.key === 'ArrowDown') move(1)
      else if (event.key === 'k' || event.key === 'ArrowUp') move(-1)
      else if (event.key === 'Enter' && at >= 0 && !onControl) onOpen(at)
      else if (event.key === 'x' && at >= 0) onSelect?.(at)
      else if (event.key === 'r') onRefresh()
      else if (event.key === '/')
        document.querySelector<HTMLInputElement>('[data-list-search] input')?.focus()
      else if (event.key === 'Escape') onEscape()
      else if (/^[1-9]$/.test(event.key) && onView) onView(Number(event.key) - 1)
      else return
      event.preventDefault()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])

  return {
    key,
    setIndex: (index) => setKey(list.keys[index] ?? null),
  }
}
