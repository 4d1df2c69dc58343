import { useCallback, useState } from 'react'

/** State kept in this browser under `holdfast.<name>`; a value that no longer reads well is forgotten. */
export function useLocalState<T>(name: string, initial: T): readonly [T, (value: T) => void] {
  const key = `holdfast.${name}`
  const [value, setValue] = useState<T>(() => {
    try {
      const text = localStorage.getItem(key)
      return text === null ? initial : (JSON.parse(text) as T)
    } catch {
      return initial
    }
  })
  const set = useCallback(
    (next: T) => {
      setValue(next)
      try {
        localStorage.setItem(key, JSON.stringify(next))
      } catch {
        // Storage may be full or forbidden; the choice then lasts as long as the page.
      }
    },
    [key],
  )
  return [value, set]
}
