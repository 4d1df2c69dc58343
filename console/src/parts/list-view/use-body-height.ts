import { type RefCallback, useCallback, useState } from 'react'

/** Height left for the rows below the table's header, followed as the window and the bars above change. */
export function useBodyHeight(): readonly [RefCallback<HTMLElement>, number] {
  const [height, setHeight] = useState(400)
  const ref = useCallback((frame: HTMLElement | null) => {
    if (!frame) return
    const measure = () => {
      const header = frame.querySelector('.ant-table-header')?.getBoundingClientRect().height ?? 34
      setHeight(Math.max(120, Math.floor(frame.clientHeight - header)))
    }
    const observer = new ResizeObserver(measure)
    observer.observe(frame)
    measure()
    return () => observer.disconnect()
  }, [])
  return [ref, height]
}
