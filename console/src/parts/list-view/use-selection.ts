import { useCallback, useMemo, useState } from 'react'
import type { Selection } from './types.ts'

/** Which rows are ticked. Rows that left the list are forgotten; `everything` lasts until the next tick. */
export function useSelection(keys: readonly string[], total: number | undefined) {
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set())
  const [everything, setEverything] = useState(false)
  const selectedKeys = useMemo(
    () => (everything ? keys : keys.filter((key) => ticked.has(key))),
    [everything, keys, ticked],
  )

  const setSelectedKeys = useCallback((next: readonly string[]) => {
    setEverything(false)
    setTicked(new Set(next))
  }, [])
  const clear = useCallback(() => setSelectedKeys([]), [setSelectedKeys])
  const toggle = (index: number) => {
    const key = keys[index]
    if (key === undefined) return
    setEverything(false)
    setTicked((old) => {
      const next = new Set(everything ? keys : old)
      if (!next.delete(key)) next.add(key)
      return next
    })
  }

  const selection: Selection = {
    ids: selectedKeys,
    everything,
    count: everything ? Math.max(total ?? 0, selectedKeys.length) : selectedKeys.length,
    clear,
  }
  return { selection, selectedKeys, setSelectedKeys, toggle, selectEverything: () => setEverything(true) }
}
